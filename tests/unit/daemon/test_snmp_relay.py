"""The supervisor between the SNMP process and the others."""

from __future__ import annotations

from pykeepalived.daemon.snmp_relay import MOST_HELD, SnmpRelay
from pykeepalived.ipc.messages import (
    DumpKind,
    DumpRequest,
    InstanceSnapshots,
    Message,
    Process,
    Ready,
    RouterState,
    RouterStateChanged,
    SubjectKind,
    VerdictSnapshots,
)


class Site:
    def __init__(self, *running: Process, wanted: bool = True) -> None:
        self.running = set(running)
        self.sent: list[tuple[Process, Message]] = []
        self._id = 100
        self.relay = SnmpRelay(
            lambda process, message: self.sent.append((process, message)),
            lambda: self.running,
            self._next_id,
            lambda: wanted,
        )

    def _next_id(self) -> int:
        self._id += 1
        return self._id


def change(name: str) -> RouterStateChanged:
    return RouterStateChanged(name, SubjectKind.INSTANCE, RouterState.MASTER, 100, 0)


def test_a_question_goes_to_everyone_who_runs_and_the_answers_come_back_under_its_number() -> None:
    site = Site(Process.SNMP, Process.VRRP, Process.CHECKER)
    assert site.relay.take(Process.SNMP, DumpRequest(7, DumpKind.STATUS))
    assert [
        (Process.VRRP, DumpRequest(101, DumpKind.STATUS)),
        (Process.CHECKER, DumpRequest(102, DumpKind.STATUS)),
    ] == site.sent
    site.sent.clear()
    assert site.relay.take(Process.VRRP, InstanceSnapshots(101, (), last=False))
    assert site.relay.take(Process.CHECKER, VerdictSnapshots(102, (), ()))
    assert [
        (Process.SNMP, InstanceSnapshots(7, (), last=False)),
        (Process.SNMP, VerdictSnapshots(7, (), ())),
    ] == site.sent


def test_answers_to_others_are_left_to_them() -> None:
    site = Site(Process.SNMP, Process.VRRP)
    assert not site.relay.take(Process.VRRP, InstanceSnapshots(3, ()))
    assert not site.relay.take(Process.SNMP, Ready())
    assert [] == site.sent


def test_a_late_answer_reaches_nobody_when_the_process_has_ended() -> None:
    site = Site(Process.SNMP, Process.VRRP)
    site.relay.take(Process.SNMP, DumpRequest(7, DumpKind.STATUS))
    site.running.discard(Process.SNMP)
    site.sent.clear()
    assert site.relay.take(Process.VRRP, InstanceSnapshots(101, ()))
    assert [] == site.sent


def test_changes_wait_for_a_process_that_is_to_come() -> None:
    site = Site(Process.VRRP)
    for number in range(MOST_HELD + 1):
        site.relay.copy(change(str(number)))
    site.relay.copy(Ready())
    assert [] == site.sent
    site.running.add(Process.SNMP)
    site.relay.started()
    assert MOST_HELD == len(site.sent)
    assert (Process.SNMP, change("1")) == site.sent[0]
    site.relay.copy(change("last"))
    assert (Process.SNMP, change("last")) == site.sent[-1]


def test_nothing_is_kept_when_nobody_will_ask() -> None:
    site = Site(Process.VRRP, wanted=False)
    site.relay.copy(change("x"))
    site.running.add(Process.SNMP)
    site.relay.started()
    assert [] == site.sent
