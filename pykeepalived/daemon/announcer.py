"""Queues of gratuitous ARP and neighbour advertisement frames, one per interface.

What can be sent at once is sent in slices, with the event loop in between, so that a thousand
announcements never stand before an advertisement.  Where the configuration asks for gaps between the
frames of an interface (``vrrp_garp_interval``, ``vrrp_gna_interval``), each frame waits for its time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

SLICE = 64
"""Frames sent before the loop gets its turn: about 0.3 ms."""


_RETRY_NS = 1_000_000
"""How long an interface whose transmit queue is full is left alone."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of ``router`` and the time that has to pass on its interface before the next one."""

    router: str
    data: bytes
    gap_ns: int


@dataclass(frozen=True, slots=True)
class AnnouncerKey:
    """Names the deadline of one interface's queue."""

    interface: str


class Announcer:
    """Sends queued frames.

    ``send`` puts frames onto an interface and returns how many it took: fewer when its queue is full, None
    when it takes none at all (down, gone).
    ``call_soon`` asks the loop for another turn, ``set_deadline`` for one at a point in time.
    """

    def __init__(
        self,
        *,
        send: Callable[[str, Sequence[bytes]], int | None],
        call_soon: Callable[[Callable[[], None]], object],
        set_deadline: Callable[[Hashable, int | None], None],
        clock: Callable[[], int],
    ) -> None:
        self._send = send
        self._call_soon = call_soon
        self._set_deadline = set_deadline
        self._clock = clock
        self._queues: dict[str, deque[Frame]] = {}
        self._free_at: dict[str, int] = {}
        self._turn_wanted = False

    @property
    def pending(self) -> int:
        """How many frames wait."""
        return sum(len(queue) for queue in self._queues.values())

    def queue(self, interface: str, frames: Sequence[Frame]) -> None:
        """Send these after what is queued already.

        Nothing is sent from within this call: what the caller does next (publishing a state) comes first.
        """
        self._queues.setdefault(interface, deque()).extend(frames)
        self._want_turn()

    def sent(self, interface: str, gap_ns: int) -> None:
        """The caller has just sent a frame with this gap itself."""
        if gap_ns:
            self._free_at[interface] = self._clock() + gap_ns

    def may_send_now(self, interface: str) -> bool:
        """No gap is running on the interface.

        A first announcement need not wait behind queued repetitions of others.
        """
        return self._free_at.get(interface, 0) <= self._clock()

    def drop(self, router: str) -> None:
        """Forget what is queued for ``router``."""
        for interface, queue in self._queues.items():
            if any(frame.router == router for frame in queue):
                self._queues[interface] = deque(frame for frame in queue if frame.router != router)

    def on_deadline(self, key: AnnouncerKey) -> None:
        """The gap on an interface is over."""
        self._send_some(key.interface)

    def _want_turn(self) -> None:
        if not self._turn_wanted:
            self._turn_wanted = True
            self._call_soon(self._turn)

    def _turn(self) -> None:
        self._turn_wanted = False
        for interface in list(self._queues):
            self._send_some(interface)

    def _send_some(self, interface: str) -> None:
        queue = self._queues.get(interface)
        if not queue:
            self._queues.pop(interface, None)
            return
        now = self._clock()
        free_at = self._free_at.get(interface, 0)
        if now < free_at:
            self._set_deadline(AnnouncerKey(interface), free_at)
            return
        ready: list[Frame] = []
        gap_ns = 0
        while queue and len(ready) < SLICE and not gap_ns:
            frame = queue.popleft()
            ready.append(frame)
            gap_ns = frame.gap_ns
        taken = self._send(interface, [frame.data for frame in ready])
        if taken is None:
            # What is left would fare no better; the router that is Master then announces anew.
            queue.clear()
        elif taken < len(ready):
            queue.extendleft(reversed(ready[taken:]))
            gap_ns = _RETRY_NS
        if gap_ns:
            self._free_at[interface] = now + gap_ns
        if not queue:
            del self._queues[interface]
        elif gap_ns:
            self._set_deadline(AnnouncerKey(interface), now + gap_ns)
        else:
            self._want_turn()
