"""The supervisor's side of the control socket: opens it, and finds who carries out what comes in.

The socket is imported when it is opened, after the children were started, and what carries out requests with
the first one: most daemons are never asked, and all should start quickly.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pykeepalived.daemon.log import get_logger
from pykeepalived.ipc.messages import Message, Process

if TYPE_CHECKING:
    from pykeepalived.daemon.control import Control
    from pykeepalived.daemon.control_command import Situation
    from pykeepalived.daemon.control_socket import Client, ControlSocket

log = get_logger()


class SupervisorControl:
    """The arguments are those of :class:`pykeepalived.daemon.control.Control`."""

    def __init__(
        self,
        pid_file: Path,
        selector: selectors.BaseSelector,
        *,
        situation: Callable[[], Situation],
        ask: Callable[[Process, Message], None],
        next_id: Callable[[], int],
    ) -> None:
        self._pid_file = pid_file
        self._selector = selector
        self._socket: ControlSocket | None = None
        self._situation = situation
        self._ask = ask
        self._next_id = next_id
        self._control: Control | None = None

    def open(self) -> None:
        """Listen; a daemon that cannot be asked works all the same."""
        from pykeepalived.daemon.control_socket import ControlSocket, path_beside

        self._socket = ControlSocket(path_beside(self._pid_file), self._selector, self._request)
        if problem := self._socket.open():
            log.warning(f"No control socket, nobody can ask this daemon for its status: {problem}")

    def close(self) -> None:
        """Nobody can ask any more, and who waits gets no answer."""
        if self._socket is not None:
            self._socket.close()
        self._control = None

    def close_in_child(self) -> None:
        """A child holds none of it."""
        if self._socket is not None:
            self._socket.close_in_child()

    @property
    def deadline(self) -> int | None:
        """When ``expire`` has something to do."""
        parts = [part for part in (self._socket, self._control) if part is not None]
        deadlines = (part.deadline for part in parts)
        return min((at for at in deadlines if at is not None), default=None)

    def expire(self, now: int) -> None:
        """Give up waiting for clients and children that are too slow."""
        if self._control is not None:
            self._control.expire(now)
        if self._socket is not None:
            self._socket.expire(now)

    def take(self, sender: Process, message: Message) -> bool:
        """Whether a child's message was the answer to a request."""
        return self._control is not None and self._control.take(sender, message)

    def gone(self, process: Process) -> None:
        """A process ended."""
        if self._control is not None:
            self._control.gone(process)

    def _request(self, client: Client, line: bytes) -> None:
        if self._socket is None:
            return
        if self._control is None:
            from pykeepalived.daemon.control import Control

            self._control = Control(
                situation=self._situation,
                ask=self._ask,
                next_id=self._next_id,
                reply=self._socket.answer,
            )
        self._control.request(client, line)
