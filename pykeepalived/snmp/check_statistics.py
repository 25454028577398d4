"""The columns of KEEPALIVED-MIB that show what IPVS counts: the same for virtual and real servers.

Rates are there three times: as 32 bits, as the two halves of 64 bits, and as 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from pykeepalived.lvs.statistics import Statistics
from pykeepalived.snmp.mib import counter, counter64, gauge
from pykeepalived.wire.agentx import Value

Cell = Callable[[Statistics], Value]

_TOTALS: tuple[tuple[str, str, Callable[[int], Value]], ...] = (
    ("StatsConns", "connections", gauge),
    ("StatsInPkts", "packets_in", counter),
    ("StatsOutPkts", "packets_out", counter),
    ("StatsInBytes", "bytes_in", counter64),
    ("StatsOutBytes", "bytes_out", counter64),
)
_TOTALS_64 = (
    ("StatsConns64", "connections"),
    ("StatsInPkts64", "packets_in"),
    ("StatsOutPkts64", "packets_out"),
)
_RATES = (
    ("RateCps", "connection_rate"),
    ("RateInPPS", "packet_rate_in"),
    ("RateOutPPS", "packet_rate_out"),
    ("RateInBPS", "byte_rate_in"),
    ("RateOutBPS", "byte_rate_out"),
)


def _of(field: str, kind: Callable[[int], Value], shift: int = 0, mask: int = -1) -> Cell:
    read = attrgetter(field)
    return lambda statistics: kind(read(statistics) >> shift & mask)


def _columns(
    prefix: str, totals: tuple[int, ...], rates: int, totals_64: int, halves: int, rates_64: int
) -> Iterator[tuple[int, str, Cell]]:
    """The arguments are the numbers of the first column of each kind; totals need not be consecutive."""
    for number, (name, field, kind) in zip(totals, _TOTALS, strict=True):
        yield number, prefix + name, _of(field, kind)
    for offset, (name, field) in enumerate(_RATES):
        yield rates + offset, prefix + name, _of(field, gauge)
        yield halves + 2 * offset, f"{prefix}{name}Low", _of(field, gauge, mask=0xFFFFFFFF)
        yield halves + 2 * offset + 1, f"{prefix}{name}High", _of(field, gauge, shift=32)
        yield rates_64 + offset, f"{prefix}{name}64", _of(field, counter64)
    for offset, (name, field) in enumerate(_TOTALS_64):
        yield totals_64 + offset, prefix + name, _of(field, counter64)


SERVICE_COLUMNS = tuple(_columns("virtualServer", (27, 28, 29, 30, 31), 32, 38, 41, 74))
SERVER_COLUMNS = tuple(_columns("realServer", (14, 18, 19, 20, 21), 22, 27, 30, 58))
