"""Counting processes and deciding on quorums."""

from __future__ import annotations

import pytest

from pykeepalived.tracking.processes import (
    Executed,
    Exited,
    Forked,
    ProcessCounts,
    ProcessFacts,
    QuorumChanged,
    Renamed,
    Scanned,
    TimerFired,
    parameters_match,
)
from pykeepalived.tracking.settings import ParameterMatch, ProcessSettings

SECOND = 1_000_000_000
UP, DOWN = QuorumChanged("p", True), QuorumChanged("p", False)


def by_name(**changed: int) -> ProcessSettings:
    return ProcessSettings("p", "haproxy", **changed)  # type: ignore[arg-type]


def counting(settings: ProcessSettings, *pids: int) -> ProcessCounts:
    counts = ProcessCounts.of([settings])
    counts.handle(Scanned(tuple(ProcessFacts(pid, "haproxy", b"haproxy\0") for pid in pids)), 0)
    return counts


def test_the_scan_says_what_is_there() -> None:
    counts = ProcessCounts.of([by_name()])
    assert [UP] == counts.handle(Scanned((ProcessFacts(7, "haproxy"), ProcessFacts(8, "nginx"))), 0)


def test_a_process_that_starts_and_ends() -> None:
    counts = counting(by_name())
    assert {"p": False} == counts.quorums()
    assert [UP] == counts.handle(Executed(ProcessFacts(7, "haproxy")), 1)
    assert [DOWN] == counts.handle(Exited(7), 2)


def test_the_end_of_another_process_changes_nothing() -> None:
    assert [] == counting(by_name(), 7).handle(Exited(8), 1)


def test_a_fork_counts_until_it_executes_something_else() -> None:
    counts = counting(by_name(quorum=2), 7)
    assert [UP] == counts.handle(Forked(7, 8), 1)
    assert [DOWN] == counts.handle(Executed(ProcessFacts(8, "sh")), 2)
    assert {"p": 1} == counts.counts()


def test_executing_itself_again_counts_once() -> None:
    counts = counting(by_name(), 7)
    counts.handle(Executed(ProcessFacts(7, "haproxy")), 1)
    assert {"p": 1} == counts.counts()


def test_a_process_that_renames_itself() -> None:
    counts = counting(by_name(), 7)
    assert [DOWN] == counts.handle(Renamed(7, "worker"), 1)
    assert [UP] == counts.handle(Renamed(9, "haproxy"), 2)
    assert [] == counts.handle(Renamed(9, "haproxy"), 3)


def test_too_many_are_no_quorum_either() -> None:
    counts = counting(by_name(quorum_max=2), 7, 8)
    assert {"p": True} == counts.quorums()
    assert [DOWN] == counts.handle(Executed(ProcessFacts(9, "haproxy")), 1)
    assert [UP] == counts.handle(Exited(7), 2)


def test_with_quorum_max_0_none_may_run() -> None:
    counts = counting(by_name(quorum=0, quorum_max=0))
    assert {"p": True} == counts.quorums()
    assert [DOWN] == counts.handle(Executed(ProcessFacts(9, "haproxy")), 1)
    assert [UP] == counts.handle(Exited(9), 2)


def test_an_end_counts_after_its_delay() -> None:
    counts = counting(by_name(terminate_delay_ns=SECOND), 7)
    assert [] == counts.handle(Exited(7), 5)
    assert 5 + SECOND == counts.deadline
    assert [] == counts.handle(TimerFired(), SECOND)
    assert [DOWN] == counts.handle(TimerFired(), 5 + SECOND)
    assert counts.deadline is None


def test_a_restart_within_the_delay_is_not_noticed() -> None:
    counts = counting(by_name(terminate_delay_ns=SECOND), 7)
    counts.handle(Exited(7), 5)
    assert [] == counts.handle(Executed(ProcessFacts(8, "haproxy")), 6)
    assert counts.deadline is None


def test_a_fork_counts_after_its_delay_and_not_when_it_ends_before() -> None:
    counts = counting(by_name(quorum=2, fork_delay_ns=SECOND), 7)
    assert [] == counts.handle(Forked(7, 8), 0)
    assert [] == counts.handle(Exited(8), 1)
    assert counts.deadline is None
    counts.handle(Forked(7, 9), 2)
    assert [UP] == counts.handle(TimerFired(), 2 + SECOND)


def test_after_lost_events_a_new_scan_says_only_what_changed() -> None:
    counts = counting(by_name(), 7)
    assert [] == counts.handle(Scanned((ProcessFacts(9, "haproxy"),)), 1)
    assert [DOWN] == counts.handle(Scanned(()), 2)


def test_a_reload_keeps_what_was_said() -> None:
    counts = counting(by_name(), 7)
    counts.configure([by_name(), ProcessSettings("q", "nginx")])
    assert [QuorumChanged("q", False)] == counts.handle(Scanned((ProcessFacts(7, "haproxy"),)), 1)


WANTED = b"-f\0/etc/ha.cfg\0"


@pytest.mark.parametrize(
    ("match", "wanted", "present", "answer"),
    [
        (ParameterMatch.NONE, WANTED, b"", True),
        (ParameterMatch.EXACT, WANTED, WANTED, True),
        (ParameterMatch.EXACT, WANTED, WANTED + b"-D\0", False),
        (ParameterMatch.EXACT, b"", b"", True),
        (ParameterMatch.EXACT, b"", b"-D\0", False),
        (ParameterMatch.PARTIAL, WANTED, WANTED + b"-D\0", True),
        (ParameterMatch.PARTIAL, WANTED, b"-f\0/etc/ha.cfg.old\0", False),
        (ParameterMatch.PARTIAL, b"", b"-D\0", True),
        (ParameterMatch.INITIAL, WANTED, b"-f\0/etc/ha.cfg.old\0", True),
        (ParameterMatch.INITIAL, WANTED, b"-f\0/etc/nginx\0", False),
        (ParameterMatch.INITIAL, WANTED, b"-f\0", False),
    ],
)
def test_arguments(match: ParameterMatch, wanted: bytes, present: bytes, answer: bool) -> None:
    settings = ProcessSettings("p", "haproxy", wanted, match, full_command=True)
    assert answer is parameters_match(settings, present)


def test_the_full_command_is_compared_with_the_first_word() -> None:
    settings = ProcessSettings("p", "/usr/sbin/haproxy", full_command=True)
    counts = ProcessCounts.of([settings])
    assert counts.wants_cmdline
    assert not counts.wants_comm
    facts = ProcessFacts(7, None, b"/usr/sbin/haproxy\0-f\0x\0")
    assert [UP] == counts.handle(Scanned((facts, ProcessFacts(8, None, b"haproxy\0"))), 0)
    assert {"p": 1} == counts.counts()
    assert [] == counts.handle(Renamed(7, "other"), 1)
