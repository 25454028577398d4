"""``--all-single-failures``: each thing that can break, breaks alone, and is repaired."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.simulate import commands
from pykeepalived.simulate.history import Address, History
from pykeepalived.simulate.site import Site
from pykeepalived.simulate.verdict import HANDOVER_NS, Finding, Kind, Verdict, judge
from pykeepalived.simulate.world import World
from pykeepalived.tracking.settings import Key, TrackerKind


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that breaks, and how it is repaired (None: it ends by itself)."""

    name: str
    breaks: commands.Command
    repair: commands.Command | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a failure did to one address; times are nanoseconds.

    ``outage_ns`` is the time without owner after the failure, ``repair_outage_ns`` after the repair.
    """

    failure: str
    address: Address
    before: tuple[str, ...]
    during: tuple[str, ...]
    after: tuple[str, ...]
    outage_ns: int
    repair_outage_ns: int
    two_owners_ns: int
    problems: tuple[str, ...]

    @property
    def touched(self) -> bool:
        """Whether anything happened to the address at all."""
        return bool(
            self.outage_ns
            or self.repair_outage_ns
            or self.two_owners_ns
            or self.problems
            or not self.before == self.during == self.after
        )


def failures(site: Site, longest_down_ns: int) -> Iterator[Failure]:
    """Every single failure of a site."""
    for host in site.plans:
        yield Failure(f"{host} dies", commands.Kill(host), commands.Start(host))
        yield Failure(f"{host} is stopped", commands.Stop(host), commands.Start(host))
        yield Failure(f"{host}'s daemon hangs", commands.Stall(host, 2 * longest_down_ns), None)
        yield Failure(f"{host} is suspended", commands.Suspend(host, 2 * longest_down_ns), None)
        for interface in site.known_interfaces(host):
            down = commands.Link(host, interface, up=False)
            yield Failure(f"{host} {interface} down", down, commands.Link(host, interface, up=True))
        for interface in site.interfaces(host):
            for way, words in (("both", "cut"), ("in", "hears nothing"), ("out", "is not heard")):
                cut = commands.Cut(host, interface, way)
                yield Failure(f"{host} {interface} {words}", cut, commands.Heal())
        for kind, name in _trackers(site, host):
            fails = commands.Track(host, kind, name, 0)
            yield Failure(f"{host} {kind} {name} fails", fails, commands.Track(host, kind, name, 1))
    if len(site.plans) > 2:
        for one, other in itertools.combinations(site.plans, 2):
            parted = commands.Partition((one,), (other,))
            yield Failure(f"{one} and {other} parted", parted, commands.Heal())


def _trackers(site: Site, host: str) -> list[Key]:
    """What a host tracks and can fail; a file only holds a number."""
    unfit = (TrackerKind.INTERFACE, TrackerKind.FILE)
    routers = site.plans[host].tracking.routers
    keys = dict.fromkeys(follow.key for router in routers for follow in router.follows)
    return [key for key in keys if key[0] not in unfit]


def at_rest(make: Callable[[], World], longest_down_ns: int) -> tuple[Finding, ...]:
    """What is wrong with the site before anything fails."""
    verdict = judge(make().run(2 * _settle_ns(longest_down_ns)))
    return tuple(finding for finding in verdict.findings if finding.kind.bad)


def _settle_ns(longest_down_ns: int) -> int:
    return 2 * longest_down_ns + 2 * NANOSECONDS_PER_SECOND


def run_all(
    site: Site, make: Callable[[], World], longest_down_ns: int, known: Sequence[Finding] = ()
) -> list[Outcome]:
    """Each failure in a world of its own: settle, break, wait, repair, wait.

    Adverts that are refused ``at_rest`` are no problem of a failure.
    """
    settle = _settle_ns(longest_down_ns)
    refused = {finding.refused for finding in known if finding.refused}
    outcomes: list[Outcome] = []
    for failure in failures(site, longest_down_ns):
        world = make()
        broken_at = settle
        repaired_at = broken_at + (2 if failure.repair is None else 3) * longest_down_ns
        world.at(broken_at, failure.breaks)
        if failure.repair is not None:
            world.at(repaired_at, failure.repair)
        history = world.run(repaired_at + settle)
        verdict = _without(judge(history), refused)
        outcomes += [
            _outcome(failure, history, verdict, address, broken_at, repaired_at) for address in history.owners
        ]
    return outcomes


def _without(verdict: Verdict, refused: Set[tuple[str, ...]]) -> Verdict:
    return replace(verdict, findings=tuple(one for one in verdict.findings if one.refused not in refused))


def _outcome(
    failure: Failure, history: History, verdict: Verdict, address: Address, broken_at: int, repaired_at: int
) -> Outcome:
    spans = list(history.spans(address))
    holes = [span for span in spans if not span.owners and span.end > broken_at]
    before = [span.owners for span in spans if span.begin < broken_at]
    during = [span.owners for span in spans if span.begin < repaired_at]
    problems = tuple(
        finding.text
        for finding in verdict.findings
        if finding.kind.bad and finding.kind is not Kind.TWO_OWNERS and finding.address in (address, None)
    )
    return Outcome(
        failure.name,
        address,
        before[-1] if before else (),
        during[-1] if during else (),
        spans[-1].owners if spans else (),
        sum(span.end - max(span.begin, broken_at) for span in holes if span.begin < repaired_at),
        sum(span.length_ns for span in holes if span.begin >= repaired_at),
        sum(span.length_ns for span in spans if len(span.owners) > 1 and span.length_ns > HANDOVER_NS),
        problems,
    )
