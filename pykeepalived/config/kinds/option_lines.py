"""Lines of options in the manner of iproute2, as routes and rules have them: read word by word."""

from __future__ import annotations

from typing import Any

from pykeepalived.config.kinds.base import quote
from pykeepalived.config.kinds.network import IFNAME_MAX, address
from pykeepalived.config.kinds.numbers import c_integer, integer
from pykeepalived.config.kinds.rtnames import NAME_FILES
from pykeepalived.config.schema import Site
from pykeepalived.config.values import RuleLine
from pykeepalived.syntax.nodes import Statement

EVERYTHING = ("default", "any", "all")


class BadLineError(Exception):
    """One word of a route or rule line is wrong; carries its index and the reason."""

    def __init__(self, index: int, why: str, hint: str | None = None) -> None:
        super().__init__(why)
        self.index = index
        self.why = why
        self.hint = hint


class MissingWordError(Exception):
    """A needed word is absent at ``index``."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class OptionReader:
    """Walks over the words of a line and collects options."""

    def __init__(self, statement: Statement, site: Site, static: bool) -> None:
        self.statement = statement
        self.site = site
        self.static = static
        self.words = statement.words
        self.index = 0
        self.family: int | None = None
        self.options: list[tuple[str, tuple[str, ...]]] = []

    def next(self) -> str:
        """The next word; it must be there."""
        self.index += 1
        if self.index >= len(self.words):
            raise MissingWordError(self.index)
        return self.words[self.index]

    def peek(self) -> str:
        return self.words[self.index + 1] if self.index + 1 < len(self.words) else ""

    def fix_family(self, family: int, word: str) -> None:
        if self.family is not None and self.family != family:
            raise BadLineError(self.index, f"{word} is IPv{family}, the line is IPv{self.family}")
        self.family = family

    def add(self, option: str, *words: str) -> None:
        if option == "to":
            # A second destination takes the place of the first; a route line may have several.
            self.options = [pair for pair in self.options if pair[0] != "to"]
        self.options.append((option, words))

    def has(self, option: str) -> bool:
        return any(name == option for name, _ in self.options)

    def value(self, option: str) -> tuple[str, ...] | None:
        return next((words for name, words in self.options if name == option), None)

    def complain(self, why: str, consequence: str) -> None:
        self.site.error("bad-line", why, self.statement, self.index, consequence=consequence)

    # ------------------------------------------------------------- words of several options
    def prefix(self, text: str) -> None:
        """An address with an optional length; fixes the family.  Host bits need not be zero."""
        if text in EVERYTHING:
            if self.family is not None:
                raise BadLineError(self.index, f"'{text}' after a word that fixed the family")
            return
        head, slash, length = text.partition("/")
        found = address(head)
        number = integer(length) if slash else 0
        if found is None or number is None or not 0 <= number <= found.max_prefixlen:
            raise BadLineError(self.index, f"'{text}' is not an address or network")
        self.fix_family(found.version, text)

    def ip(self, text: str) -> None:
        found = address(text)
        if found is None:
            raise BadLineError(self.index, f"'{text}' is not an IP address")
        self.fix_family(found.version, text)

    def number(self, option: str, text: str, low: int, high: int, names: dict[str, int] | None = None) -> int:
        value = names.get(text) if names else None
        if value is None:
            value = c_integer(text)
        if value is None and option in NAME_FILES:
            value = self.site.routing_name(NAME_FILES[option], text)
        if value is None or not low <= value <= high:
            allowed = f"{low} to {high}" + (" or a known name" if names else "")
            raise BadLineError(self.index, f"{option}: '{text}' is not {allowed}")
        return value

    def named(self, option: str, text: str, high: int, names: dict[str, int] | None = None) -> str:
        """The word to keep for a number that may have a name; one of this host's own becomes its number."""
        value = self.number(option, text, 0, high, names)
        known = (names is not None and text in names) or c_integer(text) is not None
        return text if known else str(value)

    def realms(self, text: str) -> str:
        return "/".join(self.named("realms", part, 0xFFFF) for part in text.split("/", 1))

    def interface(self, option: str) -> str:
        name = self.next()
        if len(name) > IFNAME_MAX:
            raise BadLineError(self.index, f"{option}: '{name}' is too long for an interface")
        return name


def write_options(value: Any) -> str:
    """A route or rule line again."""
    parts = []
    for name, words in value.options:
        if name not in ("type", "to") or isinstance(value, RuleLine):
            parts.append(name)
        parts += [quote(word) for word in words] if name != "type" else list(words)
    return " ".join(parts)
