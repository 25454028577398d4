"""Notices that a socket is flooded with what is refused anyway, and has the kernel refuse it meanwhile."""

from __future__ import annotations

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.log_limit import LogLimit
from pykeepalived.netio.flood_filter import FILTERABLE, FLOOD_PER_SECOND, SAMPLE, FloodFilter, flood_filter
from pykeepalived.netio.vrrp_socket import VrrpSocket
from pykeepalived.wire.vrrp_receive import Discard, Receiver

log = get_logger()

_CALM_PER_SECOND = 500
_NOTICED_AFTER_NS = 50_000_000
_CALM_AFTER_NS = NANOSECONDS_PER_SECOND
_LOG_INTERVAL_NS = 10 * NANOSECONDS_PER_SECOND


class FloodGuard:
    """Of one socket.  ``active`` while the stricter filter is in place."""

    __slots__ = ("_began_at", "_filter", "_log_limit", "_receiver", "_refused", "_since", "_socket")

    def __init__(self, vrrp_socket: VrrpSocket, receiver: Receiver) -> None:
        self._socket = vrrp_socket
        self._receiver = receiver
        self._filter: FloodFilter | None = None
        self._since = 0
        self._began_at = 0
        self._refused = 0
        self._log_limit = LogLimit(_LOG_INTERVAL_NS)

    @property
    def active(self) -> bool:
        return self._filter is not None

    def forget(self) -> None:
        """The socket has got its ordinary filter, perhaps for other virtual routers."""
        self._filter = None
        self._refused = 0

    def refused(self, discard: Discard, packet: bytes, received_at: int) -> int:
        """A packet was refused; returns for how many it stands."""
        weight = 1
        # What was queued before the filter was there, nobody has thinned.
        if self._filter is not None and received_at > self._since:
            weight = self._filter.weight(discard.reason, packet)
        if discard.reason in FILTERABLE:
            self._refused += weight
        return weight

    def look(self, now: int) -> None:
        """Begin or end; to be called after a batch of packets, and now and then while active."""
        elapsed = now - self._began_at
        if self._filter is None:
            if elapsed < _NOTICED_AFTER_NS:
                return
            # After a quiet time the window may be long; what came then came in this batch.
            if self._refused * NANOSECONDS_PER_SECOND > FLOOD_PER_SECOND * elapsed:
                self._begin(now)
        elif elapsed >= _CALM_AFTER_NS:
            if self._refused * NANOSECONDS_PER_SECOND < _CALM_PER_SECOND * elapsed:
                self._end()
        else:
            return
        self._began_at, self._refused = now, 0

    def _begin(self, now: int) -> None:
        strict = flood_filter(
            self._receiver.family, tuple(self._receiver.policies.values()), skip_bytes=self._socket.skip_bytes
        )
        try:
            self._socket.filter_by(strict.program)
        except OSError as problem:
            self._tell(f"the kernel takes no stricter filter ({problem.strerror})", now)
            return
        self._filter, self._since = strict, now
        self._tell(
            f"more than {FLOOD_PER_SECOND} packets a second are refused; until that ends the kernel drops "
            f"what is wrong at first sight, and one in {SAMPLE} is counted for {SAMPLE}",
            now,
        )

    def _tell(self, text: str, now: int) -> None:
        if self._log_limit.admit(text, now) is not None:
            log.warning(f"{self._socket.interface or 'VRRP'}: {text}")

    def _end(self) -> None:
        try:
            self._socket.listen_for(self._socket.vrids)
        except OSError:
            return
        self.forget()
