"""The supervisor between the SNMP process and those it asks."""

from __future__ import annotations

from pykeepalived.daemon.snmp_relay import SnmpRelay
from pykeepalived.ipc.messages import (
    DumpKind,
    DumpRequest,
    InstanceSnapshots,
    Message,
    Process,
    Ready,
    VerdictSnapshots,
)


class Site:
    def __init__(self, *running: Process) -> None:
        self.running = set(running)
        self.sent: list[tuple[Process, Message]] = []
        self._id = 100
        self.relay = SnmpRelay(
            lambda process, message: self.sent.append((process, message)),
            self.running,
            self._next_id,
        )

    def _next_id(self) -> int:
        self._id += 1
        return self._id


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
