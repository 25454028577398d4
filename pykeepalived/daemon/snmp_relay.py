"""The supervisor between the SNMP process and those it asks, which do not know of each other.

It carries questions there and answers back; what they announce comes by :mod:`pykeepalived.daemon.listeners`.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace

from pykeepalived.ipc.messages import (
    BfdSnapshots,
    DumpRequest,
    InstanceSnapshots,
    Message,
    Process,
    VerdictSnapshots,
)

_ASKED = (Process.VRRP, Process.CHECKER, Process.BFD)


class SnmpRelay:
    """``send`` tells a process, ``running`` has those that run, ``next_id`` numbers questions."""

    def __init__(
        self,
        send: Callable[[Process, Message], None],
        running: Container[Process],
        next_id: Callable[[], int],
    ) -> None:
        self._send = send
        self._running = running
        self._next_id = next_id
        self._asked: dict[int, int] = {}

    def take(self, sender: Process, message: Message) -> bool:
        """Whether a message was a question of the SNMP process or the answer to one."""
        match message:
            case DumpRequest(request_id=request_id, kind=kind) if sender is Process.SNMP:
                self._asked.clear()  # it asks one question at a time
                for process in _ASKED:
                    if process in self._running:
                        number = self._next_id()
                        self._asked[number] = request_id
                        self._send(process, DumpRequest(number, kind))
                return True
            case InstanceSnapshots() | VerdictSnapshots() | BfdSnapshots() if (
                message.request_id in self._asked
            ):
                if Process.SNMP in self._running:
                    asked = self._asked[message.request_id]
                    self._send(Process.SNMP, replace(message, request_id=asked))
                return True
            case _:
                return False
