"""What each child process gets to talk to the others: one :class:`Channel` per partner.

In a child::

    def run(plan: VrrpPlan, channels: Channels, options: ProcessOptions) -> int:
        async def main() -> int:
            channels.attach(asyncio.get_running_loop(), on_message)   # on_message(sender, message)
            channels.supervisor.send(Ready())
            ...
        return asyncio.run(main())

``attach`` also turns SIGTERM and the death of the supervisor into a :class:`Stop` message, so a child has a
single way to end.  Sending never blocks and never raises: what a partner does not read is kept, up to a
bound, and then dropped and counted.
"""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping

from pykeepalived.ipc.event_loop import EventLoop
from pykeepalived.ipc.framing import Link, encode
from pykeepalived.ipc.messages import Message, PeerGone, PeerRestarted, Process, Stop

MessageHandler = Callable[[Process, Message], None]

_ENDING = (int(signal.SIGTERM), int(signal.SIGINT))
"""Numbers, because an attribute of an enumeration costs as much as the rest of the look at a signal."""


class Channel:
    """One end of a connection to another process."""

    def __init__(self, partner: Process, sock: socket.socket) -> None:
        self.partner = partner
        self._link = Link(sock)
        self._loop: EventLoop | None = None
        self._writing = False

    @property
    def closed(self) -> bool:
        """The other side is gone: nothing more will come."""
        return self._link.closed

    @property
    def dropped(self) -> int:
        """How many messages were thrown away because the partner did not read."""
        return self._link.dropped

    @property
    def pending(self) -> bool:
        """Something waits to be sent: call ``flush`` when the descriptor is writable."""
        return self._link.pending

    def fileno(self) -> int:
        return self._link.fileno()

    def send(self, message: Message) -> None:
        """Send without waiting; keeps the order."""
        self._link.send(message)
        self._watch_writable()

    def send_encoded(self, data: bytes) -> None:
        """As :meth:`send`, for what ``framing.encode`` made of a message."""
        self._link.send_encoded(data)
        self._watch_writable()

    def flush(self) -> None:
        """Send what waits, as far as the partner takes it now."""
        self._link.flush()
        self._watch_writable()

    def receive(self, limit: int = 64) -> list[Message]:
        """What has arrived, at most ``limit`` messages; an empty list when there is nothing."""
        return self._link.receive(limit)

    def attach(self, loop: EventLoop, readable: Callable[[], None]) -> None:
        """Call ``readable`` from the loop whenever something can be received."""
        self._loop = loop
        loop.add_reader(self.fileno(), readable)
        self._watch_writable()

    def detach(self) -> None:
        """Leave the loop; messages can still be sent and flushed by hand."""
        if self._loop is not None and self.fileno() >= 0:
            self._loop.remove_reader(self.fileno())
            self._loop.remove_writer(self.fileno())
        self._loop, self._writing = None, False

    def close(self) -> None:
        self.detach()
        self._link.close()

    def _watch_writable(self) -> None:
        if self._loop is None or self.fileno() < 0:
            return
        if self.pending and not self._writing:
            self._loop.add_writer(self.fileno(), self.flush)
            self._writing = True
        elif not self.pending and self._writing:
            self._loop.remove_writer(self.fileno())
            self._writing = False


