"""When the stricter filter is put in place, what its samples count for, and when it goes."""

from __future__ import annotations

import pytest

from pykeepalived.daemon.vrrp_flood import FloodGuard
from pykeepalived.netio.flood_filter import FLOOD_PER_SECOND, SAMPLE
from pykeepalived.wire.vrrp_receive import Discard, DiscardReason, ReceivePolicy, Receiver

MS = 1_000_000
WRONG_TTL = Discard(DiscardReason.HOP_LIMIT, 51)
NO_PEER = Discard(DiscardReason.UNKNOWN_PEER, 51)
PACKET = bytes([0x45]) + bytes(40)


class Wire:
    """The socket, as the guard sees it."""

    interface = "eth0"
    skip_bytes = 0
    vrids = (51,)

    def __init__(self) -> None:
        self.filters: list[str] = []
        self.refusal: OSError | None = None

    def filter_by(self, _program: object) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.filters.append("strict")

    def listen_for(self, vrids: tuple[int, ...]) -> None:
        self.filters.append(f"vrids {vrids}")


class Flood:
    """A guard, and packets for it; each 10 ms it looks."""

    def __init__(self) -> None:
        self.wire = Wire()
        policies = {51: ReceivePolicy(51, 3, b"")}
        self.guard = FloodGuard(self.wire, Receiver(4, policies))  # type: ignore[arg-type]
        self.now = 10**12

    def run(self, milliseconds: int, per_second: int, discard: Discard = WRONG_TTL) -> int:
        """The sum of the weights."""
        total = 0
        for _ in range(milliseconds // 10):
            for _ in range(per_second // 100):
                total += self.guard.refused(discard, PACKET, self.now)
            self.now += 10 * MS
            self.guard.look(self.now)
        return total


@pytest.fixture
def flood() -> Flood:
    return Flood()


def test_a_bad_neighbour_is_no_flood(flood: Flood) -> None:
    assert 2000 == flood.run(2000, 1000)
    assert [] == flood.wire.filters


def test_what_no_filter_could_drop_brings_none(flood: Flood) -> None:
    assert 10_000 == flood.run(1000, 10_000, NO_PEER)
    assert [] == flood.wire.filters


def test_a_flood_is_thinned_and_each_sample_counts_for_all(flood: Flood) -> None:
    flood.run(100, 10_000)
    assert ["strict"] == flood.wire.filters
    assert flood.guard.active

    assert 10 * SAMPLE == flood.run(100, 100)
    assert 10 == flood.run(100, 100, NO_PEER)


def test_what_was_queued_before_counts_once(flood: Flood) -> None:
    flood.run(100, 10_000)

    assert 1 == flood.guard.refused(WRONG_TTL, PACKET, flood.now - 10**9)


def test_the_ordinary_filter_is_back_a_second_after_the_flood(flood: Flood) -> None:
    flood.run(100, 10_000)
    flood.run(900, 200)  # samples of 12,800 a second
    assert flood.guard.active
    flood.run(3000, 0)

    assert ["strict", "vrids (51,)"] == flood.wire.filters
    assert not flood.guard.active
    assert 1 == flood.guard.refused(WRONG_TTL, PACKET, flood.now)


def test_a_quiet_night_before_does_not_hide_a_flood(flood: Flood) -> None:
    flood.run(10, 100)
    flood.now += 3600 * 10**9
    flood.run(200, FLOOD_PER_SECOND * 2)

    assert ["strict"] == flood.wire.filters


def test_new_routers_on_the_socket_begin_without_it(flood: Flood) -> None:
    flood.run(100, 10_000)

    flood.guard.forget()

    assert not flood.guard.active
    assert 1 == flood.guard.refused(WRONG_TTL, PACKET, flood.now)


def test_a_kernel_that_refuses_the_filter_leaves_all_as_it_was(flood: Flood) -> None:
    flood.wire.refusal = OSError(22, "Invalid argument")

    assert 10_000 == flood.run(1000, 10_000)
    assert not flood.guard.active
