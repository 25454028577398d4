"""Being in another network namespace for a moment: sockets opened there stay in it."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_FOLDER = Path("/run/netns")
_OURS = "/proc/thread-self/ns/net"

_libc = ctypes.CDLL(None, use_errno=True)

_first: int | None = None
"""The namespace this program was started in; held open so that it can be found again."""


def remember_initial() -> None:
    """To be called before the process moves into ``net_namespace``; what is forked later remembers it too."""
    global _first
    if _first is None:
        _first = os.open(_OURS, os.O_RDONLY | os.O_CLOEXEC)


@contextlib.contextmanager
def network_namespace(name: str | None) -> Iterator[None]:
    """This thread is in the namespace that ``ip netns`` calls ``name``.

    None is where we are, the empty name the one that the program was started in.  Raises OSError when there
    is no such namespace or it may not be entered.
    """
    if name is None or (name == "" and _first is None):
        yield
        return
    here = os.open(_OURS, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(name)
        try:
            yield
        finally:
            _set(here)
    finally:
        os.close(here)


@contextlib.contextmanager
def namespace_of_process(pid: int) -> Iterator[None]:
    """This thread is in the network namespace of that process.  Raises OSError when it cannot enter."""
    here = os.open(_OURS, os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if os.fstat(there).st_ino == os.fstat(here).st_ino:  # where an ordinary user may stay, too
                yield
                return
            _set(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _set(here)
    finally:
        os.close(here)


def _enter(name: str) -> None:
    if name == "" and _first is not None:
        _set(_first)
        return
    there = os.open(_FOLDER / name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _set(there)
    finally:
        os.close(there)


def _set(descriptor: int) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