class Channels:
    """The partners of one child.

    ``notifier``, ``vrrp``, ``checker`` and ``bfd`` are None while that process does not run: the
    supervisor's messages PeerGone and PeerRestarted keep this up to date by themselves (and are delivered,
    too).
    """

    def __init__(
        self,
        supervisor: Channel,
        partners: Mapping[Process, Channel] | None = None,
        present: Iterable[Process] | None = None,
        *,
        obey_sigterm: bool = True,
        overheard: socket.socket | None = None,
    ) -> None:
        """``present`` are the partners that run now; by default all.

        Without ``obey_sigterm`` only the supervisor's word or death ends the process: service managers send
        SIGTERM to every process at once, and some have to go after the others.

        ``overheard`` is where the supervisor finds the numbers of its signals.  Whoever is to be quick sees
        SIGTERM there before the supervisor has woken up and said so.
        """
        self.on_ending: Callable[[], None] = _nothing
        """Called first of all when the end is overheard, before Stop is delivered: somebody waits for it."""
        self._overheard = overheard
        self._stopped = False
        self._obey_sigterm = obey_sigterm
        self.supervisor = supervisor
        self._partners = dict(partners or {})
        self._present = set(self._partners if present is None else present)

    @property
    def notifier(self) -> Channel | None:
        return self._partner(Process.NOTIFIER)

    @property
    def vrrp(self) -> Channel | None:
        return self._partner(Process.VRRP)

    @property
    def checker(self) -> Channel | None:
        return self._partner(Process.CHECKER)

    @property
    def bfd(self) -> Channel | None:
        return self._partner(Process.BFD)

    def _partner(self, process: Process) -> Channel | None:
        return self._partners.get(process) if process in self._present else None

    def announce(self, message: Message) -> None:
        """Tell the supervisor, which remembers it, and the notifier, which runs the scripts for it."""
        data = encode(message)
        self.supervisor.send_encoded(data)
        if self.notifier is not None:
            self.notifier.send_encoded(data)

    def attach(self, loop: EventLoop, handler: MessageHandler) -> None:
        """Deliver every message to ``handler(sender, message)``, and SIGTERM or a dead supervisor as Stop.

        Stop comes once, from wherever it is heard first.
        """

        def deliver(sender: Process, message: Message) -> None:
            if isinstance(message, Stop):
                if self._stopped:
                    return
                self._stopped = True
            handler(sender, message)

        def reader(channel: Channel) -> Callable[[], None]:
            def readable() -> None:
                for message in channel.receive():
                    self._note(message)
                    deliver(channel.partner, message)
                if channel.closed:
                    channel.detach()
                    if channel is self.supervisor:
                        deliver(Process.SUPERVISOR, Stop("the supervisor is gone"))

            return readable

        for channel in self.all():
            channel.attach(loop, reader(channel))
        if self._overheard is not None:
            self._overhear(loop, self._overheard, deliver)
        with contextlib.suppress(ValueError):  # not the main thread: a test
            if self._obey_sigterm:
                stop = Stop("terminated by signal")
                loop.add_signal_handler(signal.SIGTERM, deliver, Process.SUPERVISOR, stop)
            else:
                # Not SIG_IGN, which the programs that this process starts would inherit.
                signal.signal(signal.SIGTERM, lambda *_: None)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def _overhear(self, loop: EventLoop, numbers: socket.socket, handler: MessageHandler) -> None:
        """Look at the supervisor's signals and leave them there; edge-triggered, so as not to spin."""
        edge = select.epoll()
        edge.register(numbers, select.EPOLLIN | select.EPOLLET)

        def ends() -> bool:
            try:
                seen = numbers.recv(4096, socket.MSG_PEEK)
            except OSError:
                return False
            return _ENDING[0] in seen or _ENDING[1] in seen

        def news() -> None:
            # The look comes before the edge is taken back, as it is in a hurry, and again after that, as a
            # signal of between would make no new edge.
            ending = ends()
            if ending and not self._stopped:
                self.on_ending()
            edge.poll(0)
            if ending or ends():
                handler(Process.SUPERVISOR, Stop())

        loop.add_reader(edge, news)

    def detach(self) -> None:
        for channel in self.all():
            channel.detach()

    def flush(self) -> None:
        """Send what still waits, without blocking: the last act of a process."""
        for channel in self.all():
            channel.flush()

    def drain(self, seconds: float) -> None:
        """As ``flush``, but wait up to ``seconds`` for partners that are busy."""
        deadline = time.monotonic() + seconds
        self.flush()
        while waiting := [channel for channel in self.all() if channel.pending]:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], waiting, [], left)[1]:
                return
            self.flush()

    def all(self) -> tuple[Channel, ...]:
        """Every connection, whether the partner runs now or not."""
        return (self.supervisor, *self._partners.values())

    def _note(self, message: Message) -> None:
        match message:
            case PeerRestarted(process=process):
                self._present.add(process)
            case PeerGone(process=process):
                self._present.discard(process)
            case _:
                pass


def _nothing() -> None:
    pass
