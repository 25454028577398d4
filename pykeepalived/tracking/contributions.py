"""What one tracked thing does to one router, and the whole sum in words.

The rules are those of keepalived 2.4.3.  A positive weight is added while the thing is good, a negative one
while it is bad; ``reverse`` turns the sign around.  The number in a file is multiplied with the weight and
kept within -254..253.  With weight 0 a bad thing (with ``reverse``: a good one) is a fault, and so is a file
whose product is -254 or less.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pykeepalived.base.priority import HIGHEST, LOWEST, effective_priority
from pykeepalived.tracking.settings import Follow, Key, TrackerKind

FILE_FAULT = -254
"""Product of a file's number and its weight that means a fault."""
FILE_HIGHEST = 253

_WORDS = {
    TrackerKind.INTERFACE: ("up", "down"),
    TrackerKind.SCRIPT: ("succeeded", "failed"),
    TrackerKind.PROCESS: ("has its quorum", "has no quorum"),
    TrackerKind.BFD: ("up", "down"),
}
"""Good and bad, per kind; a file has a number instead."""

_NOUNS = {TrackerKind.INTERFACE: "tracked interface", TrackerKind.BFD: "BFD session"}


@dataclass(frozen=True, slots=True)
class Contribution:
    """What ``follow`` does to its router now.

    ``status`` is 1 or 0 for good and bad, the number for a file, None while unknown.  ``points`` are added to
    the base priority; ``is_fault``: the router may not take part because of it.
    """

    follow: Follow
    status: int | None
    points: int = 0
    is_fault: bool = False

    @property
    def text(self) -> str:
        """``script chk_haproxy failed``, ``file load holds 3``."""
        return describe(self.follow.key, self.status)

    @property
    def fault(self) -> str:
        """Reason of the fault; the same as long as it lasts, whatever number a file goes on to hold."""
        if self.follow.kind is TrackerKind.FILE:
            return f"file {self.follow.name} signals a fault"
        return self.text


def describe(key: Key, status: int | None) -> str:
    """A thing and its state."""
    kind, name = key
    subject = f"{_NOUNS.get(kind, kind.value)} {name}"
    if status is None:
        return f"{subject} not known yet"
    if kind is TrackerKind.FILE:
        return f"{subject} holds {status}"
    good, bad = _WORDS[kind]
    return f"{subject} {good if status else bad}"


def contribution(follow: Follow, status: int | None) -> Contribution:
    """The rules, see the head of this module."""
    if status is None:
        return Contribution(follow, None)
    if follow.kind is TrackerKind.FILE:
        if follow.weight == 0:
            return Contribution(follow, status, is_fault=(status != 0) is not follow.reverse)
        product = max(FILE_FAULT, min(FILE_HIGHEST, status * follow.factor))
        if product == FILE_FAULT:
            return Contribution(follow, status, is_fault=True)
        return Contribution(follow, status, product)
    good = bool(status)
    if follow.weight == 0:
        return Contribution(follow, status, is_fault=good is follow.reverse)
    return Contribution(follow, status, follow.factor if good is (follow.weight > 0) else 0)


def total(base: int, contributions: Iterable[Contribution]) -> int:
    """The effective priority."""
    return effective_priority(base, (one.points for one in contributions))


def sentence(base: int, contributions: Iterable[Contribution]) -> str:
    """``80 = 100 - 20 (script chk_haproxy failed)``; only the base when nothing moves it."""
    moving = [one for one in contributions if one.points]
    if not moving:
        return str(base)
    terms = "".join(f" {'+-'[one.points < 0]} {abs(one.points)} ({one.text})" for one in moving)
    effective, plain = total(base, moving), base + sum(one.points for one in moving)
    limit = "" if effective == plain else f" is {plain}, outside of {LOWEST}..{HIGHEST}"
    return f"{effective} = {base}{terms}{limit}"
