"""FILE_CHECK: a number in a file moves the server's weight, or takes it out."""

from __future__ import annotations

import os
from typing import ClassVar

from pykeepalived.checkers.port import Check
from pykeepalived.health.settings import CheckKind, FileTarget
from pykeepalived.health.verdict import Verdict

LOWEST, HIGHEST = -2147483647, 2147483647
"""keepalived's limits of the number; at or below the lowest is a failure."""
_MAX_BYTES = 128


class FileCheck(Check[FileTarget]):
    """Reads the file; one that is missing or holds no number counts as 0, as in keepalived."""

    kind: ClassVar[CheckKind] = CheckKind.FILE
    log_name: ClassVar[str] = "FILE_CHECK"

    async def probe(self, target: FileTarget, deadline_ns: int) -> Verdict:
        return judge(read_number(target.path), target)


def read_number(path: str) -> int:
    """The number that the file begins with; 0 without one.  Never waits, whatever the file is (a FIFO)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        text = os.read(descriptor, _MAX_BYTES)
    except OSError:
        return 0
    finally:
        os.close(descriptor)
    word = text.split(None, 1)[0] if text.split() else b""
    try:
        return max(LOWEST - 1, min(HIGHEST, int(word)))
    except ValueError:
        return 0


def judge(number: int, target: FileTarget) -> Verdict:
    """With weight 0 the number says good (0) or bad; otherwise it moves the weight."""
    if target.weight == 0:
        good = (number != 0) if target.reverse else (number == 0)
        return Verdict(True) if good else Verdict(False, f"{target.path} holds {number}")
    change = number * (-target.weight if target.reverse else target.weight)
    if change <= LOWEST - 1 or number <= LOWEST - 1:
        return Verdict(False, f"{target.path} holds {number}")
    return Verdict(True, weight=target.base + change)
