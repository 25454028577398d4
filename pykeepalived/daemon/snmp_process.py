"""The process that talks to an SNMP master agent: AgentX on a socket, traps, and questions to the others.

It has no descriptor and no core of any other process, so whatever an SNMP manager does keeps no advertisement
waiting.  Changes of state are told by the supervisor as they happen; the rest is asked for when a request
comes and what is known is older than a second.  The others answer between their own work, and a request is
answered with what there is when they take too long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.daemon import logging
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.daemon.snmp_links import links
from pykeepalived.daemon.snmp_statistics import StatisticsReader
from pykeepalived.ipc.channels import Channels
from pykeepalived.ipc.management import SettingChange, SettingChanges
from pykeepalived.ipc.messages import (
    BfdSnapshots,
    DumpKind,
    DumpRequest,
    InstanceSnapshots,
    Message,
    PeerGone,
    PeerRestarted,
    Process,
    Ready,
    Stop,
    VerdictSnapshots,
)
from pykeepalived.snmp import oids
from pykeepalived.snmp.address import TcpAddress, UnixAddress
from pykeepalived.snmp.knowledge import Knowledge
from pykeepalived.snmp.mib import Mib
from pykeepalived.snmp.mibs import served_tables
from pykeepalived.snmp.plan import SnmpPlan
from pykeepalived.snmp.session import Action, Apply, Connect, Disconnect, Log, Send, Session
from pykeepalived.snmp.traps import traps
from pykeepalived.snmp.view import View

FRESH_NS = NANOSECONDS_PER_SECOND
"""How old an answer may be."""
COST_FACTOR = 20
"""And at least this many times as old as it took to ask for: a walk takes 5 % of the others' time at most."""
PATIENCE_NS = 300 * NANOSECONDS_PER_MILLISECOND
"""How long the others may take; snmpd waits a second for us."""
MAX_UNSENT_BYTES = 1 << 20
"""A master that does not read what it asked for is left."""

log = get_logger()


def run(plan: SnmpPlan, channels: Channels, options: ProcessOptions) -> int:
    """The whole life of the process; the exit status."""
    return asyncio.run(SnmpProcess(plan, channels, options).main())


