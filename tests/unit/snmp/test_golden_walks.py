"""Our tables beside walks of keepalived 2.4.3 with the same configuration: names, types and values."""

from __future__ import annotations

import pytest

from pykeepalived.snmp import oids
from tests.unit.snmp.golden_site import printed, recorded, view, walk, without_clock

VERSION = (*oids.GLOBAL, 1, 0)
EMAIL = (*oids.GLOBAL, 3, 5, 1, 2, 1)
MASTER_2787 = (*oids.RFC2787, 1, 3, 1, 7)

OURS_ALONE = {EMAIL, (*oids.GLOBAL, 3, 5, 1, 2, 2)}
"""2.4.3 does not answer for emailTable, which its MIB has."""
NOT_SERVED = (*oids.CHECK, 4, 1, 63)
"""realServerNotRunCheckers: the checker process does not tell."""
DIFFERENT = {
    VERSION: "our version",
    (*MASTER_2787, 2, 51): "2.4.3 shows the Master before us; RFC 2787 wants the present one",
    (*MASTER_2787, 3, 52): "the same",
    (*oids.VRRP, 6, 1, 11, 2, 1): "2.4.3 says of the first instance alone that its addresses are advertised",
    (*oids.VRRP, 17, 1, 3, 1, 1): "2.4.3 shows the weight of the session, and not that of the line",
}


@pytest.mark.parametrize(
    ("case", "name", "served"),
    [
        ("vrrp", "vrrp.master.snmp.keepalived", "vrrp"),
        ("vrrp", "vrrp.master.snmp.rfc2787", "rfc2787"),
        ("vrrp", "vrrp.master.snmp.rfc6527", "rfc6527"),
        ("lvs_snmp", "lvs_snmp.up.snmp.keepalived", "checker"),
        ("v3", "v3.master.snmp.rfc6527", "rfc6527"),
    ],
)
def test_the_same_names_with_the_same_values(case: str, name: str, served: str) -> None:
    theirs = {oid: without_clock(value) for oid, value in recorded(name)}
    ours = {
        oid: without_clock(printed(binding)) for oid, binding in walk(view(case), **{served: True}).items()
    }
    assert set() == {oid for oid in set(theirs) - set(ours) if oid[: len(NOT_SERVED)] != NOT_SERVED}
    assert set() == set(ours) - set(theirs) - OURS_ALONE
    different = {oid: (value, ours[oid]) for oid, value in theirs.items() if ours.get(oid, value) != value}
    assert set() == set(different) - set(DIFFERENT), different
