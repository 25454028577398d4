"""A vrrp process that did not run for a while (SIGSTOP): nobody owns the addresses twice for that."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.plan.vrrp import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, Listener, RouterProcess, eventually, running

pytestmark = [pytest.mark.netns, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]

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


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan("vstp") as made:
        yield made


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