class SnmpProcess:
    """One session with the master agent, and what it can answer."""

    def __init__(self, plan: SnmpPlan, channels: Channels, options: ProcessOptions) -> None:
        self._plan = plan
        self._channels = channels
        self._knowledge = Knowledge(plan, options.restored)
        self._parts = served_tables(plan.served)
        self._session = Session(plan.written, [root for root, _ in self._parts], time.monotonic_ns())
        self._present = {Process.VRRP, Process.CHECKER, Process.BFD}
        self._awaited: set[Process] = set()
        self._request_id = 0
        self._asked_at = 0
        self._fresh_until = 0
        self._mib: Mib | None = None
        self._statistics = StatisticsReader(plan)
        self._links = links()
        self._links_at = time.monotonic_ns()
        self._transport: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = asyncio.Event()

    async def main(self) -> int:
        self._loop = asyncio.get_running_loop()
        logging.attach(self._loop)
        self._channels.attach(self._loop, self._on_message)
        self._channels.supervisor.send(Ready())
        self._ask(time.monotonic_ns())
        self._tick()
        await self._stopped.wait()
        self._perform(self._session.close(time.monotonic_ns()))
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.sleep(0)  # the goodbye leaves, and the socket is closed
        self._channels.detach()
        return 0

    # ------------------------------------------------------------ the others

    def _on_message(self, _sender: Process, message: Message) -> None:
        match message:
            case Stop():
                self._stopped.set()
            case PeerGone(process=process):
                self._present.discard(process)
                self._answered(process)
            case PeerRestarted(process=process):
                self._present.add(process)
            case InstanceSnapshots() | VerdictSnapshots() | BfdSnapshots():
                self._knowledge.note(message)
                if message.last and message.request_id == self._request_id:
                    self._answered(_SENDERS[type(message)])
            case _:
                if self._knowledge.note(message):
                    self._mib = None
                    if self._plan.served.traps:
                        self._perform(self._notify(message))

    def _notify(self, message: Message) -> list[Action]:
        return self._session.notify(traps(message, self._view()), time.monotonic_ns())

    def _ask(self, now: int) -> None:
        """Ask everybody for everything."""
        wanted = (
            (Process.VRRP, self._plan.vrrp),
            (Process.CHECKER, self._plan.lvs),
            (Process.BFD, self._plan.config.bfd_instances),
        )
        self._awaited = {process for process, needed in wanted if needed} & self._present
        self._request_id += 1
        self._asked_at = now
        self._channels.supervisor.send(DumpRequest(self._request_id, DumpKind.STATUS))
        self._loop.call_later(PATIENCE_NS / NANOSECONDS_PER_SECOND, self._give_up, self._request_id)
        self._check_answered()

    def _give_up(self, request_id: int) -> None:
        if request_id == self._request_id and self._awaited:
            self._awaited.clear()
            self._check_answered()

    def _answered(self, process: Process) -> None:
        if process in self._awaited:
            self._awaited.discard(process)
            self._check_answered()

    def _check_answered(self) -> None:
        if self._awaited:
            return
        now = time.monotonic_ns()
        self._fresh_until = now + max(FRESH_NS, COST_FACTOR * (now - self._asked_at))
        self._mib = None
        self._answer()

    # ------------------------------------------------------------ the master agent

    def _answer(self) -> None:
        """Answer what waits if what is known is fresh enough, else ask first."""
        if not self._session.waiting or self._awaited:
            return
        now = time.monotonic_ns()
        if now > self._fresh_until:
            self._ask(now)
            return
        if self._session.asks_below(oids.CHECK) and self._statistics.refresh(now):
            self._mib = None
        if self._mib is None:
            self._mib = Mib((table for _, tables in self._parts for table in tables), self._view())
        self._perform(self._session.answer(self._mib))
        if self._session.waiting:
            self._loop.call_soon(self._answer)

    def _view(self) -> View:
        now = time.monotonic_ns()
        if now - self._links_at > FRESH_NS:
            self._links, self._links_at = links(), now
        return self._knowledge.view(self._links, time.time_ns(), self._statistics.found)

    def connected(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._perform(self._session.connected(time.monotonic_ns()))

    def received(self, data: bytes) -> None:
        self._perform(self._session.received(data, time.monotonic_ns()))
        self._answer()

    def lost(self, transport: asyncio.Transport, why: str) -> None:
        if transport is self._transport:
            self._transport = None
            self._perform(self._session.lost(why, time.monotonic_ns()))

    def _tick(self) -> None:
        self._perform(self._session.tick(time.monotonic_ns()))

    def _perform(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Log(level=level, text=text):
                    getattr(log, level)(text)
                case Send(data=data):
                    self._send(data)
                case Connect():
                    self._connecting = self._loop.create_task(self._connect())
                case Disconnect():
                    self._disconnect()
                case Apply(changes=changes):
                    self._apply(changes)
        self._arm()

    def _apply(self, changes: tuple[SettingChange, ...]) -> None:
        for change in changes:
            self._knowledge.adjust(change)
        self._channels.supervisor.send(SettingChanges(changes))
        self._mib = None
        self._fresh_until = 0  # what follows from it is asked for

    def _send(self, data: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        transport.write(data)
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            transport.abort()

    def _disconnect(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._session.deadline
        if deadline is not None:
            left = max(0, deadline - time.monotonic_ns()) / NANOSECONDS_PER_SECOND
            self._timer = self._loop.call_later(left, self._tick)

    async def _connect(self) -> None:
        try:
            match self._plan.address:
                case UnixAddress(path=path):
                    await self._loop.create_unix_connection(lambda: _Connection(self), path)
                case TcpAddress(host=host, port=port):
                    await self._loop.create_connection(lambda: _Connection(self), host, port)
        except OSError as problem:
            why = problem.strerror or str(problem)
            self._perform(self._session.lost(why, time.monotonic_ns()))


_SENDERS: dict[type[Message], Process] = {
    InstanceSnapshots: Process.VRRP,
    VerdictSnapshots: Process.CHECKER,
    BfdSnapshots: Process.BFD,
}
"""Whose answer it is."""


class _Connection(asyncio.Protocol):
    """Hands on what happens on the socket."""

    def __init__(self, owner: SnmpProcess) -> None:
        self._owner = owner
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._owner.connected(transport)

    def data_received(self, data: bytes) -> None:
        self._owner.received(data)

    def connection_lost(self, problem: Exception | None) -> None:
        if self._transport is not None:
            why = "the connection was closed" if problem is None else str(problem)
            self._owner.lost(self._transport, why)
