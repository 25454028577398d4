"""Ready-made Ethernet frames (gratuitous ARP, unsolicited neighbour advertisements) onto one interface."""

from __future__ import annotations

import socket
from collections.abc import Sequence


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

    def send(self, frames: Sequence[bytes]) -> None:
        """Send the frames in order.

        OSError of the first that does not leave: the interface is down (ENETDOWN) or gone (ENXIO), or its
        queue is full (ENOBUFS, EAGAIN).  The rest is not sent; the repeats that follow each announcement
        are the remedy.
        """
        send = self._socket.send
        for frame in frames:
            send(frame)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
