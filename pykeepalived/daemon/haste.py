"""A daemon that is being started runs before ordinary work until its processes are there.

On a busy machine a start of half a second of processor time would otherwise take several, during which a
router is missing that its peers, and the clients, wait for.  So with a reload.
Needs CAP_SYS_NICE; else all is as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_NICE = -15

_ordinary: int | None = None


def hasten() -> None:
    """From now on this process goes first; remembers how it was."""
    global _ordinary
    if _ordinary is not None:
        return
    before = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, min(before, _NICE))
    except OSError:
        return
    _ordinary = before


def relax() -> None:
    """As it was before; every process of the daemon does this for itself."""
    global _ordinary
    if _ordinary is not None:
        os.setpriority(os.PRIO_PROCESS, 0, _ordinary)
        _ordinary = None


@contextmanager
def hurried() -> Iterator[None]:
    """First in turn until the end of the block."""
    hasten()
    try:
        yield
    finally:
        relax()
