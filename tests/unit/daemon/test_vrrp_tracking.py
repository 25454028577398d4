"""What other processes and the kernel say becomes events of the routers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import pytest

from pykeepalived.daemon import log
from pykeepalived.daemon.vrrp_link_states import CountedLinks, LinkLines
from pykeepalived.daemon.vrrp_tracking import RouterTracker, TrackingKey, tracking_of
from pykeepalived.ipc.messages import BfdStateChanged, TrackerObserved
from pykeepalived.kernel.links import IFF_RUNNING, IFF_UP, Link, LinkTable
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.tracking.settings import Follow, RouterTracking, TrackerKind, TrackingSettings
from pykeepalived.tracking.tracker import PATIENCE_NS
from pykeepalived.vrrp.events import Event, FaultCleared, FaultRaised, PriorityChanged
from pykeepalived.vrrp.settings import RouterSettings

FILE, IFACE, BFD = TrackerKind.FILE, TrackerKind.INTERFACE, TrackerKind.BFD


class _Process:
    """The rest of a vrrp process."""

    def __init__(self, *follows: Follow, continues: bool = False) -> None:
        self.table = LinkTable()
        self.delivered: list[tuple[str, Event]] = []
        self.begun: list[str] = []
        self.deadlines: dict[Hashable, int | None] = {}
        self.now = 0
        self.links = CountedLinks(self.table, self.deadlines.__setitem__, lambda: self.now)
        self.tracker = RouterTracker(
            TrackingSettings((RouterTracking("A", 100, follows),)),
            continues=continues,
            links=self.links,
            deliver=lambda name, event, now: self.delivered.append((name, event)),
            begin=self.begun.append,
            set_deadline=self.deadlines.__setitem__,
            clock=lambda: self.now,
        )

    def link(self, name: str, up: bool) -> None:
        flags = IFF_UP | IFF_RUNNING if up else IFF_UP
        self.table.links[7] = Link(7, name, flags, 6, b"", 1500, 1)
        self.table._index_of[name] = 7

    def events(self) -> list[Event]:
        taken = [event for _, event in self.delivered]
        self.delivered.clear()
        return taken


def test_a_link_moves_the_priority() -> None:
    process = _Process(Follow(IFACE, "eth1", 10))
    process.link("eth1", True)
    process.tracker.start(())
    assert [PriorityChanged(110)] == process.events()
    process.link("eth1", False)
    process.tracker.links_changed(["eth1", "eth9"])
    assert [PriorityChanged(100)] == process.events()


def test_an_interface_that_does_not_exist_is_down() -> None:
    process = _Process(Follow(IFACE, "later"))
    process.tracker.start(())
    process.tracker.begin(frozenset())
    assert [FaultRaised("tracked interface later down")] == process.events()
    process.link("later", True)
    process.tracker.links_changed(["later"])
    assert [FaultCleared("tracked interface later down")] == process.events()


def test_bfd_sessions_are_one_more_kind() -> None:
    process = _Process(Follow(BFD, "peer", -30))
    process.tracker.start(())
    process.tracker.begin(frozenset())
    assert [PriorityChanged(70)] == process.events()
    process.tracker.heard(BfdStateChanged("peer", True))
    process.tracker.heard(BfdStateChanged("other", True))
    assert [PriorityChanged(100)] == process.events()


def test_the_notifier_reports_files() -> None:
    process = _Process(Follow(FILE, "f", 2))
    process.tracker.start(())
    process.tracker.begin(frozenset())
    assert [] == process.begun
    assert PATIENCE_NS == process.deadlines[TrackingKey()]
    process.tracker.heard(TrackerObserved(FILE, "f", 5))
    assert ["A"] == process.begun
    assert [PriorityChanged(110)] == process.events()
    assert "110 = 100 + 10 (file f holds 5)" == process.tracker.explain("A", 100)


def test_a_line_without_news_changes_nothing() -> None:
    process = _Process(Follow(FILE, "f", 2))
    process.tracker.start(())
    process.tracker.heard(TrackerObserved(FILE, "f", None, "Script `f` now returning 1"))
    assert [] == process.events()


def test_nobody_waits_forever() -> None:
    process = _Process(Follow(FILE, "f", 2))
    process.tracker.start(())
    process.tracker.begin(frozenset())
    process.now = PATIENCE_NS
    process.tracker.on_deadline()
    assert ["A"] == process.begun


def test_a_restarted_process_takes_up_what_the_supervisor_remembers() -> None:
    process = _Process(Follow(TrackerKind.SCRIPT, "chk"), continues=True)
    process.tracker.start([TrackerObserved(TrackerKind.SCRIPT, "chk", 0)])
    assert [FaultRaised("script chk failed")] == process.events()
    process.tracker.begin(frozenset())
    assert ["A"] == process.begun


@pytest.mark.parametrize("known", [(), (RouterTracking("A", 100),)])
def test_every_router_of_a_plan_is_known(known: tuple[RouterTracking, ...]) -> None:
    plan = VrrpPlan((RouterSettings("A", "eth0", 1),), (), tracking=TrackingSettings(known))
    assert (RouterTracking("A", 100),) == tracking_of(plan).routers


class TestLines:
    """What the log says of interfaces."""

    @pytest.fixture
    def said(self) -> Iterator[list[str]]:
        lines: list[str] = []
        log.configure(lambda level, text, fields: lines.append(text), plain=True)
        yield lines
        log.configure(None)

    def test_changes_of_what_is_followed_are_told(self, said: list[str]) -> None:
        process = _Process()
        process.link("eth0", True)
        lines = LinkLines(process.links)
        lines.follow(["eth0"])
        lines.tell(["eth0", "eth9"])
        process.link("eth0", False)
        lines.tell(["eth0"])
        lines.tell(["eth0"])
        process.link("eth0", True)
        lines.tell(["eth0"])
        assert ["Netlink reports eth0 down", "Netlink reports eth0 up"] == said

    def test_an_interface_that_goes_is_deleted_and_not_down(self, said: list[str]) -> None:
        process = _Process()
        process.link("eth0", True)
        lines = LinkLines(process.links)
        lines.follow(["eth0"])
        process.table._index_of.clear()
        process.table.links.clear()
        lines.tell(["eth0"])
        process.link("eth0", True)
        lines.tell(["eth0"])
        assert ["Interface eth0 deleted", "Netlink reports eth0 up"] == said

    def test_who_is_followed_on_is_not_news(self, said: list[str]) -> None:
        process = _Process()
        lines = LinkLines(process.links)
        lines.follow(["eth0"])
        process.link("eth0", True)
        lines.follow(["eth0", "eth1"])  # a reload before the change was heard of
        lines.tell(["eth0"])
        assert ["Netlink reports eth0 up"] == said
