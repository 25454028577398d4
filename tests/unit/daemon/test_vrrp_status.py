"""What the vrrp process tells of its routers when somebody asks why they are what they are."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address

from pykeepalived.daemon.vrrp_actions import Runtime
from pykeepalived.daemon.vrrp_status import MOST_PEERS, StatusAnswers, instance_detail
from pykeepalived.ipc.messages import InstanceSnapshots
from pykeepalived.tracking.settings import Follow, RouterTracking, TrackerKind, TrackingSettings
from pykeepalived.tracking.tracker import Begin, Observed, Tracking
from pykeepalived.vrrp.actions import PublicState, Reason, StateChanged
from pykeepalived.vrrp.events import AdvertisementReceived, FaultRaised, PrimaryAddressChanged, Startup
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.vrrp.states import Backup
from pykeepalived.wire.vrrp import Advertisement, ChecksumForm
from pykeepalived.wire.vrrp_receive import Discard, DiscardReason

SECOND = 10**9
PEER = IPv4Address("192.0.2.1")


def runtime(number: int = 1) -> Runtime:
    virtual = VirtualAddress(IPv4Address("198.51.100.1"), 32, "eth0")
    settings = RouterSettings(f"VI_{number}", "eth0", 51, version=3, addresses=(virtual,))
    return Runtime(settings, VirtualRouter(settings))


def backup() -> Runtime:
    made = runtime()
    made.core.handle(PrimaryAddressChanged(IPv4Address("192.0.2.2")), 0)
    made.core.handle(Startup(), 0)
    made.core.handle(AdvertisementReceived(PEER, 150, SECOND, True), SECOND)
    return made


def tracking(*follows: Follow) -> Tracking:
    return Tracking(TrackingSettings(routers=(RouterTracking("VI_1", 100, follows),)))


def test_a_backup_tells_when_it_takes_over() -> None:
    detail = instance_detail(backup(), tracking())

    # Three adverts of 1 s and the skew (256 - 100) / 256 s after the one at 1 s.
    assert 4 * SECOND + 156 * SECOND // 256 == detail.master_down_at


def test_others_do_not() -> None:
    assert instance_detail(runtime(), tracking()).master_down_at is None


def test_each_tracked_thing_is_told_with_what_it_does() -> None:
    core = tracking(
        Follow(TrackerKind.SCRIPT, "chk", -20),
        Follow(TrackerKind.INTERFACE, "eth9", 0, group="G1"),
        Follow(TrackerKind.PROCESS, "late", 5, reverse=True),
    )
    core.handle(Begin(), 0)
    core.handle(Observed(TrackerKind.SCRIPT, "chk", 0), 0)
    core.handle(Observed(TrackerKind.INTERFACE, "eth9", 0), 0)

    trackers = instance_detail(runtime(), core).trackers

    assert [("script", "chk", -20, 0, -20, False, ""), ("interface", "eth9", 0, 0, 0, True, "G1")] == [
        (one.kind.value, one.name, one.weight, one.status, one.points, one.is_fault, one.group)
        for one in trackers[:2]
    ]
    assert (-5, None, True) == (trackers[2].weight, trackers[2].status, trackers[2].reverse)
    assert "script chk failed" == trackers[0].text


def test_the_ledger_is_told_latest_first_and_bounded() -> None:
    one = runtime()
    one.peers.accepted(Advertisement(3, 51, 150, SECOND, PEER, b"", True, ChecksumForm.MESSAGE), 5)
    for number in range(20):
        source = IPv4Address(f"192.0.2.{100 + number}")
        one.peers.refused(Discard(DiscardReason.AUTH_TYPE_MISMATCH, 51, source, 0, 1), 10 + number)

    detail = instance_detail(one, tracking())

    assert (MOST_PEERS, 5) == (len(detail.peers), detail.peers_left_out)
    latest = detail.peers[0]
    assert ("192.0.2.119", 29, (("auth_type_mismatch", 1),)) == (
        latest.source,
        latest.refused_at,
        latest.discards,
    )
    assert "authentication type 0, ours 1" == latest.refusal


def test_a_good_advert_brings_its_form_priority_and_interval() -> None:
    one = runtime()
    one.peers.accepted(Advertisement(3, 51, 150, SECOND, PEER, b"", True, ChecksumForm.MESSAGE), 5)
    (peer,) = instance_detail(one, tracking()).peers

    assert (1, 5, SECOND, 150, (("message", 1),)) == (
        peer.adverts,
        peer.last_at,
        peer.interval_ns,
        peer.priority,
        peer.forms,
    )


def test_refused_packets_of_nobody_known_are_counted_too() -> None:
    one = runtime()
    one.counters[DiscardReason.CHECKSUM.label] += 3
    one.counters["advert_sent"] += 1

    assert (("checksum", 3),) == instance_detail(one, tracking()).discards


def test_a_transition_to_backup_names_the_master_it_follows() -> None:
    one = backup()
    state = one.core.state
    assert isinstance(state, Backup)
    change = StateChanged(PublicState.MASTER, PublicState.BACKUP, Reason.HIGHER_PRIORITY)
    one.transitions = ((7, change, state, 100),)

    (told,) = instance_detail(one, tracking()).transitions

    assert (7, "MASTER", "BACKUP", 100) == (told.realtime_ns, told.old, told.new, told.priority)
    assert "192.0.2.1 has priority 150, ours is 100" == told.detail


def test_faults_are_told() -> None:
    one = runtime()
    one.core.handle(FaultRaised("interface eth0 down"), 0)

    assert ("interface eth0 down",) == instance_detail(one, tracking()).faults


def test_many_peers_make_small_portions() -> None:
    """A flood of strangers must not make an advert wait for the answer."""
    crowded = [runtime(number) for number in range(5)]
    for one in crowded:
        for number in range(6):
            source = IPv4Address(f"192.0.2.{100 + number}")
            one.peers.refused(Discard(DiscardReason.CHECKSUM, 51, source), 1)
    sent: list[InstanceSnapshots] = []

    StatusAnswers(tracking(), lambda _: (), lambda turn: turn(), sent.append).answer(3, crowded)

    assert [2, 2, 1] == [len(portion.instances) for portion in sent]


def test_a_long_answer_is_sent_in_turns_of_the_loop() -> None:
    later: list[Callable[[], None]] = []
    sent: list[InstanceSnapshots] = []
    answers = StatusAnswers(tracking(), lambda _: (), later.append, sent.append)

    answers.answer(3, [runtime(number) for number in range(10)])
    assert [4] == [len(portion.instances) for portion in sent]
    while later:
        later.pop()()

    assert [4, 4, 2] == [len(portion.instances) for portion in sent]
    assert [False, False, True] == [portion.last for portion in sent]
    assert all(one.detail is not None for portion in sent for one in portion.instances)
