"""Packets in: from the sockets to the routers, and what is to be noticed on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.log_limit import LogLimit
from pykeepalived.daemon.vrrp_actions import Runtime
from pykeepalived.daemon.vrrp_transport import Arrival, Endpoint, Transport, arrivals
from pykeepalived.daemon.wakefulness import Wakefulness, suspended_ns
from pykeepalived.ipc.event_loop import EventLoop
from pykeepalived.vrrp import events
from pykeepalived.wire.vrrp_receive import Discard, DiscardReason

log = get_logger()

_DISCARD_LOG_INTERVAL_NS = 10_000_000_000

_DRAIN_BUDGET = 512
"""Packets read per socket before a deadline is believed: about 4 ms of work at most."""


class Hearing:
    """The transport's sockets, watched by the loop.

    ``deliver`` gives an event to a router; ``due_at`` is when the process was to wake up by itself.
    """

    def __init__(
        self,
        loop: EventLoop,
        routers: Mapping[str, Runtime],
        *,
        deliver: Callable[[str, events.Event, int], None],
        due_at: Callable[[], int | None],
    ) -> None:
        self._loop = loop
        self._routers = routers
        self._deliver = deliver
        self._due_at = due_at
        self._discards = LogLimit(_DISCARD_LOG_INTERVAL_NS)
        self._wakefulness = Wakefulness()
        self.transport = Transport(watch=self._watch, unwatch=self._unwatch)

    def _watch(self, endpoint: Endpoint) -> None:
        self._loop.add_reader(endpoint.socket.fileno(), self._on_packets, endpoint)

    def _unwatch(self, endpoint: Endpoint) -> None:
        self._loop.remove_reader(endpoint.socket.fileno())

    def _on_packets(self, endpoint: Endpoint) -> None:
        self._notice_sleep()
        for arrival in arrivals(endpoint):
            self.arrived(arrival)
        endpoint.guard.look(time.monotonic_ns())

    def _notice_sleep(self) -> None:
        """What comes out of the queues now may be older than it looks: tell the routers first."""
        now = time.monotonic_ns()
        asleep_since = self._wakefulness.asleep_since(now, self._due_at(), suspended_ns(now))
        if asleep_since is not None:
            for name in list(self._routers):
                self._deliver(name, events.Woke(asleep_since), now)

    def drain(self) -> None:
        """Before a deadline is believed: an advert that came in time may already be queued."""
        self._notice_sleep()
        for endpoint in self.transport.endpoints():
            for arrival in arrivals(endpoint, _DRAIN_BUDGET):
                self.arrived(arrival)
            if endpoint.guard.active:
                endpoint.guard.look(time.monotonic_ns())

    def arrived(self, arrival: Arrival) -> None:
        """A judged packet: to its router, or counted and told of."""
        verdict = arrival.verdict
        runtime = self._routers.get(arrival.router)
        if isinstance(verdict, Discard):
            if runtime is not None:
                runtime.counters[verdict.reason.label] += arrival.weight
                runtime.peers.refused(verdict, arrival.received_at, arrival.weight)
            self._discarded(arrival.router, verdict, arrival.weight)
            return
        if runtime is not None:
            runtime.peers.accepted(verdict, arrival.received_at)
        event = events.AdvertisementReceived(
            verdict.source, verdict.priority, verdict.interval_ns, verdict.addresses_match
        )
        self._deliver(arrival.router, event, arrival.received_at)

    def _discarded(self, name: str, discard: Discard, weight: int) -> None:
        kind = (name, discard.source, discard.reason)
        swallowed = self._discards.admit(kind, time.monotonic_ns(), weight)
        if swallowed is not None:
            more = f" ({swallowed} more like this before)" if swallowed else ""
            if discard.reason is DiscardReason.UNKNOWN_VRID:
                log.info(f"Unknown VRID({discard.vrid}) received from {discard.source}. ignoring...{more}")
                return
            log.warning(
                f"({name}) packet from {discard.source} discarded: {discard.detail}{more}",
                instance=name,
                source=str(discard.source),
                reason=discard.reason.label,
            )
