"""Properties of elections on a simulated segment of two to four routers.

They are about the path, not only about the end: with the skew time removed every history still ends with one
Master, but a failover then has several takeovers.
"""

from __future__ import annotations

import dataclasses
import os
from ipaddress import IPv4Address

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pykeepalived.vrrp.events import PriorityChanged
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.vrrp.timers import tolerated_lateness_ns
from tests.support.segment import MS, SECOND, Segment

VIP = (VirtualAddress(IPv4Address("192.0.2.100"), 24, "eth0"),)
priorities = st.integers(1, 254)
EXAMPLES = 1000 if os.environ.get("PYKEEPALIVED_FUZZ") == "full" else 40
quick = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def router(name: str, priority: int, **changes: object) -> RouterSettings:
    base = RouterSettings(name, "eth0", 51, version=3, priority=priority, addresses=VIP)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def segment(members: list[int], *, seed: int = 1, preempt: bool = True, version: int = 3) -> Segment:
    lan = Segment(seed)
    for number, priority in enumerate(members):
        lan.add(router(f"R{number}", priority, preempt_mode=preempt, version=version))
    return lan


@quick
@given(
    st.lists(priorities, min_size=2, max_size=4, unique=True),
    st.integers(0, 2000),
    st.booleans(),
    st.sampled_from([2, 3]),
    st.integers(0, 99),
)
def test_one_failover_causes_exactly_one_takeover_by_the_best_backup(
    members: list[int], wait_ms: int, graceful: bool, version: int, seed: int
) -> None:
    """[BK-6] [BK-7] [TM-2] [TM-3] [AC-7]"""
    lan = segment(members, seed=seed, version=version)
    lan.run(10 * SECOND + wait_ms * MS)
    best, second = sorted(lan.nodes.values(), key=lambda node: -node.router.effective_priority)[:2]
    assert [best.name] == lan.masters
    lan.takeovers.clear()

    killed_at = lan.now
    lan.kill(best.name, graceful=graceful)
    lan.run(20 * SECOND)

    assert [second.name] == [name for _, name in lan.takeovers]
    assert [] == lan.violations
    skew = (256 - second.router.effective_priority) * SECOND // 256
    latest = skew if graceful else 3 * SECOND + skew
    assert lan.takeovers[0][0] - killed_at <= latest + 2 * lan.delay_ns


@quick
@given(st.lists(priorities, min_size=2, max_size=4, unique=True), st.integers(0, 99))
def test_a_start_of_all_routers_makes_exactly_one_master(members: list[int], seed: int) -> None:
    """[IN-2] [TM-2]"""
    lan = segment(members, seed=seed)
    lan.run(30 * SECOND)
    best = max(lan.nodes.values(), key=lambda node: node.router.effective_priority)
    assert [best.name] == [name for _, name in lan.takeovers]
    assert [] == lan.violations


@quick
@given(st.lists(priorities, min_size=2, max_size=4), st.integers(0, 99))
def test_two_masters_do_not_outlive_the_first_advert(members: list[int], seed: int) -> None:
    """[AC-10] [AC-11]: a healed partition has one Master after one interval and the delays."""
    lan = segment(members, seed=seed)
    lan.run(10 * SECOND)
    for node in lan.nodes.values():
        node.connected = False
    lan.run(10 * SECOND)
    assert len(members) == len(lan.masters)
    for node in lan.nodes.values():
        node.connected = True
    lan.run(SECOND + 3 * lan.delay_ns)
    assert 1 == len(lan.masters)
    assert [] == lan.violations


@quick
@given(priorities, priorities, st.integers(0, 99))
def test_nopreempt_never_takes_mastership_from_a_living_master(one: int, two: int, seed: int) -> None:
    """[BK-8]"""
    lan = Segment(seed)
    lan.add(router("FIRST", one, preempt_mode=False))
    lan.run(5 * SECOND)
    assert ["FIRST"] == lan.masters
    lan.add(router("LATER", two, preempt_mode=False))
    lan.run(60 * SECOND)
    assert ["FIRST"] == [name for _, name in lan.takeovers]
    assert ["FIRST"] == lan.masters
    assert [] == lan.violations


@quick
@given(
    st.integers(1, 20_000),
    st.integers(1, 20_000),
    st.booleans(),
    st.sampled_from([SECOND, 100 * MS, 10 * MS]),
)
def test_a_backup_that_slept_leaves_a_living_master_alone(
    begin_ms: int, slept_ms: int, packets_lost: bool, interval_ns: int
) -> None:
    """[TM-7]: whenever it falls asleep, for however long, whether packets were kept or not.

    Only who is suspended loses packets, and never for so short that it could have waited for a processor.
    """
    assume(not packets_lost or slept_ms * MS > tolerated_lateness_ns(interval_ns))
    lan = Segment(1)
    lan.add(router("MASTER", 200, advertisement_interval_ns=interval_ns))
    lan.add(router("BACKUP", 100, advertisement_interval_ns=interval_ns))
    lan.run(10 * SECOND + begin_ms * MS)
    assert ["MASTER"] == lan.masters
    lan.stall("BACKUP", slept_ms * MS, packets_lost=packets_lost)
    lan.run(slept_ms * MS + 10 * SECOND)
    assert ["MASTER"] == [name for _, name in lan.takeovers]
    assert [] == lan.violations


