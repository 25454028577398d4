"""Values of the virtual server side: forwarding, persistence, timeouts, sync daemon, group entries."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from pykeepalived.config.kinds.base import IGNORED, LINE_DROPPED, WordKind, quote
from pykeepalived.config.kinds.network import IFNAME_MAX, address, read_port
from pykeepalived.config.kinds.numbers import beginning, instead, integer
from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.config.values import Forwarding, IPAddress, ServiceGroupEntry, SyncDaemon, Timeouts
from pykeepalived.syntax.nodes import Statement

METHODS = ("NAT", "DR", "TUN")
TUNNEL_TYPES = ("ipip", "gue", "gre")
CHECKSUMS = ("nocsum", "csum", "remcsum")
FULL_NAT_WORDS = ("FULLNAT", "FNAT", "FULL_NAT")
"""What forks of keepalived with kernels of their own call it."""


class ForwardingKind(WordKind[Forwarding]):
    """``NAT | DR | TUN [type T] [port N] [checksum]``.

    Options are read after NAT and DR as well.  A bad option keeps the method and drops the options.
    """

    words = "NAT | DR | TUN [type ipip|gue|gre] [port N] [nocsum|csum|remcsum]"

    def read(self, statement: Statement, site: Site) -> Forwarding | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        method = words[1]
        if method not in METHODS:
            hint = f"did you mean {method.upper()}? case matters" if method.upper() in METHODS else None
            if method.upper() in FULL_NAT_WORDS:
                hint = "full NAT is lb_kind NAT with the comment '# pykeepalived: source_nat masquerade'"
            site.error(
                "unknown-value", f"{words[0]}: '{method}' is not known; allowed is NAT, DR, TUN", statement,
                1,
                hint=hint, consequence=IGNORED,
            )  # fmt: skip
            return REJECTED
        if len(words) == 2:
            return Forwarding(method)
        return self.options(statement, site, method)

    def options(self, statement: Statement, site: Site, method: str) -> Forwarding:
        words = statement.words
        tunnel_type = port = checksum = None
        index = 2
        while index < len(words):
            word = words[index]
            value = words[index + 1] if index + 1 < len(words) else None
            if word == "type":
                if value not in TUNNEL_TYPES:
                    return self.bad(statement, site, index + 1, "a tunnel type is ipip, gue or gre", method)
                tunnel_type = value
                index += 2
            elif word == "port":
                number = integer(value) if value else None
                if number is None or not 1 <= number <= 65535:
                    return self.bad(statement, site, index + 1, "a port is 1 to 65535", method)
                port = number
                index += 2
            elif word in CHECKSUMS:
                checksum = word
                index += 1
            else:
                return self.bad(statement, site, index, f"'{word}' is not an option of a tunnel", method)
        kind = tunnel_type or "ipip"
        if (kind == "gue") != (port is not None):
            why = "type gue needs a port" if kind == "gue" else f"type {kind} takes no port"
            return self.bad(statement, site, 1, why, method)
        if checksum and (kind == "ipip" or (kind == "gre" and checksum == "remcsum")):
            return self.bad(statement, site, 1, f"type {kind} does not take {checksum}", method)
        return Forwarding(method, tunnel_type, port, checksum)

    def bad(self, statement: Statement, site: Site, index: int, why: str, method: str) -> Forwarding:
        site.error(
            "bad-tunnel", f"{statement.words[0]}: {why}", statement, index,
            consequence=f"{method} is used without options",
        )  # fmt: skip
        return Forwarding(method)

    def write(self, value: Any) -> str:
        parts = [value.method]
        if value.tunnel_type:
            parts += ["type", value.tunnel_type]
        if value.port:
            parts += ["port", str(value.port)]
        if value.checksum:
            parts.append(value.checksum)
        return " ".join(parts)


class SorryForwardingKind(ForwardingKind):
    """As ForwardingKind; without a sorry_server before it nothing of the line is looked at."""

    def read(self, statement: Statement, site: Site) -> Forwarding | Rejected:
        if "sorry_server" in site.values:
            return super().read(statement, site)
        site.error(
            "sorry-server-order", f"{statement.keyword} needs a sorry_server before it", statement, 0,
            consequence=IGNORED,
        )  # fmt: skip
        return REJECTED


class Granularity(WordKind[IPv4Address | int]):
    """How clients are grouped: a dotted mask for IPv4 (``24`` means 0.0.0.24), a prefix length for IPv6.

    A mark or a group without ``ip_family`` above it has the family of what is written.
    """

    words = "IPV4-MASK | PREFIXLEN"

    def read(self, statement: Statement, site: Site) -> IPv4Address | int | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        text = words[1]
        service, family = site.values.get("address"), site.values.get("ip_family")
        number = integer(text)
        if isinstance(service, IPv6Address) or (
            service is None and (family == "inet6" if family else "." not in text)
        ):
            if number is not None and 1 <= number <= 128:
                return number
        else:
            mask = address(text) if number is None else None
            if isinstance(mask, IPv4Address):
                return mask
            if number is not None and 0 <= number <= 0xFFFFFFFF:
                return IPv4Address(number)
        site.error(
            "bad-mask",
            f"{words[0]}: '{text}' is neither a dotted IPv4 mask nor an IPv6 prefix length",
            statement,
            1,
            hint="for example 255.255.255.0, or 64 for an IPv6 service",
            consequence=IGNORED,
        )
        return REJECTED


class TimeoutsKind(WordKind[Timeouts]):
    """``[tcp S] [tcpfin S] [udp S]``: at least one."""

    words = "[tcp S] [tcpfin S] [udp S]"
    missing = 5
    high = 31 * 86400

    def read(self, statement: Statement, site: Site) -> Timeouts | Rejected:
        words = statement.words
        if len(words) < 3:
            return self.absent(statement, site, len(words))
        found: dict[str, int] = {}
        for index in range(1, len(words), 2):
            name = words[index]
            if name not in ("tcp", "tcpfin", "udp"):
                site.error(
                    "unknown-value", f"{words[0]}: '{name}' is not tcp, tcpfin or udp", statement, index,
                    consequence=IGNORED,
                )  # fmt: skip
                return REJECTED
            value = integer(words[index + 1]) if index + 1 < len(words) else None
            if value is None or not 0 <= value <= self.high:
                site.error(
                    "number-range", f"{words[0]}: {name} wants 0 to {self.high} seconds", statement,
                    index + 1,
                    consequence=IGNORED,
                )  # fmt: skip
                return REJECTED
            found[name] = value
        return Timeouts(**found)

    def write(self, value: Any) -> str:
        pairs = (("tcp", value.tcp), ("tcpfin", value.tcpfin), ("udp", value.udp))
        return " ".join(f"{name} {seconds}" for name, seconds in pairs if seconds is not None)


_SYNC_LIMITS = {"id": (0, 255), "maxlen": (1, 65507), "port": (1, 65535), "ttl": (1, 255)}


class SyncDaemonKind(WordKind[SyncDaemon]):
    """``IFNAME [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group IP]``."""

    words = "IFNAME [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group IP]"
    missing = 5

    def read(self, statement: Statement, site: Site) -> SyncDaemon | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        if len(words[1]) > IFNAME_MAX:
            return self.refuse(statement, site, 1, f"'{words[1]}' is too long for an interface")
        found: dict[str, Any] = {}
        index = 2
        if len(words) > 2 and words[2] not in (*_SYNC_LIMITS, "inst", "group"):
            found["instance"] = words[2]
            index = 3
            if len(words) > 3 and words[3] not in (*_SYNC_LIMITS, "inst", "group"):
                number = integer(words[3])
                if number is None or not 0 <= number <= 255:
                    return self.refuse(statement, site, 3, f"'{words[3]}' is not an option")
                site.error(
                    "old-form", f"{words[0]}: write 'id {number}' instead of the bare number", statement, 3,
                    consequence="it is used",
                )  # fmt: skip
                found["sync_id"] = number
                index = 4
        while index < len(words):
            name = words[index]
            value = words[index + 1] if index + 1 < len(words) else None
            if value is None:
                return self.refuse(statement, site, index + 1, f"{name} wants a value")
            if name == "inst":
                if "instance" in found:
                    site.error(
                        "bad-sync-daemon", f"{words[0]}: the instance is {found['instance']} already",
                        statement, index + 1, consequence="the first one counts",
                    )  # fmt: skip
                found.setdefault("instance", value)
            elif name == "group":
                group = address(value)
                if group is None or not group.is_multicast:
                    return self.refuse(statement, site, index + 1, f"'{value}' is not a multicast address")
                found["group"] = group
            elif name in _SYNC_LIMITS:
                low, high = _SYNC_LIMITS[name]
                number = integer(value)
                if number is None or not low <= number <= high:
                    return self.refuse(statement, site, index + 1, f"{name} wants {low} to {high}")
                found["sync_id" if name == "id" else name] = number
            else:
                return self.refuse(statement, site, index, f"'{name}' is not an option")
            index += 2
        return SyncDaemon(words[1], **found)

    def refuse(self, statement: Statement, site: Site, index: int, why: str) -> Rejected:
        site.error("bad-sync-daemon", f"{statement.words[0]}: {why}", statement, index, consequence=IGNORED)
        return REJECTED

    def write(self, value: Any) -> str:
        parts = [quote(value.interface)]
        instance = None if value.instance is None else quote(value.instance)
        for name, part in (
            ("inst", instance), ("id", value.sync_id), ("maxlen", value.maxlen), ("port", value.port),
            ("ttl", value.ttl), ("group", value.group),
        ):  # fmt: skip
            if part is not None:
                parts.append(f"{name} {part}")
        return " ".join(parts)


class StatusRanges(Kind[tuple[tuple[int, int], ...]]):
    """HTTP status codes and ranges, 100 to 599."""

    words = "CODE | LO-HI…"

    def read(self, statement: Statement, site: Site) -> tuple[tuple[int, int], ...] | Rejected:
        found = []
        for index, word in enumerate(statement.words[1:], 1):
            low, dash, high = word.partition("-")
            first, last = integer(low), integer(high if dash else low)
            if first is None or last is None or not 100 <= first <= last <= 599:
                site.error(
                    "bad-status", f"'{word}' is not a status code or range from 100 to 599", statement, index,
                    consequence=IGNORED,
                )  # fmt: skip
                return REJECTED
            found.append((first, last))
        return tuple(found)

    def write(self, value: Any) -> str:
        return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in value)

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "array",
            "items": {"type": "string", "pattern": "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$"},
        }


class ServiceGroupKind(Kind[ServiceGroupEntry]):
    """A line of virtual_server_group: an address, network or range with a port, or ``fwmark N
    [inet|inet6]``."""

    words = "IP[/PREFIX] [PORT] | IP-END [PORT] | fwmark N [inet|inet6]"

    def read(self, statement: Statement, site: Site) -> ServiceGroupEntry | Rejected:
        words = statement.words
        if words[0] == "fwmark":
            return self.mark(statement, site)
        found = self.range_of(words[0])
        if isinstance(found, str):
            return self.refuse(statement, site, 0, found)
        port: int | Rejected | None = None
        if len(words) > 1:
            port = read_port(statement, site, 1)
        if isinstance(port, Rejected):
            return port
        return ServiceGroupEntry(*found, port=port, text=words[0], statement=statement)

    def mark(self, statement: Statement, site: Site) -> ServiceGroupEntry | Rejected:
        words = statement.words
        value = integer(words[1]) if len(words) > 1 else None
        if value is None and len(words) > 1 and (used := beginning(words[1], 1, 0xFFFFFFFF)) is not None:
            why = f"'{words[1]}' is not a number"
            site.error(
                "bad-group-entry", why, statement, 1, hint=self.words,
                consequence=instead(used, site.running, LINE_DROPPED),
            )  # fmt: skip
            if not site.running:
                return REJECTED
            value = used
        if value is None or not 1 <= value <= 0xFFFFFFFF:
            return self.refuse(statement, site, 1, "a firewall mark is a number, 1 or more")
        family = None
        if len(words) > 2:
            family = {"inet": 4, "inet6": 6}.get(words[2])
            if family is None:
                return self.refuse(statement, site, 2, f"'{words[2]}' is not inet or inet6")
        return ServiceGroupEntry(fwmark=value, family=family, text=f"fwmark {value}", statement=statement)

    def range_of(self, text: str) -> tuple[IPAddress, IPAddress] | str:
        """First and last address, or what is wrong."""
        if "/" in text:
            try:
                network = ip_network(text)
            except ValueError:
                return f"'{text}' is not a network with its host bits zero"
            if network.prefixlen == 0:
                return "prefix length 0 is refused"
            return network[0], network[-1]
        start, dash, end = text.partition("-")
        first = address(start)
        if first is None:
            return f"'{text}' is not an IP address or range"
        if not dash:
            return first, first
        last = address(end)
        if last is None:
            last = self.last_of(first, end)
        if (
            last is None
            or last.version != first.version
            or int(last) <= int(first) - ("." in end or ":" in end)
        ):
            return f"'{end}' is not an end above {start}"
        return first, last

    def last_of(self, first: IPAddress, end: str) -> IPAddress | None:
        """The range ``first-END`` where END replaces the last octet (decimal) or group (hexadecimal)."""
        if first.version == 4:
            number = integer(end)
            if number is None or not 0 <= number <= 255:
                return None
            return ip_address((int(first) & ~0xFF) | number)
        if not re.fullmatch(r"[0-9a-fA-F]{1,4}", end):
            return None
        return IPv6Address((int(first) & ~0xFFFF) | int(end, 16))

    def refuse(self, statement: Statement, site: Site, index: int, why: str) -> Rejected:
        site.error("bad-group-entry", why, statement, index, hint=self.words, consequence=LINE_DROPPED)
        return REJECTED

    def write(self, value: ServiceGroupEntry) -> str:
        if value.fwmark is not None:
            return value.text + {4: " inet", 6: " inet6"}.get(value.family or 0, "")
        return f"{value.text} {value.port}" if value.port else value.text
