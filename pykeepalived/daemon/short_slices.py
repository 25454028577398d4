"""Being woken at once on a busy machine, for a process that only ever works for a moment.

Linux gives the processor to whoever's turn ends first; a process that asks for short turns (since 6.12, no
permission needed) is woken before one in the middle of an ordinary turn of 3 ms, and is preempted sooner in
exchange.  Without it half of the SIGTERMs of a loaded machine reached the supervisor 1 to 10 ms late, and the
priority-0 adverts with it.  Elsewhere nothing happens.
"""

from __future__ import annotations

import ctypes
import os
import struct

SLICE_NS = 100_000
"""The shortest that the kernel grants."""

_SYSCALLS = {"x86_64": 314, "aarch64": 274, "riscv64": 274, "loongarch64": 274}
"""sched_setattr, which C libraries do not offer yet."""
_ATTRIBUTES = struct.Struct("=IIQiIQQQ")
"""struct sched_attr (linux/sched/types.h): size, policy, flags, nice, priority, runtime, deadline, period."""


def ask() -> bool:
    """Short turns from now on; whether the kernel knows of such a thing."""
    return _set(SLICE_NS)


def forget() -> bool:
    """Ordinary turns: what a child forked by a process with short ones wants."""
    return _set(0)


def _set(slice_ns: int) -> bool:
    number = _SYSCALLS.get(os.uname().machine)
    if number is None or os.sched_getscheduler(0) != os.SCHED_OTHER:
        return False
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    attributes = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, 0, nice, 0, slice_ns, 0, 0)
    refused: int = ctypes.CDLL(None, use_errno=True).syscall(number, 0, attributes, 0)
    return refused == 0