@pytest.mark.parametrize("interval_ns", [SECOND, 10 * MS])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_starved_backup_takes_over_all_the_same(interval_ns: int, share: float) -> None:
    """[TM-7]: stalls again and again put a takeover off by what they take, not for ever."""
    lan = Segment(1)
    lan.add(router("MASTER", 200, advertisement_interval_ns=interval_ns))
    lan.add(router("BACKUP", 100, advertisement_interval_ns=interval_ns))
    lan.run(10 * SECOND)
    lan.kill("MASTER")
    killed_at = lan.now
    while lan.now - killed_at < 60 * interval_ns and not lan.masters:
        lan.stall("BACKUP", int(2 * interval_ns * share), packets_lost=False)
        lan.run(2 * interval_ns)
    assert ["BACKUP"] == lan.masters
    assert lan.now - killed_at <= 4 * interval_ns / (1 - share) + 6 * interval_ns


@quick
@given(st.integers(4_000, 20_000), st.booleans())
def test_a_nopreempt_master_that_slept_does_not_take_the_role_back(slept_ms: int, packets_lost: bool) -> None:
    """[TM-7]"""
    lan = Segment(1)
    lan.add(router("SLEEPER", 200, preempt_mode=False))
    lan.run(5 * SECOND)
    lan.add(router("OTHER", 100, preempt_mode=False))
    lan.run(5 * SECOND)
    lan.takeovers.clear()
    lan.stall("SLEEPER", slept_ms * MS, packets_lost=packets_lost)
    lan.run(slept_ms * MS + 20 * SECOND)
    assert ["OTHER"] == [name for _, name in lan.takeovers]
    assert ["OTHER"] == lan.masters
    assert not lan.nodes["SLEEPER"].owns


@quick
@given(st.integers(0, 99), st.floats(0.0, 0.2), st.floats(0.0, 0.5))
def test_loss_and_duplication_do_not_break_a_rule(seed: int, loss: float, duplication: float) -> None:
    """[AC-10] [BK-8]"""
    lan = segment([50, 150, 250], seed=seed)
    lan.loss, lan.duplication = loss, duplication
    lan.run(60 * SECOND)
    assert [] == lan.violations
    lan.loss = 0.0
    lan.run(10 * SECOND)
    assert ["R2"] == lan.masters


@pytest.mark.parametrize("preempt", [True, False])
def test_two_hundred_seconds_of_rest_change_nothing(preempt: bool) -> None:
    """[BK-8] [AC-8]"""
    lan = segment([100, 150, 200], preempt=preempt)
    lan.run(200 * SECOND)
    assert ["R2"] == [name for _, name in lan.takeovers]


class Histories(RuleBasedStateMachine):
    """Whatever happens in whatever order: no rule is broken, and in the end the owner is the only one."""

    NAMES = ("R0", "R1", "R2", "R3")

    @initialize(
        members=st.lists(priorities, min_size=2, max_size=4),
        nopreempt=st.lists(st.booleans(), min_size=4, max_size=4),
        seed=st.integers(0, 999),
        interval_ns=st.sampled_from([SECOND, 100 * MS]),
    )
    def begin(self, members: list[int], nopreempt: list[bool], seed: int, interval_ns: int) -> None:
        self.lan = Segment(seed)
        self.interval_ns = interval_ns
        for name, priority, stays in zip(self.NAMES, members, nopreempt, strict=False):
            changes = {"preempt_mode": not stays, "advertisement_interval_ns": interval_ns}
            self.lan.add(router(name, priority, **changes))

    def pick(self, number: int) -> str:
        return sorted(self.lan.nodes)[number % len(self.lan.nodes)]

    @rule(ms=st.integers(1, 8_000))
    def wait(self, ms: int) -> None:
        self.lan.run(ms * MS)

    @rule(number=st.integers(0, 3))
    def cut_or_mend_a_cable(self, number: int) -> None:
        node = self.lan.nodes[self.pick(number)]
        node.connected = not node.connected

    @rule(number=st.integers(0, 3), graceful=st.booleans())
    def kill(self, number: int, graceful: bool) -> None:
        node = self.lan.nodes[self.pick(number)]
        if node.alive and node.asleep_until is None:
            self.lan.kill(node.name, graceful=graceful)

    @rule(number=st.integers(0, 3))
    def restart(self, number: int) -> None:
        node = self.lan.nodes[self.pick(number)]
        if not node.alive:
            self.lan.restart(node.name)

    @rule(number=st.integers(0, 3), priority=priorities)
    def change_priority(self, number: int, priority: int) -> None:
        node = self.lan.nodes[self.pick(number)]
        if node.asleep_until is None:
            self.lan.give(node.name, PriorityChanged(priority))

    @rule(number=st.integers(0, 3), ms=st.integers(1, 20_000), packets_lost=st.booleans())
    def fall_asleep(self, number: int, ms: int, packets_lost: bool) -> None:
        self.lan.stall(self.pick(number), ms * MS, packets_lost=packets_lost)

    @precondition(lambda self: hasattr(self, "lan"))
    @invariant()
    def no_rule_is_broken(self) -> None:
        assert [] == self.lan.violations

    @precondition(lambda self: hasattr(self, "lan"))
    @invariant()
    def exactly_the_masters_hold_the_addresses(self) -> None:
        assert set(self.lan.masters) == {node.name for node in self.lan.nodes.values() if node.owns}

    def teardown(self) -> None:
        if not hasattr(self, "lan"):
            return
        for node in self.lan.nodes.values():
            node.connected = True
            if not node.alive:
                self.lan.restart(node.name)
        self.lan.run(45 * SECOND)
        assert [] == self.lan.violations
        assert 1 == len(self.lan.masters)
        winner = self.lan.nodes[self.lan.masters[0]].router.effective_priority
        preempting = [
            node.router.effective_priority
            for node in self.lan.nodes.values()
            if node.router.settings.preempt_mode
        ]
        assert winner >= max(preempting, default=0)


Histories.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestHistories = Histories.TestCase
