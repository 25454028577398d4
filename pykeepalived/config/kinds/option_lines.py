"""Lines of options in the manner of iproute2, as routes and rules have them: read word by word."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pykeepalived.base.c_integer import c_integer
from pykeepalived.config.kinds.base import quote
from pykeepalived.config.kinds.network import IFNAME_MAX, address
from pykeepalived.config.kinds.numbers import integer
from pykeepalived.config.kinds.rtnames import NAME_FILES
from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.config.values import RuleLine
from pykeepalived.syntax.nodes import Statement

T = TypeVar("T")
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

    def drop(self, option: str) -> None:
        """As if it were not there."""
        self.options = [pair for pair in self.options if pair[0] != option]

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
        number = integer(length or "-") if slash else 0
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


class OptionLineKind(Kind[T]):
    """A line of options; what a route and a rule have in common.  A static one may have a track_group."""

    option_readers: Mapping[str, Callable[[OptionReader], object]]
    """Each word a line may hold, and what reads it with the words that follow it."""

    def __init__(self, *, static: bool = False) -> None:
        self.static = static

    @property
    def options(self) -> tuple[str, ...]:
        """The words that a line may hold."""
        return tuple(word for word in self.option_readers if self.static or word != "track_group")

    def read(self, statement: Statement, site: Site) -> T | Rejected:
        reader = OptionReader(statement, site, self.static)
        try:
            while reader.index < len(reader.words):
                self.word(reader, reader.words[reader.index])
                reader.index += 1
            reader.index = 0
            return self.finish(reader)
        except MissingWordError as missing:
            site.missing(statement, missing.index, "a value", 2)
        except BadLineError as bad:
            self.leave_out(statement, site, bad)
        return REJECTED

    def word(self, r: OptionReader, word: str) -> None:
        """Read the word at ``r.index`` and its values; leaves ``r.index`` at the last of them."""
        if word in ("inet", "inet6"):
            r.fix_family(4 if word == "inet" else 6, word)
            r.index += 1  # the reference skips one word too many here
        elif word in self.option_readers:
            self.option_readers[word](r)
        else:
            self.other(r, word)

    @abstractmethod
    def other(self, r: OptionReader, word: str) -> None:
        """A word that names no option; raises BadLineError where it means nothing."""

    @abstractmethod
    def finish(self, r: OptionReader) -> T:
        """The value of a line that was read to its end; raises BadLineError where words do not fit."""

    @abstractmethod
    def leave_out(self, statement: Statement, site: Site, bad: BadLineError) -> None:
        """Say what is wrong with the line."""

    def write(self, value: Any) -> str:
        return write_options(value)


def write_options(value: Any) -> str:
    """A route or rule line again."""
    parts = []
    for name, words in value.options:
        if name not in ("type", "to") or isinstance(value, RuleLine):
            parts.append(name)
        parts += [quote(word) for word in words] if name != "type" else list(words)
    return " ".join(parts)
