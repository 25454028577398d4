"""Who is told what the others announce, and of a new plan when the others run theirs already.

The supervisor is in the middle: these processes and those that do the work do not know of each other, but for
the notifier, which everybody has a connection of its own to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container
from dataclasses import dataclass

from pykeepalived.ipc.messages import (
    Message,
    Process,
    RouterStateChanged,
    ServiceStateChanged,
    VerdictChanged,
)
from pykeepalived.notify.plan import NotifyPlan


@dataclass(frozen=True, slots=True)
class Listener:
    """What one process that tells others wants to know.

    ``hears``: messages it gets a copy of.  ``kept``: how many of them wait for it while it does not run yet.
    ``informed``: it starts with the present states, also the first time.
    ``goes_first``: a reload starts it before the others, so that whoever starts has somebody to tell.
    ``idle``: a reload that needs it no more leaves it running with this plan: whoever is being stopped still
    tells it so.
    ``takes_plans``: it takes another plan while it runs; else it is started anew with it.
    """

    process: Process
    hears: tuple[type[Message], ...] = ()
    kept: int = 0
    informed: bool = False
    goes_first: bool = False
    idle: object = None
    takes_plans: bool = True


MOST_KEPT = 1000

LISTENERS = (
    Listener(Process.NOTIFIER, goes_first=True, idle=NotifyPlan()),
    Listener(Process.DBUS, (RouterStateChanged,), informed=True),
    Listener(
        Process.SNMP,
        (RouterStateChanged, VerdictChanged, ServiceStateChanged),
        MOST_KEPT,
        informed=True,
        takes_plans=False,
    ),
)

INFORMED = frozenset(listener.process for listener in LISTENERS if listener.informed)


class Announcements:
    """Copies for the listeners.

    ``send`` tells a process, ``running`` has those that run, ``wanted`` says whether there is or will be one.
    """

    def __init__(
        self,
        send: Callable[[Process, Message], None],
        running: Container[Process],
        wanted: Callable[[Process], bool],
    ) -> None:
        self._send = send
        self._running = running
        self._wanted = wanted
        self._kept: dict[Process, deque[Message]] = {
            listener.process: deque(maxlen=listener.kept) for listener in LISTENERS
        }

    def started(self, process: Process) -> None:
        """A process runs: tell it what it missed."""
        kept = self._kept.get(process)
        while kept:
            self._send(process, kept.popleft())

    def copy(self, message: Message) -> None:
        """Hand on what a process announces."""
        for listener in LISTENERS:
            if isinstance(message, listener.hears):
                if listener.process in self._running:
                    self._send(listener.process, message)
                elif self._wanted(listener.process):
                    self._kept[listener.process].append(message)
