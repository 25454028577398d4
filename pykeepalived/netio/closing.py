"""Closing packet sockets without standing still.

The kernel closes an AF_PACKET socket only when no processor can be using it any more: ``close`` sleeps for a
grace period (``synchronize_net``), 5 to 15 ms.  That is an advert of a 10 ms router, and at the end of the
process one such wait per interface.  In a thread it costs nothing, and several wait together.
"""

from __future__ import annotations

import _thread
import socket


def close_aside(packet_socket: socket.socket) -> None:
    """Close soon.  Nothing may use the socket any more, and the loop must not be watching it."""
    try:
        _thread.start_new_thread(packet_socket.close, ())
    except RuntimeError:  # no thread to be had
        packet_socket.close()
