"""A plan as told to a process that runs another one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pykeepalived.ipc.framing import decode, encode
from pykeepalived.ipc.messages import Reload
from pykeepalived.plan.vrrp_change import VrrpPlanChange, change_between
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.tracking.settings import StaticGroup, TrackingSettings
from pykeepalived.vrrp.settings import RouterSettings

ONE = RouterSettings("VI_1", "eth0", 51)
TWO = RouterSettings("VI_2", "eth0", 52)
THREE = RouterSettings("VI_3", "eth0", 53)
FOLLOWED = TrackingSettings(static_groups=(StaticGroup("one", ("VI_1",)),))
OLD = VrrpPlan((ONE, TWO), ())


def told(new: VrrpPlan, old: VrrpPlan = OLD) -> VrrpPlanChange:
    """The change as it arrives at the other process."""
    message = decode(encode(Reload(1, change_between(old, new))))
    assert isinstance(message, Reload)
    assert isinstance(message.plan, VrrpPlanChange)
    return message.plan


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        VrrpPlan((TWO, ONE), ()),
        VrrpPlan((TWO,), ()),
        VrrpPlan((), ()),
        VrrpPlan((THREE, replace(ONE, priority=7), TWO), (), startup_delay_ns=5),
        replace(OLD, tracking=FOLLOWED, notes=("a note",)),
    ],
)
def test_what_is_told_makes_the_new_plan_of_the_old_one(new: VrrpPlan) -> None:
    assert new == told(new).applied_to(OLD)


def test_only_routers_that_differ_are_told_and_the_others_stay_the_same_objects() -> None:
    change = told(VrrpPlan((ONE, replace(TWO, priority=7), THREE), ()))
    assert (replace(TWO, priority=7), THREE) == change.rest.routers
    assert ONE is change.applied_to(OLD).routers[0]


def test_what_the_routers_follow_is_told_only_when_it_changed() -> None:
    followed = replace(OLD, tracking=FOLLOWED)
    assert told(OLD).same_tracking
    assert not told(followed).same_tracking
    assert followed == told(followed).applied_to(OLD)
    assert followed == told(followed, followed).applied_to(followed)


def test_a_change_from_another_plan_is_noticed() -> None:
    with pytest.raises(KeyError):
        told(OLD).applied_to(VrrpPlan((ONE,), ()))


def test_plans_of_other_processes_are_told_whole() -> None:
    assert "anything" == change_between(None, "anything")
    assert OLD == change_between(None, OLD)
