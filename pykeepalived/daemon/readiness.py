"""Telling systemd (or whoever set NOTIFY_SOCKET) how far we are.  Never waits, never fails."""

from __future__ import annotations

import contextlib
import os
import socket
import time


class Readiness:
    """The three moments a service manager wants to know of."""

    def __init__(self, address: str | None = None) -> None:
        self._address = address if address is not None else os.environ.get("NOTIFY_SOCKET", "")

    def ready(self) -> None:
        self._send(f"READY=1\nMAINPID={os.getpid()}")

    def reloading(self) -> None:
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        # A leading @ is how the abstract namespace is written down.
        target = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.sendto(text.encode(), target)
