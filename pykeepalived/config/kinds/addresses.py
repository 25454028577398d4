"""Address lines: ``IP[/PREFIX] [OPTION]…``.

A line is read by hand, not by a grammar: files hold them by the hundred thousand.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from pykeepalived.config.kinds.base import LINE_DROPPED, quote
from pykeepalived.config.kinds.network import address
from pykeepalived.config.kinds.numbers import beginning, instead, integer
from pykeepalived.config.kinds.rtnames import SCOPES
from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.config.values import FOREVER, AddressLine, IPAddress
from pykeepalived.syntax.nodes import Statement

_FLAGS = {
    "home": "home", "-nodad": "dad", "mngtmpaddr": "mngtmpaddr", "noprefixroute": "noprefixroute",
    "autojoin": "autojoin", "no_track": "no_track",
}  # fmt: skip
LABEL_MAX = 15


class AddressLineKind(Kind[AddressLine]):
    """One address.  An unknown word is reported and skipped, the rest of the line is used."""

    words = "IP[/PREFIX] [OPTION…]"

    def __init__(self, *, static: bool = False, excluded: bool = False) -> None:
        self.static = static
        self.excluded = excluded

    @property
    def options(self) -> tuple[str, ...]:
        """The words that may follow the address."""
        static_only = {"track_group"}
        valued = [word for word in _VALUED if self.static or word not in static_only]
        return (*valued, *_FLAGS, *(() if self.static else ("use_vmac",)))

    def read(self, statement: Statement, site: Site) -> AddressLine | Rejected:
        words = statement.words
        text, slash, length_text = words[0].partition("/")
        found = address(text)
        if found is None:
            site.error(
                "bad-address", f"'{words[0]}' is not an IP address", statement, 0,
                hint="write one address per line, for example 192.0.2.10/24", consequence=LINE_DROPPED,
            )  # fmt: skip
            return REJECTED
        length: int = found.max_prefixlen
        if slash and not length_text:
            length = 0  # as keepalived has it, without a word
            site.error(
                "bad-prefix", f"{text}: no prefix length stands behind the slash", statement, 0,
                hint=f"write {text}/{found.max_prefixlen} or the length of its network",
                consequence="/0 is used, a network of all addresses", exit_class=0,
            )  # fmt: skip
        elif slash:
            number = integer(length_text)
            if number is None or not 0 <= number <= length:
                used = None if number is not None else beginning(length_text, 0, length, signed=False)
                site.error(
                    "bad-prefix", f"{text}: '{length_text}' is not a prefix length from 0 to {length}",
                    statement, 0, consequence=instead(used, site.running, f"/{length} is used"),
                )  # fmt: skip
                number = used if site.running else None
            if number is not None:
                length = number
        if len(words) == 1:
            return AddressLine(found, length, statement=statement)
        return _Reader(self, statement, site, found, length, bool(slash)).read()

    def write(self, value: Any) -> str:
        lifetime = "forever" if value.preferred_lft == FOREVER else value.preferred_lft
        parts = [f"{value.address}" if value.peer else f"{value.address}/{value.prefix_length}"]
        for name, part in (
            ("dev", value.dev), ("scope", value.scope), ("brd", value.broadcast), ("label", value.label),
            ("peer", value.peer), ("preferred_lft", lifetime), ("track_group", value.track_group),
        ):  # fmt: skip
            if part is not None:
                parts.append(f"{name} {quote(str(part))}")
        parts += [word for word, attribute in _FLAGS.items() if getattr(value, attribute)]
        if value.use_vmac:
            parts.append("use_vmac")
        return " ".join(parts)


class _Reader:
    """The options of one line."""

    def __init__(
        self,
        kind: AddressLineKind,
        statement: Statement,
        site: Site,
        found: IPAddress,
        length: int,
        prefixed: bool,
    ) -> None:
        self.kind = kind
        self.statement = statement
        self.site = site
        self.found = found
        self.length = length
        self.prefixed = prefixed
        self.options: dict[str, Any] = {}
        self.dropped = False

    def complain(self, index: int, why: str, consequence: str = "the word is skipped") -> None:
        self.site.error(
            "bad-address-option", f"{self.found}: {why}", self.statement, index, consequence=consequence
        )

    def drop(self, index: int, why: str) -> None:
        """A mistake that costs the whole address."""
        self.complain(index, why, LINE_DROPPED)
        self.dropped = True

    def read(self) -> AddressLine | Rejected:
        words = self.statement.words
        index = 1
        while index < len(words):
            word = words[index]
            if word in _FLAGS:
                self.options[_FLAGS[word]] = True
            elif word == "use_vmac" and not self.kind.static:
                self.options["use_vmac"] = True
            elif word in _VALUED and (self.kind.static or word != "track_group"):
                if index + 1 >= len(words):
                    self.drop(index, f"{word} wants a value")
                    break
                if _VALUED[word](self, index + 1, words[index + 1]):
                    index += 1
            else:
                self.complain(index, f"'{word}' is not an option of an address")
            index += 1
        if self.dropped:
            return REJECTED
        return AddressLine(self.found, self.length, statement=self.statement, **self.options)

    # Each returns False when its value word is to be looked at again as an option.
    def dev(self, index: int, value: str) -> bool:
        if "dev" in self.options:
            self.drop(index, f"a second interface {value}")
        else:
            self.options["dev"] = value
        return True

    def scope(self, index: int, value: str) -> bool:
        number = SCOPES.get(value)
        if number is None:
            number = integer(value) if value else None
        if self.found.version == 6:
            self.complain(index, "scope is only for IPv4")
        elif number is None or not 0 <= number <= 255:
            self.complain(index, f"'{value}' is not a scope (global, site, link, host, nowhere or 0 to 255)")
        else:
            self.options["scope"] = number
        return True

    def broadcast(self, index: int, value: str) -> bool:
        if self.found.version == 6:
            self.drop(index, "broadcast is only for IPv4")
        elif value in ("+", "-"):
            if self.length > 30:
                self.complain(index, f"a /{self.length} has no broadcast address")
            else:
                self.options["broadcast"] = value
        else:
            parsed = address(value)
            if isinstance(parsed, IPv4Address):
                self.options["broadcast"] = parsed
            else:
                self.drop(index, f"'{value}' is not an IPv4 address")
        return True

    def label(self, index: int, value: str) -> bool:
        if len(value.encode("utf-8", "surrogateescape")) > LABEL_MAX:
            self.drop(index, f"label '{value}' has more than {LABEL_MAX} characters")
        elif self.found.version == 6:
            self.complain(index, "label is only for IPv4")
        else:
            self.options["label"] = value
        return True

    def peer(self, index: int, value: str) -> bool:
        if "peer" in self.options:
            self.complain(index - 1, "a second peer")
            return False
        parsed = address(value)
        if parsed is None or parsed.version != self.found.version:
            self.complain(index, f"'{value}' is not an IPv{self.found.version} address")
        elif self.prefixed:
            self.complain(index, "an address with a prefix length cannot have a peer")
        else:
            self.options["peer"] = parsed
        return True

    def preferred_lft(self, index: int, value: str) -> bool:
        number = integer(value)
        if value == "forever":
            self.options["preferred_lft"] = FOREVER
        elif number is None or not 0 <= number <= FOREVER:
            self.complain(index, f"'{value}' is neither a number of seconds nor forever")
        else:
            self.options["preferred_lft"] = number
        return True

    def track_group(self, index: int, value: str) -> bool:
        self.options["track_group"] = value
        return True


_VALUED = {
    "dev": _Reader.dev,
    "scope": _Reader.scope,
    "broadcast": _Reader.broadcast,
    "brd": _Reader.broadcast,
    "label": _Reader.label,
    "peer": _Reader.peer,
    "preferred_lft": _Reader.preferred_lft,
    "track_group": _Reader.track_group,
}
