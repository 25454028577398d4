"""Finding values by name and in order (RFC 2741 section 7.2.3)."""

from __future__ import annotations

import itertools

from pykeepalived.snmp.mib import integer
from pykeepalived.wire.agentx import Oid, Type, Value, VarBind
from tests.unit.snmp.tables import MIB, ROOT

EVERYTHING = [
    VarBind((*ROOT, 1, 2, 3), integer(30)),
    VarBind((*ROOT, 1, 2, 7), integer(70)),
    VarBind((*ROOT, 1, 3, 3), integer(3)),
    VarBind((*ROOT, 2, 1, 0), integer(1)),
]


def test_a_walk_meets_every_value_in_order_and_then_the_end() -> None:
    found, at = [], ROOT
    for _ in range(len(EVERYTHING)):
        binding = MIB.after(at)
        found.append(binding)
        at = binding.name
    assert EVERYTHING == found
    assert VarBind(at, Value(Type.END_OF_MIB_VIEW)) == MIB.after(at)


def test_a_search_from_anywhere_finds_the_first_value_behind() -> None:
    names = [binding.name for binding in EVERYTHING]
    for tail in itertools.chain.from_iterable(itertools.product(range(9), repeat=n) for n in range(4)):
        start: Oid = (*ROOT, *tail)
        expected = next((name for name in names if name > start), start)
        assert expected == MIB.after(start).name
        expected = next((name for name in names if name >= start), start)
        assert expected == MIB.after(start, include=True).name


def test_a_search_ends_before_its_end() -> None:
    assert (*ROOT, 1, 3, 3) == MIB.after((*ROOT, 1, 2, 7), (*ROOT, 1, 3, 4)).name
    assert Type.END_OF_MIB_VIEW is MIB.after((*ROOT, 1, 2, 7), (*ROOT, 1, 3, 3)).value.type


def test_why_there_is_no_value() -> None:
    assert Type.NO_SUCH_OBJECT is MIB.get((*ROOT, 1, 4, 3)).value.type
    assert Type.NO_SUCH_OBJECT is MIB.get(ROOT).value.type
    assert Type.NO_SUCH_INSTANCE is MIB.get((*ROOT, 1, 2, 4)).value.type
    assert Type.NO_SUCH_INSTANCE is MIB.get((*ROOT, 1, 3, 7)).value.type
    assert Type.NO_SUCH_INSTANCE is MIB.get((*ROOT, 1, 2, 3, 0)).value.type
