"""What a reload means for each router."""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.daemon.vrrp_reload import Difference, difference
from pykeepalived.vrrp.settings import RouterSettings

ONE = RouterSettings("VI_1", "eth0", 51)
TWO = RouterSettings("VI_2", "eth0", 52)


def test_equal_settings_are_not_touched_even_in_another_order() -> None:
    assert Difference((), (), (), ("VI_2", "VI_1")) == difference([ONE, TWO], [replace(TWO), replace(ONE)])


def test_what_came_what_went_and_what_changed() -> None:
    changed = replace(ONE, priority=150)
    three = RouterSettings("VI_3", "eth0", 53)

    assert Difference(("VI_2",), (three,), (changed,), ()) == difference([ONE, TWO], [changed, three])


def test_another_interface_vrid_or_family_makes_another_router_of_the_same_name() -> None:
    for other in (replace(ONE, vrid=9), replace(ONE, interface="eth1"), replace(ONE, family=6)):
        assert Difference(("VI_1",), (other,), (), ()) == difference([ONE], [other])
