"""What an operator must know of a run: gaps, two owners, flaps, addresses that nobody ever had."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND, format_seconds
from pykeepalived.simulate.history import Address, History, Span

HANDOVER_NS = 20 * NANOSECONDS_PER_MILLISECOND
"""Two owners for this long are a handover: the old one yields when the new one's advert reaches it."""

SLACK_NS = 50 * NANOSECONDS_PER_MILLISECOND
"""What delay and services may add to the down interval before a gap counts as too long."""

_ABLE = ("BACKUP", "MASTER")


class Kind(enum.Enum):
    """What can be found; the value is the word in reports."""

    NEVER_ELECTED = "never elected"
    NO_OWNER = "no owner at the end"
    GAP = "gap"
    LONG_GAP = "long gap"
    TWO_OWNERS = "two owners"
    FLAP = "flap"
    REFUSED = "adverts refused"

    @property
    def bad(self) -> bool:
        """A gap within the down interval is what VRRP promises; everything else is a defect of the site."""
        return self is not Kind.GAP


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about an address (None: about the site), with the time it is about.

    ``refused``: host, router, sender and reason of refused adverts.
    """

    kind: Kind
    text: str
    address: Address | None = None
    begin: int = 0
    end: int = 0
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One address over the whole run.

    ``elected_at`` None: never.  ``shares`` has (owner, part of the run); several owners at once are joined.
    """

    address: Address
    routers: tuple[str, ...]
    elected_at: int | None
    changes: int
    without_owner_ns: int
    longest_gap_ns: int
    two_owners_ns: int
    shares: tuple[tuple[str, float], ...]
    last: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """All rows and findings; ``good`` when nothing is a defect."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        return not any(finding.kind.bad for finding in self.findings)


def judge(history: History) -> Verdict:
    """The verdict on a run."""
    findings: list[Finding] = []
    rows: list[Row] = []
    for address in history.owners:
        spans = list(history.spans(address))
        rows.append(_row(history, address, spans))
        findings += _address_findings(history, address, spans)
    findings += _refusals(history)
    return Verdict(tuple(rows), tuple(sorted(findings, key=lambda finding: finding.begin)))


def gaps(spans: list[Span]) -> list[Span]:
    """Times without owner after the first election."""
    first = next((number for number, span in enumerate(spans) if span.owners), len(spans))
    return [span for span in spans[first:] if not span.owners]


def _row(history: History, address: Address, spans: list[Span]) -> Row:
    parts: dict[str, int] = {}
    for span in spans:
        who = "+".join(span.owners) or "nobody"
        parts[who] = parts.get(who, 0) + span.length_ns
    total = max(1, history.ended_at)
    holes = [span.length_ns for span in gaps(spans)]
    routers = dict.fromkeys(name for _, name in history.routers[address])
    return Row(
        address,
        tuple(routers),
        next((span.begin for span in spans if span.owners), None),
        max(0, len([span for span in spans if span.owners]) - 1),
        sum(holes),
        max(holes, default=0),
        sum(span.length_ns for span in spans if len(span.owners) > 1),
        tuple((who, length / total) for who, length in sorted(parts.items(), key=lambda item: -item[1])),
        spans[-1].owners if spans else (),
    )


def _address_findings(history: History, address: Address, spans: list[Span]) -> Iterator[Finding]:
    if not any(span.owners for span in spans):
        text = f"{address} never had an owner: {_why_not(history, address, history.ended_at)}"
        yield Finding(Kind.NEVER_ELECTED, text, address, 0, history.ended_at)
        return
    for gap in gaps(spans):
        yield _gap(history, address, gap)
    for span in spans:
        if len(span.owners) > 1 and span.length_ns > HANDOVER_NS:
            who = " and ".join(span.owners)
            text = f"{address} had {who} as owners at once for {format_seconds(span.length_ns)}"
            yield Finding(Kind.TWO_OWNERS, text + _after(history, span.begin), address, span.begin, span.end)
    yield from _flaps(history, address, spans)


def _gap(history: History, address: Address, gap: Span) -> Finding:
    limit = history.down_intervals[address] + SLACK_NS
    length = format_seconds(gap.length_ns)
    after = _after(history, gap.begin)
    if gap.end == history.ended_at:
        since = f"{address} has no owner since {gap.begin / 1e9:.3f} s"
        text = f"{since}{after}: {_why_not(history, address, gap.end)}"
        return Finding(Kind.NO_OWNER, text, address, gap.begin, gap.end)
    if gap.length_ns <= limit:
        allowed = f"Master_Down_Interval allows {format_seconds(limit - SLACK_NS)}"
        text = f"{address} had no owner for {length}{after}; {allowed}"
        return Finding(Kind.GAP, text, address, gap.begin, gap.end)
    text = f"{address} had no owner for {length}{after}: {_why_not(history, address, gap.end - 1)}"
    return Finding(Kind.LONG_GAP, text, address, gap.begin, gap.end)


def _flaps(history: History, address: Address, spans: list[Span]) -> Iterator[Finding]:
    """A host that gets the address twice although nothing was done to the site in between."""
    marks = [0, *(entry.at for entry in history.happenings), history.ended_at]
    for begin, end in itertools.pairwise(marks):
        seen: dict[str, int] = {}
        owners_before: tuple[str, ...] = ()
        for span in spans:
            if begin <= span.begin < end:
                for who in set(span.owners) - set(owners_before):
                    seen[who] = seen.get(who, 0) + 1
            owners_before = span.owners
        again = max(seen.values(), default=0)
        if again > 1:
            text = f"{address} changed its owner {sum(seen.values())} times without a cause"
            yield Finding(Kind.FLAP, text + _after(history, begin), address, begin, end)


def _refusals(history: History) -> Iterator[Finding]:
    for (host, router, sender, detail), count in history.refusals.items():
        times = f"{count} advertisement{'s' if count != 1 else ''}"
        text = f"{host} ({router}) refused {times} of {sender}: {detail}"
        yield Finding(Kind.REFUSED, text, refused=(host, router, sender, detail))


def _after(history: History, at: int) -> str:
    cause = history.cause(at)
    return f" after '{cause.text}'" if cause is not None else ""


def _why_not(history: History, address: Address, at: int) -> str:
    """What the routers of this address were doing at that moment."""
    words = []
    for host, router in history.routers[address]:
        state = next((s for begin, end, s in history.states(host, router) if begin <= at <= end), "OFF")
        words.append(f"{host} is {'off' if state == 'OFF' else state}")
    return ", ".join(words)
