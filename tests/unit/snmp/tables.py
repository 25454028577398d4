"""A small MIB for tests: a table with two columns and two rows, and a scalar."""

from __future__ import annotations

from typing import Any, cast

from pykeepalived.ipc.management import Adjustable, SettingChange
from pykeepalived.snmp.mib import SCALAR, Column, Mib, Table, integer
from pykeepalived.wire.agentx import Error

ROOT = (1, 3, 6, 1, 4, 1, 99)


def _set(row: int, value: int) -> SettingChange | Error:
    return SettingChange(Adjustable.PRIORITY, f"row {row}", value) if value < 100 else Error.WRONG_VALUE


TABLE: Table[int] = Table(
    (*ROOT, 1),
    (
        Column(2, "ten", lambda row: integer(row * 10)),
        Column(3, "small", lambda row: integer(row) if row < 5 else None, _set),
    ),
    lambda _view: [((7,), 7), ((3,), 3)],
)
SINGLE: Table[int] = Table((*ROOT, 2), (Column(1, "one", lambda row: integer(row)),), lambda _: [(SCALAR, 1)])
MIB = Mib((TABLE, SINGLE), cast(Any, None))
