"""Queues of announcement frames."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from pykeepalived.daemon.announcer import SLICE, Announcer, AnnouncerKey, Frame
from pykeepalived.plan.pacing import InterfacePace


class World:
    """A loop, a clock and interfaces that remember what they were given."""

    def __init__(self, capacity: int | None = 10**9) -> None:
        self.now = 1_000
        self.capacity = capacity
        self.sent: list[tuple[int, str, bytes]] = []
        self.turns: list[Callable[[], None]] = []
        self.deadlines: dict[Hashable, int | None] = {}
        self.announcer = Announcer(
            send=self.send,
            call_soon=self.turns.append,
            set_deadline=self.deadlines.__setitem__,
            clock=lambda: self.now,
        )

    def send(self, interface: str, frames: Sequence[bytes]) -> int | None:
        if self.capacity is None:
            return None
        taken = frames[: self.capacity]
        self.sent += [(self.now, interface, frame) for frame in taken]
        return len(taken)

    def run(self) -> None:
        while self.turns or any(at is not None for at in self.deadlines.values()):
            while self.turns:
                self.turns.pop(0)()
            due = {k: at for k, at in self.deadlines.items() if at is not None}
            if due:
                key, at = min(due.items(), key=lambda item: item[1])
                self.deadlines[key] = None
                self.now = max(self.now, at)
                assert isinstance(key, AnnouncerKey)
                self.announcer.on_deadline(key)


def frames(count: int, *, router: str = "VI_1", gap_ns: int = 0) -> list[Frame]:
    return [Frame(router, b"%d" % number, gap_ns) for number in range(count)]


def test_nothing_is_sent_before_the_loop_had_its_turn() -> None:
    world = World()
    world.announcer.queue("eth0", frames(3))

    assert [] == world.sent
    world.run()
    assert [b"0", b"1", b"2"] == [data for _, _, data in world.sent]


def test_a_long_queue_goes_out_in_slices() -> None:
    """[AR-5]"""
    world = World()
    world.announcer.queue("eth0", frames(1000))
    world.turns.pop(0)()

    assert SLICE == len(world.sent)
    world.run()
    assert 1000 == len(world.sent)
    assert 0 == world.announcer.pending


def test_gaps_are_kept_per_interface() -> None:
    """[AR-2]: garp_interval, gna_interval."""
    world = World()
    world.announcer.queue("eth0", frames(3, gap_ns=100))
    world.announcer.queue("eth1", frames(1, gap_ns=100))
    world.run()

    assert [1_000, 1_100, 1_200] == [at for at, interface, _ in world.sent if interface == "eth0"]
    assert [1_000] == [at for at, interface, _ in world.sent if interface == "eth1"]


def test_interfaces_of_one_group_wait_for_each_other() -> None:
    world = World()
    world.announcer.configure([InterfacePace(name, "garp_group 1", 500, 500) for name in ("eth0", "eth1")])
    world.announcer.queue("eth0", frames(2, gap_ns=500))
    world.announcer.queue("eth1", frames(2, gap_ns=500))
    world.announcer.queue("eth2", frames(1))
    world.run()

    assert [
        (1000, "eth0", b"0"),
        (1000, "eth2", b"0"),
        (1500, "eth0", b"1"),
        (2000, "eth1", b"0"),
        (2500, "eth1", b"1"),
    ] == world.sent
    assert not world.announcer.may_send_now("eth1")
    assert world.announcer.may_send_now("eth2")


def test_an_interface_of_a_group_that_takes_nothing_does_not_hold_up_the_others() -> None:
    world = World()
    world.announcer.configure([InterfacePace(name, "garp_group 1") for name in ("eth0", "eth1")])
    send = world.announcer._send
    world.announcer._send = lambda name, data: None if name == "eth0" else send(name, data)
    world.announcer.queue("eth0", frames(2))
    world.announcer.queue("eth1", frames(2))
    world.run()

    assert ["eth1", "eth1"] == [interface for _, interface, _ in world.sent]


def test_each_family_has_its_gap() -> None:
    world = World()
    world.announcer.configure([InterfacePace("eth0", "eth0", 7, 8)])

    assert [7, 8, 9] == [
        world.announcer.gap_ns("eth0", 4, 9),
        world.announcer.gap_ns("eth0", 6, 9),
        world.announcer.gap_ns("eth1", 4, 9),
    ]


def test_what_belongs_to_a_router_that_left_is_dropped() -> None:
    world = World()
    world.announcer.queue("eth0", [*frames(2, router="VI_1"), *frames(1, router="VI_2")])
    world.announcer.drop("VI_1")
    world.run()

    assert 1 == len(world.sent)


def test_a_full_transmit_queue_is_tried_again_without_losing_order() -> None:
    world = World(capacity=10)
    world.announcer.queue("eth0", frames(25))
    world.run()

    assert [b"%d" % number for number in range(25)] == [data for _, _, data in world.sent]
    assert 3 == len({at for at, _, _ in world.sent})


def test_an_interface_that_takes_nothing_does_not_keep_its_queue() -> None:
    world = World(capacity=None)
    world.announcer.queue("eth0", frames(5))
    world.run()

    assert 0 == world.announcer.pending
