"""Absolute one-shot timers of the kernel as a file descriptor, for every Python from 3.11 on.

``os.timerfd_create`` exists from Python 3.13; before that the three C library calls are made through
ctypes.  The descriptor is readable once the set point in time (CLOCK_MONOTONIC, nanoseconds) is past.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Protocol

_CLOCK_MONOTONIC = 1
_TFD_NONBLOCK = os.O_NONBLOCK
_TFD_CLOEXEC = os.O_CLOEXEC
_TFD_TIMER_ABSTIME = 1
_NANOSECONDS_PER_SECOND = 1_000_000_000


class Timerfd(Protocol):
    """What the loop needs of a timer descriptor."""

    def fileno(self) -> int:
        """The descriptor to wait on."""

    def arm(self, at_ns: int) -> None:
        """Become readable at ``at_ns`` (CLOCK_MONOTONIC); an earlier setting is forgotten.  0 disarms."""

    def acknowledge(self) -> None:
        """Stop being readable until the next expiry."""

    def close(self) -> None:
        """Give the descriptor back."""


class _Itimerspec(ctypes.Structure):
    _fields_ = (
        ("interval_sec", ctypes.c_long),
        ("interval_nsec", ctypes.c_long),
        ("value_sec", ctypes.c_long),
        ("value_nsec", ctypes.c_long),
    )


class CtypesTimerfd:
    """timerfd(2) by way of the C library."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        fd: int = libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC)
        if fd < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"timerfd_create: {os.strerror(number)}")
        self._fd = fd
        self._settime = libc.timerfd_settime
        self._spec = _Itimerspec()
        self._spec_reference = ctypes.byref(self._spec)

    def fileno(self) -> int:
        return self._fd

    def arm(self, at_ns: int) -> None:
        self._spec.value_sec, self._spec.value_nsec = divmod(at_ns, _NANOSECONDS_PER_SECOND)
        if self._settime(self._fd, _TFD_TIMER_ABSTIME, self._spec_reference, None) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"timerfd_settime: {os.strerror(number)}")

    def acknowledge(self) -> None:
        # Not expired (any more): arm() ran between the wake-up and this read.
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return

    def close(self) -> None:
        os.close(self._fd)


if sys.version_info >= (3, 13):

    class NativeTimerfd:
        """timerfd(2) by way of the os module."""

        def __init__(self) -> None:
            self._fd = os.timerfd_create(_CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)

        def fileno(self) -> int:
            return self._fd

        def arm(self, at_ns: int) -> None:
            os.timerfd_settime_ns(self._fd, flags=os.TFD_TIMER_ABSTIME, initial=at_ns)

        def acknowledge(self) -> None:
            try:
                os.read(self._fd, 8)
            except BlockingIOError:
                return

        def close(self) -> None:
            os.close(self._fd)


def open_timerfd() -> Timerfd:
    """The best timer descriptor of this Python."""
    if sys.version_info >= (3, 13):
        return NativeTimerfd()
    return CtypesTimerfd()
