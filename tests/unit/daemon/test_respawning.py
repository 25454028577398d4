"""What becomes of a child that died."""

from __future__ import annotations

import signal

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_SECOND as S
from pykeepalived.daemon.respawning import (
    PERMANENT,
    TERMINATED_PATIENCE_NS,
    EndAll,
    Respawning,
    RestartPolicy,
    StartAgain,
)
from pykeepalived.ipc.messages import Process


def test_a_child_that_keeps_dying_starts_ever_later() -> None:
    policy = RestartPolicy()
    delays = [policy.delay_ns(lived_ns=S // 10) // S for _ in range(10)]
    assert [0, 1, 2, 4, 8, 16, 32, 60, 60, 60] == delays


def test_a_child_that_lived_long_starts_at_once() -> None:
    policy = RestartPolicy()
    for _ in range(5):
        policy.delay_ns(lived_ns=0)
    assert 0 == policy.delay_ns(lived_ns=60 * S)
    assert S == policy.delay_ns(lived_ns=0)


@pytest.mark.parametrize("status", sorted(PERMANENT))
def test_what_another_start_cannot_mend_ends_the_daemon_with_the_same_status(status: int) -> None:
    expected = EndAll(f"ended with permanent error {status}. Terminating", status)
    assert expected == Respawning(wanted=True).after(Process.VRRP, status, 60 * S)


def test_without_respawning_the_first_death_ends_the_daemon() -> None:
    consequence = Respawning(wanted=False).after(Process.CHECKER, -signal.SIGKILL, 60 * S)
    assert EndAll("was killed by SIGKILL. Terminating", 1) == consequence


def test_each_process_has_quick_deaths_of_its_own() -> None:
    respawning = Respawning(wanted=True)
    at_once = StartAgain("ended with status 70: Respawning", 0)
    assert at_once == respawning.after(Process.VRRP, 70, 0)
    assert StartAgain("ended with status 70: Respawning in 1s", S) == respawning.after(Process.VRRP, 70, 0)
    assert at_once == respawning.after(Process.CHECKER, 70, 0)


def test_a_child_that_was_terminated_waits_for_our_own_signal() -> None:
    consequence = Respawning(wanted=True).after(Process.VRRP, 0, 60 * S)
    assert StartAgain("ended with status 0: Respawning", TERMINATED_PATIENCE_NS) == consequence
