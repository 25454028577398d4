"""The D-Bus process: offers the objects of :mod:`pykeepalived.notify.dbus_objects` on the system bus.

It is a process of its own, started only for ``enable_dbus``: whatever a bus or its clients do, no
advertisement waits for it.  The supervisor tells it states and carries out what callers want.  A bus that is
not there, or goes away, is tried again; then the present states are signalled, not what happened meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from jeepney import DBusAddress, Message, MessageFlag, MessageType, message_bus
from jeepney.io.asyncio import DBusConnection, open_dbus_connection
from jeepney.low_level import HeaderFields
from jeepney.wrappers import new_error, new_method_return, new_signal

from pykeepalived.daemon import logging
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.ipc.channels import Channels
from pykeepalived.ipc.management import ManagementJob, ManagementRequest
from pykeepalived.ipc.messages import (
    Message as OurMessage,
)
from pykeepalived.ipc.messages import (
    Process,
    Ready,
    Reload,
    ReloadDone,
    RouterState,
    RouterStateChanged,
    Stop,
    SubjectKind,
)
from pykeepalived.notify.dbus_objects import (
    INSTANCE_INTERFACE,
    STATES,
    VRRP_INTERFACE,
    Call,
    DbusInstance,
    DbusPlan,
    Failure,
    Job,
    Order,
    answer,
)

CONNECT_SECONDS = 10.0
RETRY_SECONDS = 5.0
FAREWELL_SECONDS = 0.5
"""How long the last signals may take at a stop."""
_QUEUE_AS_OWNER = 0
_OWNER = 1

_JOBS = {
    Job.PRINT_DATA: ManagementJob.DATA,
    Job.PRINT_STATS: ManagementJob.STATS,
    Job.PRINT_STATS_CLEAR: ManagementJob.STATS_CLEAR,
    Job.RELOAD: ManagementJob.RELOAD,
    Job.SEND_GARP: ManagementJob.ANNOUNCE,
}

log = get_logger()


def run(plan: DbusPlan, channels: Channels, options: ProcessOptions) -> int:
    """The whole life of the process; the exit status."""
    return asyncio.run(_DbusProcess(plan, channels, options).main())


class _DbusProcess:
    def __init__(self, plan: DbusPlan, channels: Channels, options: ProcessOptions) -> None:
        self._plan = plan
        self._channels = channels
        known = options.restored.states if options.restored is not None else ()
        self._states = {one.name: one.state for one in known if one.kind is SubjectKind.INSTANCE}
        self._signals: asyncio.Queue[Message] = asyncio.Queue()
        self._online = False  # whether anybody takes signals; else there is nothing to keep, or to wait for
        self._told_to_stop = asyncio.Event()
        self._machine_id = _machine_id()

    async def main(self) -> int:
        logging.attach(asyncio.get_running_loop())
        self._channels.attach(asyncio.get_running_loop(), self._handle)
        self._channels.supervisor.send(Ready())
        serving = asyncio.create_task(self._serve_for_ever())
        await self._told_to_stop.wait()
        for instance in self._plan.instances:
            if self._states.get(instance.name) is not RouterState.STOP:
                self._tell_state(instance.path, RouterState.STOP)
        self._tell("VrrpStopped")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._signals.join(), FAREWELL_SECONDS)
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        self._channels.detach()
        return 0

    # ------------------------------------------------------------ from the supervisor

    def _handle(self, sender: Process, message: OurMessage) -> None:
        match message:
            case Stop():
                self._told_to_stop.set()
            case Reload(request_id=request_id, plan=DbusPlan() as plan):
                self._reload(plan)
                self._channels.supervisor.send(ReloadDone(request_id))
            case RouterStateChanged(kind=SubjectKind.INSTANCE, name=name, state=state):
                self._states[name] = state
                path = self._plan.path_of(name)
                if path is not None:
                    self._tell_state(path, state)

    def _reload(self, plan: DbusPlan) -> None:
        old, self._plan = self._plan, plan
        for gone in _without(old.instances, plan.instances):
            if plan.path_of(gone.name) is None:
                self._states.pop(gone.name, None)
            self._tell_state(gone.path, RouterState.DELETED)
            log.info(f"Deleted DBus object for instance {gone.name}")
        for new in _without(plan.instances, old.instances):
            log.info(f"Added DBus object for instance {new.name} on path {new.path}")
        self._tell("VrrpReloaded")

    # ------------------------------------------------------------ signals

    def _tell(self, name: str) -> None:
        self._emit(new_signal(DBusAddress(self._plan.vrrp_path, interface=VRRP_INTERFACE), name))

    def _tell_state(self, path: str, state: RouterState) -> None:
        emitter = DBusAddress(path, interface=INSTANCE_INTERFACE)
        self._emit(new_signal(emitter, "VrrpStatusChange", "u", (STATES[state][0],)))

    def _emit(self, signal: Message) -> None:
        if self._online:
            self._signals.put_nowait(signal)

    # ------------------------------------------------------------ the bus

    async def _serve_for_ever(self) -> None:
        complained = ""
        first = True
        while True:
            try:
                connection = await asyncio.wait_for(open_dbus_connection("SYSTEM"), CONNECT_SECONDS)
            except (OSError, EOFError, TimeoutError, ValueError, RuntimeError) as problem:
                said = f"the system bus cannot be reached: {str(problem) or type(problem).__name__}"
                if said != complained:
                    log.warning(f"DBus: {said}; trying again every {RETRY_SECONDS:g} s")
                complained = said
                await asyncio.sleep(RETRY_SECONDS)
                continue
            complained = ""
            try:
                await self._serve(connection, first)
            except (OSError, EOFError) as problem:
                closed = isinstance(problem, EOFError)
                log.warning(f"DBus: the connection to the system bus ended{'' if closed else f': {problem}'}")
            except Exception:
                # Somebody's message, or a bug of ours: the bus is worth another try, the daemon runs on.
                log.exception("DBus: a message could not be dealt with; connecting anew")
            finally:
                with contextlib.suppress(OSError):
                    await connection.close()
            first = False
            await asyncio.sleep(RETRY_SECONDS)

    def _forget_signals(self) -> None:
        while not self._signals.empty():
            self._signals.get_nowait()
            self._signals.task_done()

    async def _serve(self, connection: DBusConnection, first: bool) -> None:
        """Until the connection ends."""
        request = message_bus.RequestName(self._plan.service_name, _QUEUE_AS_OWNER)
        serial = next(connection.outgoing_serial)
        await connection.send(request, serial=serial)
        sending: asyncio.Task[None] | None = None
        try:
            while True:
                message = await connection.receive()
                if message.header.fields.get(HeaderFields.reply_serial) == serial:
                    self._asked_for_name(message)
                    self._online = True
                    self._greet(first)
                    sending = asyncio.create_task(self._send_signals(connection))
                elif message.header.message_type is MessageType.method_call:
                    await self._serve_call(connection, message)
        finally:
            self._online = False
            self._forget_signals()
            if sending is not None:
                sending.cancel()
                with contextlib.suppress(asyncio.CancelledError, OSError):
                    await sending

    async def _send_signals(self, connection: DBusConnection) -> None:
        while True:
            message = await self._signals.get()
            try:
                await connection.send(message)
            finally:
                self._signals.task_done()

    def _greet(self, first: bool) -> None:
        """Whoever listens learns how things are now."""
        if first:
            self._tell("VrrpStarted")
        for instance in self._plan.instances:
            state = self._states.get(instance.name)
            if state is not None:
                self._tell_state(instance.path, state)

    def _asked_for_name(self, message: Message) -> None:
        name = self._plan.service_name
        if message.header.message_type is MessageType.error:
            log.error(
                f"DBus: the bus refuses the name {name}: {' '.join(map(str, message.body))}; "
                "calls cannot reach us (docs/dbus.md shows the policy that root needs)"
            )
        elif message.body != (_OWNER,):
            log.warning(f"DBus: another program owns the name {name}; waiting until it gives it up")
        else:
            log.info(f"Acquired DBus bus {name}")

    async def _serve_call(self, connection: DBusConnection, message: Message) -> None:
        fields = message.header.fields
        call = Call(
            str(fields.get(HeaderFields.path, "")),
            str(fields.get(HeaderFields.interface, "")),
            str(fields.get(HeaderFields.member, "")),
            tuple(message.body),
        )
        said = answer(call, self._plan, self._states, self._machine_id)
        wants_answer = not message.header.flags & MessageFlag.no_reply_expected
        if isinstance(said, Failure):
            if wants_answer:
                await connection.send(new_error(message, said.name, "s", (said.text,)))
            return
        if said.order is not None:
            self._carry_out(said.order)
        if wants_answer:
            await connection.send(new_method_return(message, said.signature or None, said.body))

    def _carry_out(self, order: Order) -> None:
        what = {
            Job.PRINT_DATA: "Printing VRRP data",
            Job.PRINT_STATS: "Printing VRRP stats",
            Job.PRINT_STATS_CLEAR: "Printing and clearing VRRP stats",
            Job.RELOAD: "Reloading",
            Job.SEND_GARP: f"Sending garps on {order.instance}",
        }[order.job]
        log.info(f"{what} on DBus request")
        self._channels.supervisor.send(ManagementRequest(_JOBS[order.job], order.instance))


def _machine_id() -> str:
    """Of this host, as every program on a bus tells it; empty when there is none."""
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _without(some: tuple[DbusInstance, ...], others: tuple[DbusInstance, ...]) -> list[DbusInstance]:
    known = set(others)
    return [one for one in some if one not in known]
