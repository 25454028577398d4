"""Addresses, ports, interfaces, mail servers."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from pykeepalived.config.kinds.base import IGNORED, LINE_DROPPED, WordKind, quote
from pykeepalived.config.kinds.numbers import beginning, instead, integer, scaled
from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.config.values import DelayEntry, Endpoint, IPAddress, LinkbeatEntry, MailServer, Name
from pykeepalived.syntax.nodes import Statement

IFNAME_MAX = 15


_OCTETS = {str(octet): octet for octet in range(256)}


def address(text: str) -> IPAddress | None:
    """A numeric address; None when it is none.  No prefix, no zone, no leading zeros."""
    if ":" in text:
        try:
            return None if "%" in text else IPv6Address(text)
        except ValueError:
            return None
    try:
        # Files hold these by the hundred thousand, and IPv4Address(str) takes eight times as long.
        a, b, c, d = text.split(".")
        return IPv4Address(_OCTETS[a] << 24 | _OCTETS[b] << 16 | _OCTETS[c] << 8 | _OCTETS[d])
    except (ValueError, KeyError):
        return None


@lru_cache(maxsize=4096)
def loose_address(text: str) -> IPAddress | None:
    """As keepalived's general reader: what follows the first ``-``, or else the first ``/``, is dropped.

    The same real server stands behind many services, so that its address is made once.
    """
    return address(text.partition("-" if "-" in text else "/")[0])


def read_address(
    statement: Statement, site: Site, index: int = 1, family: int | None = None
) -> IPAddress | Rejected:
    """Word ``index`` as an address, or an error about it."""
    text = statement.words[index]
    found = loose_address(text)
    if found is None:
        why = f"'{text}' is not an IP address"
    elif family is not None and found.version != family:
        why = f"{text} is not an IPv{family} address"
    else:
        return found
    site.error(
        "bad-address", f"{statement.words[0]}: {why}", statement, index, hint="host names are not accepted",
        consequence=IGNORED,
    )  # fmt: skip
    return REJECTED


class Ip(WordKind[IPAddress]):
    """A numeric IPv4 or IPv6 address."""

    words = "IP"

    def __init__(self, *, missing: int = 2) -> None:
        self.missing = missing

    def read(self, statement: Statement, site: Site) -> IPAddress | Rejected:
        if len(statement.words) < 2:
            return self.absent(statement, site)
        return read_address(statement, site)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}


class Multicast(Ip):
    """A multicast group; an IPv6 one should be of link-local scope."""

    def __init__(self, *, family: int | None = None, missing: int = 2) -> None:
        super().__init__(missing=missing)
        self.family = family
        self.words = f"IPV{family}" if family else "IP"

    def read(self, statement: Statement, site: Site) -> IPAddress | Rejected:
        if len(statement.words) < 2:
            return self.absent(statement, site)
        found = read_address(statement, site, 1, self.family)
        if isinstance(found, Rejected):
            return found
        if not found.is_multicast:
            site.error(
                "not-multicast",
                f"{statement.words[0]}: {found} is not a multicast address",
                statement,
                1,
                hint="224.0.0.0/4 or ff00::/8" if self.family is None else None,
                consequence=IGNORED,
            )
            return REJECTED
        if found.version == 6 and found.packed[1] & 0x0F != 2:
            used = self.family is not None
            site.error(
                "multicast-scope",
                f"{statement.words[0]}: {found} is not of link-local scope (ff02::/16)",
                statement,
                1,
                consequence="it is used all the same" if used else IGNORED,
            )
            return found if used else REJECTED
        return found


class Interface(WordKind[str]):
    """The name of a network interface, at most 15 characters."""

    words = "IFNAME"

    def __init__(self, *, missing: int = 2) -> None:
        self.missing = missing

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        if len(words[1]) > IFNAME_MAX:
            site.error(
                "text-length",
                f"{words[0]}: '{words[1]}' has more than {IFNAME_MAX} characters",
                statement,
                1,
                consequence=IGNORED,
            )
            return REJECTED
        return words[1]

    def write(self, value: Any) -> str:
        return quote(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": IFNAME_MAX}


class Directory(WordKind[str]):
    """A directory; whether it exists is a question about the host."""

    words = "DIR"

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        if len(statement.words) < 2:
            return self.absent(statement, site)
        return statement.words[1]

    def write(self, value: Any) -> str:
        return quote(value)


def read_port(
    statement: Statement, site: Site, index: int, otherwise: str = IGNORED
) -> int | Rejected | None:
    """Word ``index`` as a port; only zeros mean no port.  ``otherwise`` is what becomes of a wrong one."""
    text = statement.words[index]
    if text.strip("0") == "":
        return None
    value = integer(text)
    if value is None or not 1 <= value <= 65535:
        used = None if value is not None else beginning(text, 1, 65535)
        site.error(
            "bad-port", f"{statement.words[0]}: '{text}' is not a port (1 to 65535)", statement, index,
            consequence=instead(used, site.running, otherwise),
        )  # fmt: skip
        return used if used is not None and site.running else REJECTED
    return value


class EndpointKind(WordKind[Endpoint]):
    """``IP [PORT]``."""

    words = "IP [PORT]"

    def read(self, statement: Statement, site: Site) -> Endpoint | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        found = read_address(statement, site)
        if isinstance(found, Rejected):
            return found
        port: int | Rejected | None = None
        if len(words) > 2:
            port = read_port(statement, site, 2)
        return port if isinstance(port, Rejected) else Endpoint(found, port)

    def write(self, value: Any) -> str:
        return f"{value.address} {value.port}" if value.port else str(value.address)


class MailServerKind(WordKind[MailServer]):
    """``HOST-OR-IP [PORT]``; keepalived resolves the name at once and complains when it cannot."""

    words = "HOST-OR-IP [PORT]"

    def read(self, statement: Statement, site: Site) -> MailServer | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        port = 25
        if len(words) > 2:
            value = integer(words[2])
            if value is None or not 1 <= value <= 65535:
                site.error(
                    "bad-port", f"smtp_server: '{words[2]}' is not a port (1 to 65535)", statement, 2,
                    consequence=IGNORED,
                )  # fmt: skip
                return REJECTED
            port = value
        return MailServer(words[1], port)

    def write(self, value: Any) -> str:
        return f"{quote(value.host)} {value.port}"


class NameKind(Kind[Name]):
    """Names, one or several on a line."""

    words = "NAME"
    each_word = True

    def read(self, statement: Statement, site: Site) -> Name | Rejected:
        return Name(statement.words[0], statement)

    def write(self, value: Any) -> str:
        return quote(value.name)


class LinkbeatKind(Kind[LinkbeatEntry]):
    """``IFNAME [MII|ETHTOOL|IOCTL]``: how the link state of an interface is polled."""

    words = "IFNAME [MII|ETHTOOL|IOCTL]"
    methods = ("MII", "ETHTOOL", "IOCTL")

    def read(self, statement: Statement, site: Site) -> LinkbeatEntry | Rejected:
        words = statement.words
        method = None
        if len(words) > 1:
            method = words[1]
            if method not in self.methods:
                site.error(
                    "unknown-value",
                    f"'{method}' is no way to poll a link; allowed is {', '.join(self.methods)}",
                    statement,
                    1,
                    consequence="the first way that works is used",
                )
                method = None
            elif len(words) > 2:
                site.error(
                    "extra-words", f"{words[0]} takes one way to poll its link", statement, 2,
                    consequence="the first word counts",
                )  # fmt: skip
        return LinkbeatEntry(words[0], method, statement)

    def write(self, value: Any) -> str:
        return f"{quote(value.interface)} {value.method or ''}".strip()


class DelayKind(Kind[DelayEntry]):
    """``IFNAME DOWN [UP]`` in seconds, each 0 to 255; keepalived only logs a bad time."""

    words = "IFNAME DOWN [UP]"

    def read(self, statement: Statement, site: Site) -> DelayEntry | Rejected:
        words = statement.words
        host = getattr(getattr(site, "context", None), "host", None)
        if host is not None and host.interface(words[0]) is None:
            site.error(
                "unknown-interface", f"interface {words[0]} doesn't exist", statement, 0, exit_class=4,
                consequence=LINE_DROPPED,
            )  # fmt: skip
            return REJECTED
        if len(words) < 2:
            site.error(
                "missing-word", f"{words[0]} has no delay", statement, 1, hint=self.words,
                consequence=LINE_DROPPED, exit_class=0,
            )  # fmt: skip
            return REJECTED
        times = []
        for index in range(1, min(3, len(words))):
            value = scaled(words[index], 6)
            if value is None or value > 255_000_000:
                site.error(
                    "number-range", f"'{words[index]}' is not a time from 0 to 255 seconds", statement, index,
                    consequence=LINE_DROPPED, exit_class=0,
                )  # fmt: skip
                return REJECTED
            times.append(value / 1e6)
        return DelayEntry(words[0], times[0], times[1] if len(times) > 1 else 0.0, statement)

    def write(self, value: Any) -> str:
        return f"{quote(value.interface)} {value.down:g} {value.up:g}"
