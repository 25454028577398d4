"""Ready-made Ethernet frames (gratuitous ARP, unsolicited neighbour advertisements) onto one interface."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from pykeepalived.netio.closing import close_aside

_FULL = frozenset({errno.EAGAIN, errno.ENOBUFS})


class FrameSocket:
    """AF_PACKET, sending only.

    Protocol 0: the kernel queues nothing for reading, so an idle socket costs nothing.
    """

    def __init__(self, interface: str) -> None:
        self._socket = socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, 0
        )
        try:
            self._socket.bind((interface, 0))
        except OSError:
            self._socket.close()
            raise

    def send(self, frames: Sequence[bytes]) -> int:
        """Send the frames in order; returns how many the interface took before its queue was full.

        OSError when it takes none at all: down (ENETDOWN) or gone (ENXIO).
        """
        send = self._socket.send
        taken = 0
        try:
            for frame in frames:
                send(frame)
                taken += 1
        except OSError as refused:
            if refused.errno not in _FULL:
                raise
        return taken

    def close(self) -> None:
        """Close the socket, without waiting for it."""
        close_aside(self._socket)
