"""A plan of the checker process or the notifier, as told to one that runs another plan."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pykeepalived.health.settings import ServerChecks
from pykeepalived.ipc.framing import decode, encode
from pykeepalived.ipc.messages import Reload
from pykeepalived.lvs.settings import PoolSettings
from pykeepalived.notify.plan import Command, NotifyPlan, RouterScripts, UpDownScripts
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.plan_change import NEW, PlanChange, plan_change
from pykeepalived.plan.ports import IpvsTimeouts
from pykeepalived.plan.vrrp_plan import VrrpPlan


def pool(name: str, quorum: int = 1, occurrence: int = 0) -> PoolSettings:
    return PoolSettings(name, (), (), quorum=quorum, occurrence=occurrence)


def checks(service: str, number: int, weight: int = 1) -> ServerChecks:
    return ServerChecks(service, f"server {number}", IPv4Address(number), 80, weight, ())


def scripts(path: str) -> UpDownScripts:
    return UpDownScripts(up=Command((path,)))


def told(old: object, new: object) -> PlanChange:
    """The change as it arrives at the other process."""
    message = decode(encode(Reload(1, plan_change(old, new))))
    assert isinstance(message, Reload)
    assert isinstance(message.plan, PlanChange)
    return message.plan


NAMES = st.sampled_from("abcdef")
CHECKER_PLANS = st.builds(
    CheckerPlan,
    pools=st.lists(
        st.builds(pool, NAMES, st.integers(1, 2), st.integers(0, 1)),
        max_size=6,
        unique_by=lambda one: one.identity,
    ).map(tuple),
    checks=st.lists(
        st.builds(checks, NAMES, st.integers(1, 9), st.integers(1, 2)),
        max_size=9,
        unique_by=lambda one: (one.service, one.address),
    ).map(tuple),
    timeouts=st.sampled_from((None, IpvsTimeouts(1, 2, 3))),
    flush_at_start=st.booleans(),
    notes=st.sampled_from(((), ("one",), ("one", "another"))),
)
NOTIFY_PLANS = st.builds(
    NotifyPlan,
    instances=st.dictionaries(NAMES, st.just(RouterScripts(master=Command(("/bin/true",))))),
    servers=st.dictionaries(NAMES, st.builds(scripts, st.sampled_from(("/one", "/two")))),
    group_of=st.dictionaries(NAMES, NAMES),
    umask=st.sampled_from((0o022, 0o177)),
)


@given(st.tuples(CHECKER_PLANS, CHECKER_PLANS) | st.tuples(NOTIFY_PLANS, NOTIFY_PLANS))
def test_what_is_told_makes_the_new_plan_of_the_old_one(plans: tuple[object, object]) -> None:
    old, new = plans
    change = told(old, new)
    assert new == change.applied_to(old)
    assert old == new or not change.empty
    assert told(new, new).empty


@given(CHECKER_PLANS, CHECKER_PLANS)
def test_what_is_gone_and_what_is_fresh_are_the_difference(old: CheckerPlan, new: CheckerPlan) -> None:
    change = told(old, new)
    assert [one for one in old.checks if one not in new.checks] == list(change.gone(old, "checks"))
    assert [one for one in new.checks if one not in old.checks] == list(change.fresh("checks"))


@given(NOTIFY_PLANS, NOTIFY_PLANS)
def test_dictionaries_keep_the_order_of_the_new_plan(old: NotifyPlan, new: NotifyPlan) -> None:
    applied = told(old, new).applied_to(old)
    assert isinstance(applied, NotifyPlan)
    assert list(new.servers) == list(applied.servers)


def test_of_many_servers_only_the_changed_one_is_told_and_the_others_stay_the_same_objects() -> None:
    old = CheckerPlan(checks=tuple(checks("a", number) for number in range(1000)))
    new = CheckerPlan(checks=(*old.checks[:500], checks("a", 500, weight=7), *old.checks[501:]))
    change = told(old, new)
    assert {"checks": ((0, 500), (NEW, 1), (501, 1000))} == change.runs
    assert (checks("a", 500, weight=7),) == change.fresh("checks")
    assert [old.checks[500]] == list(change.gone(old, "checks"))
    applied = change.applied_to(old)
    assert isinstance(applied, CheckerPlan)
    assert old.checks[999] is applied.checks[999]


def test_a_change_of_another_kind_of_plan_is_noticed() -> None:
    with pytest.raises(ValueError, match="CheckerPlan"):
        told(CheckerPlan(), CheckerPlan(flush_at_stop=True)).applied_to(VrrpPlan((), ()))


def test_a_change_from_a_longer_plan_is_noticed() -> None:
    old = CheckerPlan(pools=(pool("a"), pool("b")))
    change = told(old, replace(old, pools=(pool("b"), pool("c"))))
    with pytest.raises(ValueError, match="up to 2 of a plan that has 1"):
        change.applied_to(replace(old, pools=old.pools[:1]))
