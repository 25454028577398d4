"""What a run came to: each event with its takeover, outage and lost requests. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pykeepalived.lab.timeline import DEEDS, SECOND_NS, Advert, Mark, MarkKind, Record, shares

# A deed after which the Master goes on sending, but not to the one that takes over.
UNHEARD = frozenset({MarkKind.CUT_OFF, MarkKind.DEAFENED})
STOPPED_PRIORITY = 0
SHARE_SLACK = 2
# Requests that begin this shortly before a deed are still under way when it happens.
UNDER_WAY_NS = SECOND_NS // 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that had to be so."""

    ok: bool
    text: str
    at: int = 0
    line: int = 0
    """Of the scenario."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """From the old Master's last advert that could be heard to the new one's first."""

    old: str
    new: str
    last_at: int
    first_at: int
    prescribed_ns: int | None
    """What the protocol prescribes between them; None when nothing is (a better router preempts)."""
    rule: str
    """The protocol's name for it."""

    @property
    def took_ns(self) -> int:
        return self.first_at - self.last_at

    @property
    def late_ns(self) -> int | None:
        return None if self.prescribed_ns is None else self.took_ns - self.prescribed_ns


@dataclass(frozen=True, slots=True)
class Event:
    """A deed and what followed until the next one."""

    mark: Mark
    ends_at: int
    owners_before: tuple[str, ...]
    owners_after: tuple[str, ...]
    takeover: Takeover | None
    outage_ns: int
    """The client's longest time between two good answers."""
    lost: int
    served: Counter[str]

    @property
    def seconds(self) -> float:
        return (self.ends_at - self.mark.at) / SECOND_NS


@dataclass(frozen=True, slots=True)
class Outcome:
    scenario: str
    title: str
    record: Record
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return bool(self.findings) and all(finding.ok for finding in self.findings)


def events(record: Record) -> tuple[Event, ...]:
    """Every deed of a run, in order of time."""
    deeds = sorted((mark for mark in record.marks if mark.kind in DEEDS), key=lambda mark: mark.at)
    ends = [*(mark.at for mark in deeds[1:]), record.ended_at]
    # Without any deed there is one end too many.
    return tuple(
        event(record, mark, end, _owned_again(record, deeds[n + 1 :]))
        for n, (mark, end) in enumerate(zip(deeds, ends, strict=False))
    )


def _owned_again(record: Record, later: list[Mark]) -> int:
    """When the first of these deeds happened that found an owner: until then a takeover is the earlier's."""
    return next((mark.at for mark in later if record.owners(mark.at - 1)), record.ended_at)


