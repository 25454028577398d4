"""Queues of gratuitous ARP and neighbour advertisement frames, one per interface or group of interfaces.

What can be sent at once is sent in slices, with the event loop in between, so that a thousand
announcements never stand before an advertisement.  Where the configuration asks for gaps between the
frames of an interface (``vrrp_garp_interval``, ``vrrp_gna_interval``, ``garp_group``), each frame waits for
its time; interfaces that share a pace share a queue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from pykeepalived.plan.pacing import InterfacePace

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
    """Names the deadline of one queue."""

    channel: str


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
        self._queues: dict[str, deque[tuple[str, Frame]]] = {}
        self._paces: dict[str, InterfacePace] = {}
        self._free_at: dict[str, int] = {}
        self._turn_wanted = False

    def configure(self, paces: Iterable[InterfacePace]) -> None:
        """The pace of interfaces that have one; what is queued keeps the old one."""
        self._paces = {pace.interface: pace for pace in paces}

    def gap_ns(self, interface: str, version: int, default_ns: int) -> int:
        """How long to wait after a frame for an address of this version on the interface."""
        pace = self._paces.get(interface)
        if pace is None:
            return default_ns
        return pace.garp_ns if version == 4 else pace.gna_ns

    def _channel(self, interface: str) -> str:
        pace = self._paces.get(interface)
        return interface if pace is None else pace.channel

    @property
    def pending(self) -> int:
        """How many frames wait."""
        return sum(len(queue) for queue in self._queues.values())

    def queue(self, interface: str, frames: Sequence[Frame]) -> None:
        """Send these after what is queued already.

        Nothing is sent from within this call: what the caller does next (publishing a state) comes first.
        """
        queue = self._queues.setdefault(self._channel(interface), deque())
        queue.extend((interface, frame) for frame in frames)
        self._want_turn()

    def may_send_now(self, interface: str) -> bool:
        """No gap is running on the interface.

        A first announcement need not wait behind queued repetitions of others.
        """
        return self._free_at.get(self._channel(interface), 0) <= self._clock()

    def drop(self, router: str) -> None:
        """Forget what is queued for ``router``."""
        for channel, queue in self._queues.items():
            if any(frame.router == router for _, frame in queue):
                self._queues[channel] = deque(entry for entry in queue if entry[1].router != router)

    def on_deadline(self, key: AnnouncerKey) -> None:
        """A gap is over."""
        self._send_some(key.channel)

    def _want_turn(self) -> None:
        if not self._turn_wanted:
            self._turn_wanted = True
            self._call_soon(self._turn)

    def _turn(self) -> None:
        self._turn_wanted = False
        for channel in list(self._queues):
            self._send_some(channel)

    def _send_some(self, channel: str) -> None:
        queue = self._queues.get(channel)
        if not queue:
            self._queues.pop(channel, None)
            return
        now = self._clock()
        free_at = self._free_at.get(channel, 0)
        if now < free_at:
            self._set_deadline(AnnouncerKey(channel), free_at)
            return
        interface = queue[0][0]
        ready: list[Frame] = []
        gap_ns = 0
        while queue and queue[0][0] == interface and len(ready) < SLICE and not gap_ns:
            frame = queue.popleft()[1]
            ready.append(frame)
            gap_ns = frame.gap_ns
        taken = self._send(interface, [frame.data for frame in ready])
        if taken is None:
            # What is left for it would fare no better; the router that is Master then announces anew.
            self._queues[channel] = queue = deque(entry for entry in queue if entry[0] != interface)
        elif taken < len(ready):
            queue.extendleft((interface, frame) for frame in reversed(ready[taken:]))
            gap_ns = _RETRY_NS
        if gap_ns:
            self._free_at[channel] = now + gap_ns
        if not queue:
            del self._queues[channel]
        elif gap_ns:
            self._set_deadline(AnnouncerKey(channel), now + gap_ns)
        else:
            self._want_turn()
