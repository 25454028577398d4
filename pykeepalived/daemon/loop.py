"""Deadlines without the rounding of asyncio.

asyncio rounds a ``call_at`` up to whole milliseconds, which a 10 ms advertisement cannot afford.  So
all deadlines of a process live in one heap and the earliest of them in one absolute timer descriptor
that the event loop watches like a socket.

The owner of a deadline is the pure core: it says *when* it wants to be woken, again after each event.
Moving a deadline later, which every received advertisement does, costs one dictionary store: the old
heap entry stays, and when it is reached it is found to have moved.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Hashable

from pykeepalived.daemon.timerfd import Timerfd, open_timerfd
from pykeepalived.ipc.event_loop import EventLoop

Clock = Callable[[], int]
"""Now, in nanoseconds of CLOCK_MONOTONIC."""


def _point_in_time(due: tuple[int, Hashable]) -> int:
    return due[0]


class Deadlines:
    """A heap of named deadlines; pure, so that tests drive it with a clock of their own."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Hashable]] = []
        self._wanted: dict[Hashable, tuple[int, int]] = {}
        self._queued: dict[Hashable, int] = {}
        self._serial = 0

    def set(self, key: Hashable, at_ns: int | None, lead_ns: int = 0) -> None:
        """``key`` wants to be woken at ``at_ns``; None: not at all.

        With ``lead_ns`` it is handed out that much earlier, together with its point in time: for whoever
        wants to be awake and warm when the moment comes.
        """
        if at_ns is None:
            self._wanted.pop(key, None)
            return
        self._wanted[key] = (at_ns, lead_ns)
        queued = self._queued.get(key)
        if queued is None or at_ns - lead_ns < queued:
            self._push(key, at_ns - lead_ns)

    def earliest(self) -> int | None:
        """When to look again; None when nobody waits.

        Entries at the front whose deadline has moved are put where they belong now, so that a deadline that
        is always moved before it is reached, as a Backup's is, never wakes anybody.
        """
        heap, queued = self._heap, self._queued
        while heap:
            queued_at, _, key = heap[0]
            if queued.get(key) == queued_at:
                wanted = self._wanted.get(key)
                if wanted is not None and wanted[0] - wanted[1] <= queued_at:
                    return queued_at
                del queued[key]
                if wanted is not None:
                    heapq.heappop(heap)
                    self._push(key, wanted[0] - wanted[1])
                    continue
            heapq.heappop(heap)  # superseded by an earlier entry, or not wanted any more
        return None

    def pop_due(self, now_ns: int) -> list[tuple[int, Hashable]]:
        """(point in time, key) of whatever is reached, or nearly so with a lead; earliest first.

        Each is forgotten until set again.
        """
        due: list[tuple[int, Hashable]] = []
        while self._heap and self._heap[0][0] <= now_ns:
            queued_at, _, key = heapq.heappop(self._heap)
            if self._queued.get(key) != queued_at:
                continue  # superseded by an earlier entry
            del self._queued[key]
            wanted = self._wanted.get(key)
            if wanted is None:
                continue
            at_ns, lead_ns = wanted
            if at_ns - lead_ns > now_ns:
                self._push(key, at_ns - lead_ns)
                continue
            del self._wanted[key]
            due.append((at_ns, key))
        due.sort(key=_point_in_time)
        return due

    def _push(self, key: Hashable, at_ns: int) -> None:
        self._serial += 1
        self._queued[key] = at_ns
        heapq.heappush(self._heap, (at_ns, self._serial, key))


class TimerDriver:
    """Ties :class:`Deadlines` to an event loop.

    ``before_due`` runs after a wake-up and before any deadline is believed (the owner drains its
    sockets there: a packet that is already queued may have moved the deadline).  ``on_due`` gets each
    key whose deadline is reached, and the time.  A key may be given to ``on_due`` although its deadline
    has just been moved; its owner compares for itself.
    """

    def __init__(
        self,
        loop: EventLoop,
        *,
        before_due: Callable[[], None],
        on_due: Callable[[Hashable, int], None],
        clock: Clock = time.monotonic_ns,
        timer: Timerfd | None = None,
    ) -> None:
        self.deadlines = Deadlines()
        self._clock = clock
        self._loop = loop
        self._before_due = before_due
        self._on_due = on_due
        self._timer = timer if timer is not None else open_timerfd()
        self._armed_at: int | None = None
        self._running = False
        loop.add_reader(self._timer.fileno(), self._on_readable)

    def set(self, key: Hashable, at_ns: int | None, lead_ns: int = 0) -> None:
        """Wake ``key`` at ``at_ns``; takes effect in the kernel at once when it is the earliest.

        With ``lead_ns`` the process wakes that much earlier and waits the rest out awake: the wake-up of a
        sleeping processor costs more than all that is to be done then.
        """
        self.deadlines.set(key, at_ns, lead_ns)
        if self._running or at_ns is None:
            return
        if self._armed_at is None or at_ns - lead_ns < self._armed_at:
            self._arm()

    @property
    def due_at(self) -> int | None:
        """When the kernel is to wake us, or was to; None: never."""
        return self._armed_at

    def close(self) -> None:
        """Stop watching and give the descriptor back."""
        self._loop.remove_reader(self._timer.fileno())
        self._timer.close()

    def _arm(self) -> None:
        earliest = self.deadlines.earliest()
        if earliest is None or (self._armed_at is not None and self._armed_at <= earliest):
            # Armed earlier than needed: that expiry will find the deadline moved.
            return
        self._armed_at = earliest
        self._timer.arm(max(1, earliest))

    def _on_readable(self) -> None:
        self._timer.acknowledge()
        self._running = True
        try:
            earliest = self.deadlines.earliest()
            if earliest is not None and earliest <= self._clock():
                self._before_due()
            # Handling takes time, in which others become due: they share this wake-up.  Two rounds
            # bound the time in which sockets are not looked at.
            for _ in range(2):
                now_ns = self._clock()
                due = self.deadlines.pop_due(now_ns)
                if not due:
                    break
                for at_ns, key in due:
                    if at_ns > now_ns:
                        now_ns = self._wait_awake(at_ns)
                    self._on_due(key, now_ns)
        finally:
            self._running = False
            self._armed_at = None
            self._arm()

    def _wait_awake(self, at_ns: int) -> int:
        clock = self._clock
        while clock() < at_ns:
            pass
        self._before_due()
        return clock()