def event(record: Record, mark: Mark, ends_at: int, taken_over_by: int = 0) -> Event:
    """What a deed led to until ``ends_at``; a takeover may come later when nobody owned at that time."""
    # A request that was answered before the deed belongs to the time before.
    asked = [
        one
        for one in record.asked
        if one.ended_at > mark.at and mark.at - UNDER_WAY_NS <= one.begun_at < ends_at - UNDER_WAY_NS
    ]
    return Event(
        mark=mark,
        ends_at=ends_at,
        owners_before=record.owners(mark.at - 1),
        owners_after=record.owners(ends_at - 1),
        takeover=takeover(record, mark, max(ends_at, taken_over_by)),
        # A silence that begins with the next deed is that one's.
        outage_ns=record.longest_silence(mark.at, ends_at - UNDER_WAY_NS // 4),
        lost=sum(1 for one in asked if one.server is None),
        served=shares(asked),
    )


def takeover(record: Record, mark: Mark, ends_at: int) -> Takeover | None:
    """Who took over from whom between the deed and ``ends_at``; None: the owner stayed.

    Of several instances, whose adverts do not end at the same moment, the one that fell silent first
    counts: its timer runs out first and takes the rest of its sync group along.
    """
    old = _sending_owner(record, mark.at)
    if old is None:
        return None
    last_of = {
        advert.vrid: advert
        for advert in record.adverts
        if advert.director == old and advert.at <= mark.at and advert.priority != STOPPED_PRIORITY
    }
    # What it sent while an election was going on and has given up since is not its own any more.
    newest = max((advert.at for advert in last_of.values()), default=0)
    last_of = {
        vrid: advert for vrid, advert in last_of.items() if newest - advert.at <= 2 * advert.interval_ns
    }
    # Who is Master already (in a partition, say) does not become it. A dead daemon's address may be left, and
    # somebody who was Master a moment ago has sent: only both together tell.
    owners = record.owners(mark.at - 1)
    already = {
        advert.director
        for advert in record.adverts
        if advert.at <= mark.at < advert.at + 2 * advert.interval_ns
        and advert.priority != STOPPED_PRIORITY
        and advert.director in owners
    }
    first = next(
        (
            advert
            for advert in record.adverts
            if mark.at < advert.at < ends_at
            and advert.director != old
            and advert.director not in already
            and advert.vrid in last_of
            and advert.priority != STOPPED_PRIORITY
        ),
        None,
    )
    if first is None:
        return None
    if mark.kind not in UNHEARD:
        for advert in record.adverts:
            if advert.director == old and mark.at < advert.at < first.at and advert.vrid in last_of:
                last_of[advert.vrid] = advert
    last = min(last_of.values(), key=lambda advert: advert.at)
    return _judged(last, first, last_of, mark)


def _sending_owner(record: Record, at: int) -> str | None:
    """Of those that hold the address, the one whose advert was the last: a dead daemon's address may stay."""
    before = record.owners(at - 1)
    for advert in reversed(record.adverts):
        if advert.at <= at and advert.director in before:
            return advert.director
    return before[0] if before else None


def _judged(last: Advert, first: Advert, last_of: dict[int, Advert], mark: Mark) -> Takeover:
    farewell = [advert for advert in last_of.values() if advert.priority == STOPPED_PRIORITY]
    if farewell:
        last = min(farewell, key=lambda advert: advert.at)
        prescribed, rule = last.skew_ns(first.priority), "Skew_Time"
    elif first.at - last.at < 2 * last.interval_ns and mark.kind not in UNHEARD:
        return Takeover(last.director, first.director, last.at, first.at, None, "preemption")
    else:
        prescribed, rule = last.master_down_ns(first.priority), "Master_Down_Interval"
    return Takeover(last.director, first.director, last.at, first.at, prescribed, rule)


def steady(record: Record, begin: int, end: int, up: set[str]) -> Finding:
    """Whether a quiet part of a run was quiet: nothing lost, and each server that is up got its share."""
    end -= UNDER_WAY_NS
    asked = record.between(begin, end)
    lost = sum(1 for one in asked if one.server is None)
    seconds = max(0, end - begin) / SECOND_NS
    if not asked:
        return Finding(not record.targets, "no request was made in that time")
    if lost:
        return Finding(False, f"{lost} of {len(asked)} requests lost in {seconds:.1f} s of quiet")
    told = []
    for index, target in enumerate(record.targets):
        expected = {name: share for name, share in target.shares if name in up}
        served = shares(one for one in asked if one.target == index)
        if not expected:
            continue
        counts = ", ".join(f"{name} {served[name]}" for name in expected)
        ratio = ":".join(str(share) for share in expected.values())
        if target.exact and not _as_dealt(served, expected):
            return Finding(False, f"{target.label}: {counts} not as the scheduler says ({ratio})")
        if target.all_serve and not all(served[name] for name in expected):
            return Finding(False, f"{target.label}: {counts}: somebody got nothing")
        told.append(f"{counts} as the scheduler says ({ratio})" if target.exact else counts)
    tail = f": {'; '.join(told)}" if told else ""
    return Finding(True, f"nothing lost in {seconds:.1f} s, {len(asked)} requests{tail}")


def _as_dealt(served: Counter[str], expected: dict[str, int]) -> bool:
    total, parts = sum(served[name] for name in expected), sum(expected.values())
    return total > 0 and all(
        abs(served[name] - total * share / parts) <= SHARE_SLACK for name, share in expected.items()
    )
