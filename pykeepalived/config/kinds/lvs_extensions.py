"""Values of our own statements about IPVS: source NAT and the kernel's ``net.ipv4.vs`` parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pykeepalived.config.kinds.base import IGNORED, WordKind
from pykeepalived.config.kinds.network import address
from pykeepalived.config.schema import REJECTED, Rejected, Site
from pykeepalived.config.values import IPAddress
from pykeepalived.syntax.nodes import Statement

MASQUERADE = "masquerade"
NEEDED = "needed"
SYSCTLS = (
    "am_droprate", "amemthresh", "backup_only", "cache_bypass", "conn_reuse_mode", "conntrack",
    "drop_entry", "drop_packet", "expire_nodest_conn", "expire_quiescent_template", "ignore_tunneled",
    "nat_icmp_send", "pmtu_disc", "run_estimation", "schedule_icmp", "secure_tcp", "sloppy_sctp",
    "sloppy_tcp", "snat_reroute", "sync_persist_mode", "sync_ports", "sync_qlen_max",
    "sync_refresh_period", "sync_retries", "sync_sock_size", "sync_threshold", "sync_version",
)  # fmt: skip
"""The writable files of /proc/sys/net/ipv4/vs (Documentation/networking/ipvs-sysctl.rst)."""

_PAIR = "sync_threshold"
_NUMBERS = re.compile(r"[0-9]{1,10}\Z")


@dataclass(frozen=True, slots=True)
class SourceRange:
    """Source addresses of one family, ``first`` to ``last``."""

    first: IPAddress
    last: IPAddress

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class SourceNat:
    """``source_nat``: one range per family, or without any the address of the outgoing interface."""

    ranges: tuple[SourceRange, ...] = ()


@dataclass(frozen=True, slots=True)
class SysctlLine:
    """``ipvs_sysctl NAME VALUE``; ``value`` is empty for ``needed``."""

    name: str
    value: str = ""


class SourceNatKind(WordKind[SourceNat]):
    """``masquerade``, or an address or a range for each family."""

    words = "masquerade | ADDR[-ADDR] [ADDR[-ADDR]]"
    missing = 0

    def read(self, statement: Statement, site: Site) -> SourceNat | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        if words[1] == MASQUERADE:
            if len(words) == 2:
                return SourceNat()
            return self._refuse(statement, site, 2, f"nothing follows {MASQUERADE}")
        ranges: list[SourceRange] = []
        for index, word in enumerate(words[1:], 1):
            first_text, dash, last_text = word.partition("-")
            first = address(first_text)
            last = address(last_text) if dash else first
            if first is None or last is None:
                return self._refuse(statement, site, index, f"'{word}' is not an address or a range of them")
            if first.version != last.version or int(first) > int(last):
                return self._refuse(statement, site, index, f"'{word}' does not go upwards in one family")
            if any(one.first.version == first.version for one in ranges):
                return self._refuse(statement, site, index, f"there is an IPv{first.version} range already")
            ranges.append(SourceRange(first, last))
        return SourceNat(tuple(ranges))

    def _refuse(self, statement: Statement, site: Site, index: int, why: str) -> Rejected:
        site.error(
            "bad-source-nat", f"{statement.words[0]}: {why}", statement, index,
            hint="for example: masquerade, 198.51.100.5, or 198.51.100.5-198.51.100.9 2001:db8::5",
            consequence=IGNORED, exit_class=0,
        )  # fmt: skip
        return REJECTED

    def write(self, value: Any) -> str:
        return " ".join(map(str, value.ranges)) if value.ranges else MASQUERADE


class SysctlKind(WordKind[SysctlLine]):
    """``needed``, or a parameter below net.ipv4.vs and its value."""

    words = "needed | NAME VALUE"
    missing = 0

    def read(self, statement: Statement, site: Site) -> SysctlLine | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        if words[1] == NEEDED and len(words) == 2:
            return SysctlLine(NEEDED)
        name = words[1].removeprefix("net.ipv4.vs.").removeprefix("net/ipv4/vs/")
        if name not in SYSCTLS:
            return self._refuse(statement, site, 1, f"'{words[1]}' is not a parameter of net.ipv4.vs")
        count = 2 if name == _PAIR else 1
        values = words[2:]
        if len(values) != count or not all(_NUMBERS.match(value) for value in values):
            wants = "two numbers" if count == 2 else "a number"
            return self._refuse(statement, site, min(2, len(words) - 1), f"{name} wants {wants}")
        return SysctlLine(name, " ".join(values))

    def _refuse(self, statement: Statement, site: Site, index: int, why: str) -> Rejected:
        site.error(
            "bad-sysctl", f"{statement.words[0]}: {why}", statement, index,
            hint="for example: needed, or expire_nodest_conn 1", consequence=IGNORED, exit_class=0,
        )  # fmt: skip
        return REJECTED

    def write(self, value: Any) -> str:
        return f"{value.name} {value.value}".rstrip()
