"""Who gets copies of what the others announce."""

from __future__ import annotations

import pytest

from pykeepalived.daemon.children import ENTRY_MODULES
from pykeepalived.daemon.listeners import LISTENERS, MOST_KEPT, Announcements
from pykeepalived.ipc.messages import (
    Message,
    Process,
    Ready,
    RouterState,
    RouterStateChanged,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
)


class Site:
    def __init__(self, *running: Process, wanted: bool = True) -> None:
        self.running = set(running)
        self.sent: list[tuple[Process, Message]] = []
        self.announcements = Announcements(
            lambda process, message: self.sent.append((process, message)),
            self.running,
            lambda _process: wanted,
        )


def change(name: str) -> RouterStateChanged:
    return RouterStateChanged(name, SubjectKind.INSTANCE, RouterState.MASTER, 100, 0)


VERDICT = VerdictChanged("vs", "rs", up=False)
SERVICE = ServiceStateChanged("vs", up=False)


@pytest.mark.parametrize(
    ("message", "hear"),
    [
        (change("x"), [Process.DBUS, Process.SNMP]),
        (VERDICT, [Process.SNMP]),
        (SERVICE, [Process.SNMP]),
        (Ready(), []),
    ],
)
def test_each_hears_what_it_tells_others(message: Message, hear: list[Process]) -> None:
    site = Site(*Process)
    site.announcements.copy(message)
    assert [(process, message) for process in hear] == site.sent


def test_changes_wait_for_an_snmp_process_that_is_to_come_and_the_oldest_go_first() -> None:
    site = Site(Process.VRRP)
    for number in range(MOST_KEPT + 1):
        site.announcements.copy(change(str(number)))
    assert [] == site.sent
    site.running.add(Process.SNMP)
    site.announcements.started(Process.SNMP)
    assert MOST_KEPT == len(site.sent)
    assert (Process.SNMP, change("1")) == site.sent[0]
    site.announcements.copy(change("last"))
    assert (Process.SNMP, change("last")) == site.sent[-1]


def test_d_bus_starts_with_the_present_states_and_needs_no_past_ones() -> None:
    site = Site(Process.VRRP)
    site.announcements.copy(change("x"))
    site.running.add(Process.DBUS)
    site.announcements.started(Process.DBUS)
    assert [] == site.sent


def test_nothing_is_kept_when_nobody_will_ask() -> None:
    site = Site(Process.VRRP, wanted=False)
    site.announcements.copy(change("x"))
    site.running.add(Process.SNMP)
    site.announcements.started(Process.SNMP)
    assert [] == site.sent


def test_a_process_that_starts_has_somebody_to_tell() -> None:
    order = list(ENTRY_MODULES)
    first = [listener.process for listener in LISTENERS if listener.goes_first]
    assert all(order.index(process) < order.index(Process.VRRP) for process in first)
