"""What a reload, or a restart of the process, means for each router."""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.daemon.vrrp_reload import Difference, difference, resumable
from pykeepalived.ipc.messages import Restored, RouterState, RouterStateChanged, SubjectKind
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


def test_another_name_alone_makes_no_other_router() -> None:
    named = replace(ONE, name="VI_9", priority=7)

    assert Difference(("VI_1",), (named,), (), (), {"VI_1": "VI_9"}) == difference([ONE], [named])
    for other in (replace(named, vrid=9), replace(named, version=3), replace(named, accept_mode=False)):
        assert {} == difference([ONE], [other]).renamed
    # Services follow an instance by its name.
    assert (
        {}
        == difference([replace(ONE, follows_services=True)], [replace(named, follows_services=True)]).renamed
    )


def test_names_that_change_places_are_two_other_routers() -> None:
    swapped = [replace(ONE, name="VI_2"), replace(TWO, name="VI_1")]

    assert {} == difference([ONE, TWO], swapped).renamed


SECOND = ONE.advertisement_interval_ns


def died(*states: RouterStateChanged) -> Restored:
    return Restored(1000 * SECOND, states)


def was(name: str, state: RouterState, kind: SubjectKind = SubjectKind.INSTANCE) -> RouterStateChanged:
    return RouterStateChanged(name, kind, state, 100, 0)


def test_who_was_master_a_moment_ago_goes_on() -> None:
    memory = died(was("VI_1", RouterState.MASTER), was("VI_2", RouterState.BACKUP))

    assert {"VI_1"} == resumable([ONE, TWO], memory, 1001 * SECOND)


def test_two_intervals_after_the_end_a_peer_may_have_taken_over() -> None:
    memory = died(was("VI_1", RouterState.MASTER))

    assert {"VI_1"} == resumable([ONE], memory, 1002 * SECOND - 1)
    assert set() == resumable([ONE], memory, 1002 * SECOND)
    patient = replace(ONE, down_timer_adverts=5)
    assert {"VI_1"} == resumable([patient], memory, 1003 * SECOND)


def test_a_group_of_the_same_name_is_not_a_router() -> None:
    assert set() == resumable([ONE], died(was("VI_1", RouterState.MASTER, SubjectKind.GROUP)), 1000 * SECOND)
