"""The supervisor between the SNMP process and the others, which do not know of each other.

It hands on what is announced anyway, and carries questions there and answers back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import replace

from pykeepalived.ipc.messages import (
    BfdSnapshots,
    DumpRequest,
    InstanceSnapshots,
    Message,
    Process,
    RouterStateChanged,
    ServiceStateChanged,
    VerdictChanged,
    VerdictSnapshots,
)

MOST_HELD = 1000
_ASKED = (Process.VRRP, Process.CHECKER, Process.BFD)


class SnmpRelay:
    """``send`` tells a process, ``running`` says which ones there are, ``next_id`` numbers questions.

    ``wanted``: there is or will be an SNMP process; what is announced until it runs waits for it.
    """

    def __init__(
        self,
        send: Callable[[Process, Message], None],
        running: Callable[[], Collection[Process]],
        next_id: Callable[[], int],
        wanted: Callable[[], bool],
    ) -> None:
        self._send = send
        self._running = running
        self._next_id = next_id
        self._wanted = wanted
        self._asked: dict[int, int] = {}
        self._held: deque[Message] = deque(maxlen=MOST_HELD)

    def started(self) -> None:
        """The SNMP process runs: tell it what it missed."""
        while self._held:
            self._send(Process.SNMP, self._held.popleft())

    def take(self, sender: Process, message: Message) -> bool:
        """Whether a message was a question of the SNMP process or the answer to one."""
        match message:
            case DumpRequest(request_id=request_id, kind=kind) if sender is Process.SNMP:
                self._asked.clear()  # it asks one question at a time
                for process in _ASKED:
                    if process in self._running():
                        number = self._next_id()
                        self._asked[number] = request_id
                        self._send(process, DumpRequest(number, kind))
                return True
            case InstanceSnapshots() | VerdictSnapshots() | BfdSnapshots() if (
                message.request_id in self._asked
            ):
                if Process.SNMP in self._running():
                    asked = self._asked[message.request_id]
                    self._send(Process.SNMP, replace(message, request_id=asked))
                return True
            case _:
                return False

    def copy(self, message: Message) -> None:
        """Hand on what a process announces."""
        if isinstance(message, RouterStateChanged | VerdictChanged | ServiceStateChanged):
            if Process.SNMP in self._running():
                self._send(Process.SNMP, message)
            elif self._wanted():
                self._held.append(message)
