"""A vrrp process that did not run for a while (SIGSTOP, a suspended machine), or whose wall clock was set.

Nobody owns the addresses twice for that.
"""

from __future__ import annotations

import mmap
import re
import signal
import struct
import time
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.daemon import vrrp_hearing
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, Listener, RouterProcess, eventually, running

pytestmark = pytest.mark.netns

ADVERT_NS = 100 * NANOSECONDS_PER_MILLISECOND
VIP = "198.51.100.1"
ROUTER = RouterSettings(
    "VI_1",
    "eth0",
    51,
    version=3,
    advertisement_interval_ns=ADVERT_NS,
    addresses=(VirtualAddress(IPv4Address(VIP), 32, "eth0"),),
)
STOPPED_SECONDS = 1.5
"""Four down intervals."""


def plan(priority: int, *, preempt: bool = True) -> VrrpPlan:
    return VrrpPlan((replace(ROUTER, priority=priority, preempt_mode=preempt),), ())


def sleep_through(process: RouterProcess, seconds: float = STOPPED_SECONDS) -> None:
    process.kill(signal.SIGSTOP)
    time.sleep(seconds)
    process.kill(signal.SIGCONT)


@repeat_when_stalled(ADVERT_NS)
def test_a_backup_that_slept_beside_a_living_master_claims_nothing(lan: Lan, tmp_path: Path) -> None:
    with (
        running(lan, "a", plan(200), str(tmp_path / "a")) as master,
        running(lan, "b", plan(100), str(tmp_path / "b")) as backup,
    ):
        master.until_state("VI_1", "MASTER")
        backup.until_state("VI_1", "BACKUP")
        listener = Listener(lan, "b")
        sleep_through(backup)
        eventually(lambda: "did not run for" in backup.log(), backup.log)
        time.sleep(1)

        assert [] == listener.adverts()
        assert ["BACKUP"] == backup.states("VI_1")
        assert lan.lacks("b", VIP)


@repeat_when_stalled(ADVERT_NS)
def test_a_nopreempt_master_that_slept_leaves_the_role_to_whoever_took_it(lan: Lan, tmp_path: Path) -> None:
    with (
        running(lan, "a", plan(200, preempt=False), str(tmp_path / "a")) as sleeper,
        running(lan, "b", plan(100, preempt=False), str(tmp_path / "b")) as other,
    ):
        sleeper.until_state("VI_1", "MASTER")
        sleeper.kill(signal.SIGSTOP)
        other.until_state("VI_1", "MASTER")
        listener = Listener(lan, "a")
        sleeper.kill(signal.SIGCONT)
        sleeper.until_state("VI_1", "BACKUP")
        eventually(lambda: lan.lacks("a", VIP) and lan.holds("b", VIP), "one owner")
        time.sleep(0.5)

        assert [] == [advert for advert in listener.adverts() if advert[1]]
        assert "MASTER" == other.states("VI_1")[-1]


@repeat_when_stalled(ADVERT_NS)
def test_a_better_master_that_slept_is_back_with_one_advert(lan: Lan, tmp_path: Path) -> None:
    with (
        running(lan, "a", plan(200), str(tmp_path / "a")) as sleeper,
        running(lan, "b", plan(100), str(tmp_path / "b")) as other,
    ):
        sleeper.until_state("VI_1", "MASTER")
        sleeper.kill(signal.SIGSTOP)
        other.until_state("VI_1", "MASTER")
        listener = Listener(lan, "a")
        sleeper.kill(signal.SIGCONT)
        other.until_state("VI_1", "BACKUP")
        eventually(lambda: lan.holds("a", VIP) and lan.lacks("b", VIP), "one owner")

        assert ["BACKUP", "MASTER"] == sleeper.states("VI_1")
        eventually(lambda: VIP in listener.announced(), "switches are told again")


class SharedClock:
    """Nanoseconds that this process sets and a forked one sees."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)

    @property
    def gained_ns(self) -> int:
        return int(struct.unpack("=q", self._memory[:])[0])

    @gained_ns.setter
    def gained_ns(self, value: int) -> None:
        self._memory[:] = struct.pack("=q", value)


HOUR_NS = 3600 * NANOSECONDS_PER_SECOND


@repeat_when_stalled(ADVERT_NS)
def test_a_suspended_machine_is_noticed_by_the_clock_that_goes_on_meanwhile(lan: Lan, tmp_path: Path) -> None:
    """[TM-7] The Backup listens before it claims anything; the Master, which nobody has replaced, goes on."""
    clock = SharedClock()
    really = vrrp_hearing.suspended_ns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vrrp_hearing, "suspended_ns", lambda now: really(now) + clock.gained_ns)
        with (
            running(lan, "a", plan(200), str(tmp_path / "a")) as master,
            running(lan, "b", plan(100), str(tmp_path / "b")) as backup,
        ):
            master.until_state("VI_1", "MASTER")
            backup.until_state("VI_1", "BACKUP")
            listener = Listener(lan, "b")
            clock.gained_ns = HOUR_NS
            for process in (master, backup):
                eventually(lambda log=process.log: "did not run for 3600" in log(), process.log)  # type: ignore[misc]
            time.sleep(1)

            assert [] == listener.adverts()
            assert ["BACKUP"] == backup.states("VI_1")
            assert "MASTER" == master.states("VI_1")[-1]
            assert lan.lacks("b", VIP)


@repeat_when_stalled(ADVERT_NS)
def test_a_wall_clock_that_is_set_changes_nothing(lan: Lan, tmp_path: Path) -> None:
    """[TM-6] An hour ahead and two back, as the processes see it; the kernel's stamps are of another time."""
    clock = SharedClock()
    really = time.time_ns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: really() + clock.gained_ns)
        with (
            running(lan, "a", plan(200), str(tmp_path / "a")) as master,
            running(lan, "b", plan(100), str(tmp_path / "b")) as backup,
        ):
            master.until_state("VI_1", "MASTER")
            backup.until_state("VI_1", "BACKUP")
            of_master, of_backup = Listener(lan, "a"), Listener(lan, "b")
            for gained_ns in (HOUR_NS, -HOUR_NS):
                clock.gained_ns = gained_ns
                of_master.clear()
                time.sleep(0.7)
                assert len([one for one in of_master.adverts() if one[1] == 200]) >= 5

            assert [] == of_backup.adverts()
            assert ["BACKUP"] == backup.states("VI_1")
            assert "MASTER" == master.states("VI_1")[-1]
            # Milliseconds are a machine that stood still; a clock that was believed would be an hour.
            for log in (backup.log(), master.log()):
                assert not re.search(r"did not run for (?![\d.]+ms)", log)
