"""Receive stamps on the monotonic clock."""

from __future__ import annotations

from pykeepalived.netio.receive_clock import ReceiveClock

MS = 1_000_000
WALL = 1_700_000_000_000 * MS


def synchronized(monotonic: int, wall: int) -> ReceiveClock:
    clock = ReceiveClock()
    clock.synchronize(wall - MS, monotonic - MS)
    clock.synchronize(wall, monotonic)
    return clock


def test_a_stamp_tells_how_long_the_packet_waited() -> None:
    clock = synchronized(5_000 * MS, WALL)

    assert 4_997 * MS == clock.arrived_at(WALL - 3 * MS)


def test_a_packet_that_came_while_reading_is_not_dated_back() -> None:
    clock = synchronized(5_000 * MS, WALL)

    assert 5_001 * MS == clock.arrived_at(WALL + 1 * MS)


def test_a_clock_that_was_set_is_not_believed_once() -> None:
    clock = synchronized(5_000 * MS, WALL)

    for jump in (-3_600_000 * MS, -100 * MS, 100 * MS, 3_600_000 * MS):
        clock.synchronize(WALL + jump, 5_010 * MS)
        assert 5_010 * MS == clock.arrived_at(WALL), jump

        clock.synchronize(WALL + jump + MS, 5_011 * MS)
        assert 5_010 * MS == clock.arrived_at(WALL + jump), jump


def test_an_old_stamp_counts_as_now() -> None:
    clock = synchronized(5_000 * MS, WALL)

    assert 5_000 * MS == clock.arrived_at(WALL - 10_000 * MS)
    assert 5_000 * MS == clock.arrived_at(0)
