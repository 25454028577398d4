"""What calls back when a descriptor is ready.

asyncio's loops are such, and so is :class:`pykeepalived.daemon.realtime_loop.RealtimeLoop`: whatever is typed
with this runs in either, and imports neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class EventLoop(Protocol):
    """The part of asyncio's event loops that is used without tasks."""

    def add_reader(self, fd: Any, callback: Callable[..., Any], *args: Any) -> Any:
        """Call when ``fd``, a number or what has a ``fileno()``, can be read; replaces an earlier one."""

    def remove_reader(self, fd: Any) -> Any:
        """Whether there was one."""

    def add_writer(self, fd: Any, callback: Callable[..., Any], *args: Any) -> Any:
        """Call when ``fd`` can be written; replaces an earlier one."""

    def remove_writer(self, fd: Any) -> Any:
        """Whether there was one."""

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> Any:
        """Call when what runs now has returned."""

    def add_signal_handler(self, sig: int, callback: Callable[..., Any], *args: Any) -> None:
        """Call when the signal has come; only in the main thread."""
