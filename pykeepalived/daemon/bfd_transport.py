"""Where sessions meet sockets: who listens where, who sends from what, and what was counted on the way."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pykeepalived.bfd.actions import SendPacket
from pykeepalived.bfd.session import Session
from pykeepalived.bfd.settings import SessionSettings
from pykeepalived.daemon.log import get_logger
from pykeepalived.netio.bfd_socket import RECEIVE_BUDGET, ListenSocket, SendSocket
from pykeepalived.wire.bfd import PORT, PORT_MULTIHOP, ControlPacket, encode
from pykeepalived.wire.bfd_receive import Accepted, Discard, ReceivePolicy, Receiver

log = get_logger()

DROPPED_BY_KERNEL = "dropped_by_kernel"
"""Counter label for packets of strangers, which the socket filter stops, and of queues that overflowed."""


class Arrival(NamedTuple):
    """A packet that was read, and what the receive ladder says of it."""

    verdict: Accepted | Discard
    received_at: int
    source: bytes

    @property
    def source_text(self) -> str:
        family = socket.AF_INET if len(self.source) == 4 else socket.AF_INET6
        return socket.inet_ntop(family, self.source)


@dataclass(slots=True)
class Counters:
    """Packets of one session."""

    sent: int = 0
    received: int = 0
    send_errors: int = 0


class _Sender:
    """The sending side of one session; its last packet is kept as bytes, because most are the same."""

    __slots__ = ("counters", "data", "packet", "settings", "socket", "trouble")

    def __init__(self) -> None:
        self.counters = Counters()
        self.settings: SessionSettings | None = None
        self.socket: SendSocket | None = None
        self.packet: SendPacket | None = None
        self.data = b""
        self.trouble = ""

    def open(self, settings: SessionSettings) -> SendSocket:
        """OSError when the source address is not here (yet)."""
        known = self.settings
        if known is not None and (known.path, known.hop_limit) != (settings.path, settings.hop_limit):
            self.close()
        if self.socket is None:
            port = PORT_MULTIHOP if settings.multihop else PORT
            self.socket = SendSocket(settings.neighbor, settings.source, port, settings.hop_limit)
            self.settings = settings
        return self.socket

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


class BfdTransport:
    """All sockets of the process.  ``watch`` and ``unwatch`` tie a listening one to the event loop."""

    def __init__(
        self, *, watch: Callable[[ListenSocket], None], unwatch: Callable[[ListenSocket], None]
    ) -> None:
        self._watch = watch
        self._unwatch = unwatch
        self._listeners: dict[tuple[socket.AddressFamily, int], ListenSocket] = {}
        self._senders: dict[Session, _Sender] = {}
        self._receiver = Receiver(())
        self._refused: Counter[str] = Counter()
        self._trouble = ""

    # ------------------------------------------------------------ receiving

    def listen(self, sessions: Collection[Session]) -> bool:
        """Listen for exactly these sessions; False when a port could not be opened (which is logged once)."""
        self._receiver = Receiver(_policy(session) for session in sessions)
        wanted: dict[tuple[socket.AddressFamily, int], list[Session]] = {}
        for session in sessions:
            wanted.setdefault(_place(session.settings), []).append(session)
        for place in [place for place in self._listeners if place not in wanted]:
            listener = self._listeners.pop(place)
            self._unwatch(listener)
            listener.close()
        trouble = ""
        for place, served in wanted.items():
            try:
                listener = self._listener(place)
            except OSError as problem:
                trouble = f"cannot listen on UDP port {place[1]}: {problem.strerror}; trying again"
                continue
            listener.listen_for(
                [session.discriminator for session in served],
                [session.settings.neighbor.packed for session in served],
                min(session.settings.lowest_hop_limit for session in served),
            )
        if trouble and trouble != self._trouble:
            log.error(trouble)
        self._trouble = trouble
        return not trouble

    def _listener(self, place: tuple[socket.AddressFamily, int]) -> ListenSocket:
        listener = self._listeners.get(place)
        if listener is None:
            listener = self._listeners[place] = ListenSocket(*place)
            self._watch(listener)
        return listener

    def listeners(self) -> Iterable[ListenSocket]:
        """Every open one."""
        return self._listeners.values()

    def arrivals(self, listener: ListenSocket, budget: int = RECEIVE_BUDGET) -> Iterator[Arrival]:
        """What is queued, at most ``budget`` packets, oldest first, judged."""
        judge, port = self._receiver.judge, listener.port
        for data, received_at, source, destination, hop_limit in listener.receive(budget):
            verdict = judge(data, source, destination, port, hop_limit)
            if isinstance(verdict, Discard):
                self._refused[verdict.reason.label] += 1
            yield Arrival(verdict, received_at, source)

    @property
    def discards(self) -> dict[str, int]:
        """Packets that were not let through, by the label of the reason."""
        dropped = sum(listener.dropped for listener in self._listeners.values())
        return {**self._refused, **({DROPPED_BY_KERNEL: dropped} if dropped else {})}

    # ------------------------------------------------------------ sending

    def send(self, session: Session, packet: SendPacket) -> None:
        """Send; what prevents it is said once, and tried again with the next packet."""
        sender = self._sender(session)
        if packet != sender.packet:
            sender.packet, sender.data = packet, _encoded(packet)
        try:
            sender.open(session.settings).send(sender.data)
        except OSError as problem:
            sender.counters.send_errors += 1
            if sender.trouble != str(problem.strerror):
                sender.trouble = str(problem.strerror)
                log.warning(
                    f"({session.settings.name}) cannot send to {session.settings.neighbor}: {problem}"
                )
            return
        sender.trouble = ""
        sender.counters.sent += 1

    def counters(self, session: Session) -> Counters:
        """What was counted for a session."""
        return self._sender(session).counters

    def forget_all_but(self, sessions: Collection[Session]) -> None:
        """Close the sockets of sessions that are no more."""
        for session in [session for session in self._senders if session not in sessions]:
            self._senders.pop(session).close()

    def close(self) -> None:
        """Close everything."""
        self.listen(())
        self.forget_all_but(())

    def _sender(self, session: Session) -> _Sender:
        sender = self._senders.get(session)
        if sender is None:
            sender = self._senders[session] = _Sender()
        return sender


def _place(settings: SessionSettings) -> tuple[socket.AddressFamily, int]:
    family = socket.AF_INET if settings.neighbor.version == 4 else socket.AF_INET6
    return family, PORT_MULTIHOP if settings.multihop else PORT


def _policy(session: Session) -> ReceivePolicy:
    settings = session.settings
    return ReceivePolicy(
        settings.name,
        session.discriminator,
        settings.neighbor.packed,
        settings.source.packed if settings.source is not None else b"",
        settings.multihop,
        settings.lowest_hop_limit,
    )


def _encoded(packet: SendPacket) -> bytes:
    return encode(
        ControlPacket(
            packet.state,
            packet.diagnostic,
            packet.multiplier,
            packet.my_discriminator,
            packet.your_discriminator,
            packet.desired_min_tx_ns,
            packet.required_min_rx_ns,
            poll=packet.poll,
            final=packet.final,
        )
    )
