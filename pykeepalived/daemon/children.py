"""Forking a child process and holding the supervisor's side of it.

The connections between two children belong to the supervisor, which keeps both ends: a child that is started
anew finds the same connection, and its partner never sees it close.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from pykeepalived.daemon import haste, logging, privileges, short_slices, signals
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.logging import LogSettings
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.ipc.channels import Channel, Channels
from pykeepalived.ipc.framing import socket_pair
from pykeepalived.ipc.messages import Process
from pykeepalived.ipc.process_end import open_end

Entry = Callable[[Any, Channels, ProcessOptions], int]
"""``run(plan, channels, options)`` of a child's module."""

ENTRY_MODULES: dict[Process, str] = {
    Process.DBUS: "pykeepalived.daemon.dbus_process",
    Process.NOTIFIER: "pykeepalived.daemon.notifier_process",
    Process.CHECKER: "pykeepalived.daemon.checker_process",
    Process.VRRP: "pykeepalived.daemon.vrrp_process",
    Process.BFD: "pykeepalived.daemon.bfd_process",
    Process.SNMP: "pykeepalived.daemon.snmp_process",
}
"""Also the order of starting: whoever is told something must be there first."""

IMPORTED_LATE = frozenset({Process.SNMP, Process.DBUS})
"""Who imports its own modules after the fork, because no router shall wait for that."""

_WITHOUT_ASYNCIO = frozenset({Process.VRRP, Process.BFD})
"""Who has an event loop of its own (:mod:`pykeepalived.daemon.realtime_loop`)."""

TITLES: dict[Process, str] = {
    Process.VRRP: "VRRP",
    Process.CHECKER: "Healthcheck",
    Process.NOTIFIER: "Notifier",
    Process.BFD: "BFD",
    Process.SNMP: "SNMP",
    Process.DBUS: "DBus",
}
"""What log lines call them."""

SIGTERM_STOPS = frozenset({Process.VRRP})
"""Who ends by itself when a service manager terminates everybody at once.  Addresses go at once; services and
notifications go after them, when the supervisor says so."""

EXIT_INTERNAL = 70
LAST_WORDS_SECONDS = 0.2
"""How long a child that ends may wait until the others have taken its last messages."""

log = get_logger()


def entries(wanted: Iterable[Process]) -> dict[Process, Entry]:
    """What each child runs.

    The modules of ``wanted`` are imported now, before the fork, so that the children share the memory; one
    that a reload asks for later imports its own, and nobody waits for it meanwhile.  So do
    those of IMPORTED_LATE.
    """
    for process in wanted:
        if process not in IMPORTED_LATE:
            if process not in _WITHOUT_ASYNCIO:
                _import_asyncio()
            importlib.import_module(ENTRY_MODULES[process])
    return {process: _entry(name) for process, name in ENTRY_MODULES.items()}


def _import_asyncio() -> None:
    """As in a Python without TLS: nobody here uses TLS by way of asyncio, and checks that do use it import it
    themselves.  It is as much to import as the rest of asyncio.
    """
    if "asyncio" in sys.modules or "ssl" in sys.modules:
        return
    sys.modules["ssl"] = None  # type: ignore[assignment]  # the documented way to say "not there"
    try:
        importlib.import_module("asyncio")
    finally:
        del sys.modules["ssl"]


def _entry(module: str) -> Entry:
    def run(*arguments: Any) -> int:
        status: int = importlib.import_module(module).run(*arguments)
        return status

    return run


class Switchboard:
    """Connections between children, by pair; made once and never replaced."""

    def __init__(self) -> None:
        self._ends: dict[tuple[Process, Process], socket.socket] = {}
        for one, other in (
            (Process.VRRP, Process.CHECKER),
            (Process.VRRP, Process.NOTIFIER),
            (Process.CHECKER, Process.NOTIFIER),
            (Process.BFD, Process.VRRP),
            (Process.BFD, Process.CHECKER),
        ):
            self._ends[one, other], self._ends[other, one] = socket_pair()

    def discard(self, process: Process) -> None:
        """Throw away what was meant for a process that is no more; it may be half a message."""
        for (owner, _), end in self._ends.items():
            if owner is process:
                with contextlib.suppress(BlockingIOError):
                    while end.recv(1 << 16):
                        pass

    def claim(self, process: Process) -> dict[Process, Channel]:
        """In a child: its own ends as channels; all others are closed."""
        mine: dict[Process, Channel] = {}
        for (owner, partner), end in self._ends.items():
            if owner is process:
                mine[partner] = Channel(partner, end)
            else:
                end.close()
        return mine


@dataclass(slots=True, eq=False)
class Child:
    """The supervisor's view of one running process.

    ``end`` becomes readable when it has ended; ``plan`` is what it was told last to do.
    """

    process: Process
    pid: int
    end: int
    channel: Channel
    started_at: int
    plan: object
    ready: bool = False
    stop_asked: bool = False
    watched: list[int] = field(default_factory=list)

    def reap(self) -> int:
        """The exit status of a process whose ``end`` became readable; negative for a signal."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self.end)
        return os.waitstatus_to_exitcode(status)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)  # not reaped yet: the number is still its own

    def forget(self) -> None:
        """In another child: close what belongs to the supervisor."""
        os.close(self.end)
        self.channel.close()


@dataclass(frozen=True, slots=True)
class Birth:
    """Everything that a new child is given."""

    process: Process
    plan: object
    options: ProcessOptions
    log: LogSettings
    name: str
    partners: frozenset[Process]
    overheard: socket.socket | None = None


def fork(
    birth: Birth, entry: Entry, switchboard: Switchboard, close_in_child: Iterable[Callable[[], None]]
) -> Child:
    """Start a child.  Signals are held across the fork, so that none reaches it half made."""
    ours, theirs = socket_pair()
    supervisor = os.getpid()
    signals.hold()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _live(birth, entry, switchboard, theirs, supervisor, close_in_child)
    signals.release()
    theirs.close()
    return Child(
        birth.process,
        pid,
        open_end(pid),
        Channel(birth.process, ours),
        time.monotonic_ns(),
        birth.plan,
    )


def _live(
    birth: Birth,
    entry: Entry,
    switchboard: Switchboard,
    end: socket.socket,
    supervisor: int,
    close_in_child: Iterable[Callable[[], None]],
) -> NoReturn:
    """The child's whole life; never returns into the supervisor's code."""
    status = EXIT_INTERNAL
    try:
        signals.default_in_child()
        alive = privileges.die_with_parent(supervisor)
        short_slices.forget()
        privileges.set_name(birth.name)
        for close in close_in_child:
            close()
        logging.configure(birth.process, birth.log)
        if birth.process is not Process.VRRP:  # which has its own idea of scheduling, and is in a hurry
            haste.relax()
        partners = switchboard.claim(birth.process)
        obey = birth.process in SIGTERM_STOPS
        channels = Channels(
            Channel(Process.SUPERVISOR, end),
            partners,
            birth.partners,
            obey_sigterm=obey,
            overheard=birth.overheard,
        )
        if alive:
            status = entry(birth.plan, channels, birth.options)
            channels.drain(LAST_WORDS_SECONDS)
    except BaseException:
        log.exception(f"{TITLES[birth.process]} process failed; this is a bug")
    finally:
        logging.flush()
        os._exit(status)
