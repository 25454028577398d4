"""Tables of managed objects as data, and finding a value or the next one in them.

A MIB is a list of :class:`Table`; each says in which columns it has values and how a cell is made from a row.
Rows are laid out once per state of the daemon, cells only when they are asked for.  A scalar is a column of a
table that has a single row with the index 0.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Generic, TypeVar

from pykeepalived.ipc.management import SettingChange
from pykeepalived.snmp.view import View
from pykeepalived.wire.agentx import Error, Oid, Type, Value, VarBind

Row = TypeVar("Row")
Index = Oid

SCALAR: Index = (0,)

_NO_OBJECT = Value(Type.NO_SUCH_OBJECT)
_NO_INSTANCE = Value(Type.NO_SUCH_INSTANCE)
_END = Value(Type.END_OF_MIB_VIEW)


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: ``cell`` makes its value; None: this row has none there.

    ``write``: what setting this INTEGER means, or why it can't be; None: the column is read only.
    """

    number: int
    name: str
    cell: Callable[[Row], Value | None]
    write: Callable[[Row, int], SettingChange | Error] | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """What a SET does, and what takes it back."""

    change: SettingChange
    undo: SettingChange


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """``entry`` is what column numbers are appended to; ``rows`` come in any order."""

    entry: Oid
    columns: Sequence[Column[Row]]
    rows: Callable[[View], Iterable[tuple[Index, Row]]]

    def name_of(self, name: str) -> Oid:
        """The object identifier of the column of that name."""
        return next((*self.entry, column.number) for column in self.columns if column.name == name)


def scalars(entry: Oid, *columns: Column[View]) -> Table[View]:
    """Single values below ``entry``."""
    return Table(entry, columns, lambda view: [(SCALAR, view)])


class Mib:
    """The values of several tables at one moment."""

    def __init__(self, tables: Iterable[Table[Any]], view: View) -> None:
        self._view = view
        columns: list[tuple[Oid, Table[Any], Column[Any]]] = [
            ((*table.entry, column.number), table, column) for table in tables for column in table.columns
        ]
        self._columns = sorted(columns, key=lambda one: one[0])
        self._names = [name for name, _, _ in self._columns]
        self._rows: dict[Oid, tuple[list[Index], list[Any]]] = {}

    def get(self, name: Oid) -> VarBind:
        """The value of exactly this name, or why there is none."""
        column = self._column_of(name)
        if column is None:
            return VarBind(name, _NO_OBJECT)
        entry, table, one = self._columns[column]
        row = self._row(table, name[len(entry) :])
        value = one.cell(row) if row is not None else None
        return VarBind(name, value if value is not None else _NO_INSTANCE)

    def test(self, wanted: VarBind) -> Write | Error:
        """What setting this would do, or why it is refused (RFC 3416 section 4.2.5)."""
        column = self._column_of(wanted.name)
        if column is None:
            return Error.NOT_WRITABLE
        entry, table, one = self._columns[column]
        if one.write is None:
            return Error.NOT_WRITABLE
        row = self._row(table, wanted.name[len(entry) :])
        present = None if row is None else one.cell(row)
        if present is None or not isinstance(present.data, int):
            return Error.NO_CREATION
        if wanted.value.type is not Type.INTEGER or not isinstance(wanted.value.data, int):
            return Error.WRONG_TYPE
        change, undo = one.write(row, wanted.value.data), one.write(row, present.data)
        if isinstance(change, Error):
            return change
        return Error.NOT_WRITABLE if isinstance(undo, Error) else Write(change, undo)

    def after(self, start: Oid, end: Oid = (), include: bool = False) -> VarBind:
        """The first value after ``start`` (``include``: or there) and before ``end``, or the view's end."""
        column = self._column_of(start)
        if column is not None:
            entry, table, _one = self._columns[column]
            indexes, _ = self._laid_out(table)
            find = bisect.bisect_left if include else bisect.bisect_right
            found = self._first_from(column, find(indexes, start[len(entry) :]))
            column += 1
        else:
            found, column = None, bisect.bisect_left(self._names, start)
        while found is None and column < len(self._columns):
            found = self._first_from(column, 0)
            column += 1
        if found is None or (end and found.name >= end):
            return VarBind(start, _END)
        return found

    def _column_of(self, name: Oid) -> int | None:
        at = bisect.bisect_right(self._names, name) - 1
        if at >= 0 and name[: len(self._names[at])] == self._names[at]:
            return at
        return None

    def _row(self, table: Table[Any], index: Index) -> Any:
        """None: there is no such row."""
        indexes, rows = self._laid_out(table)
        at = bisect.bisect_left(indexes, index)
        return rows[at] if at < len(indexes) and indexes[at] == index else None

    def _laid_out(self, table: Table[Any]) -> tuple[list[Index], list[Any]]:
        laid_out = self._rows.get(table.entry)
        if laid_out is None:
            ordered = sorted(table.rows(self._view), key=lambda row: row[0])
            laid_out = [index for index, _ in ordered], [row for _, row in ordered]
            self._rows[table.entry] = laid_out
        return laid_out

    def _first_from(self, column: int, at: int) -> VarBind | None:
        name, table, one = self._columns[column]
        indexes, rows = self._laid_out(table)
        for position in range(at, len(indexes)):
            value = one.cell(rows[position])
            if value is not None:
                return VarBind((*name, *indexes[position]), value)
        return None


# ---------------------------------------------------------------- values


def integer(number: int) -> Value:
    return Value(Type.INTEGER, int(number))


def truth(condition: object) -> Value:
    """TruthValue and all the enumerations that call it enabled(1) and disabled(2)."""
    return Value(Type.INTEGER, 1 if condition else 2)


def gauge(number: int) -> Value:
    return Value(Type.GAUGE32, number)


def counter(number: int) -> Value:
    return Value(Type.COUNTER32, number)


def counter64(number: int) -> Value:
    return Value(Type.COUNTER64, number)


def ticks(centiseconds: int) -> Value:
    return Value(Type.TIME_TICKS, centiseconds)


def octets(data: bytes) -> Value:
    return Value(Type.OCTET_STRING, data)


def text(words: str | None) -> Value | None:
    return None if words is None else Value(Type.OCTET_STRING, words.encode("utf-8", "surrogateescape"))


def packed(address: IPv4Address | IPv6Address | None) -> Value | None:
    """InetAddress: four or sixteen bytes."""
    return None if address is None else Value(Type.OCTET_STRING, address.packed)


def family(address: IPv4Address | IPv6Address | None) -> Value | None:
    """InetAddressType: ipv4(1), ipv6(2)."""
    return None if address is None else Value(Type.INTEGER, 1 if address.version == 4 else 2)


def ip_address(address: IPv4Address) -> Value:
    return Value(Type.IP_ADDRESS, address.packed)
