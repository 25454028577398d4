"""The figures of a failover, and whether it happened as it should. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from pykeepalived.lab.timeline import SECOND_NS, Advert, MarkKind, Record, shares

# Room for a busy machine: what the protocol promises is shown beside what was measured.
TAKEOVER_SLACK_NS = 1 * SECOND_NS
SHARE_SLACK = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that had to be so."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Phase:
    """Requests of one part of the run, per server; those nobody answered under ``lost``."""

    name: str
    served: Counter[str]
    seconds: float


@dataclass(frozen=True, slots=True)
class Summary:
    old_master: str
    new_master: str | None
    takeover_ns: int | None
    """From the dead Master's last advert to the new one's first."""
    master_down_ns: int | None
    """What the protocol prescribes for that."""
    outage_ns: int | None
    """The client's longest time between two good answers around the failure."""
    return_outage_ns: int | None
    phases: tuple[Phase, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)


def summarise(record: Record, expected_shares: dict[str, int]) -> Summary:
    """Judge a run with the marks READY, KILLED, RECOVERED, RETURNED, SETTLED, ENDED (later ones may lack)."""
    killed = record.mark(MarkKind.KILLED)
    if killed is None:
        reason = Finding(False, "the service never became ready: see the logs of the directors")
        return Summary("", None, None, None, None, None, (), (reason,))
    end = record.ended_at
    recovered_at = record.at(MarkKind.RECOVERED, end)
    returned_at = record.at(MarkKind.RETURNED, end)
    ready_at = record.at(MarkKind.READY)
    last, first = takeover(record, killed.at, killed.director)
    # The outage belongs to the failure; the request that was under way then began just before it.
    begun = [one.begun_at for one in record.asked if one.server and one.ended_at > killed.at]
    restored_at = min((at for at in begun if at > killed.at), default=end)
    spans = (
        ("before", ready_at, killed.at - SECOND_NS // 4),
        ("outage", killed.at - SECOND_NS // 4, max(restored_at, killed.at)),
        ("after", max(restored_at, killed.at), returned_at),
        ("return", returned_at, record.at(MarkKind.ENDED, end) - SECOND_NS // 4),
    )
    phases = tuple(
        Phase(name, shares(record.between(begin, stop)), max(0, stop - begin) / SECOND_NS)
        for name, begin, stop in spans
    )
    new_master = first.director if first else None
    summary = Summary(
        old_master=killed.director,
        new_master=new_master,
        takeover_ns=first.at - last.at if first and last else None,
        master_down_ns=last.master_down_ns(first.priority) if first and last else None,
        outage_ns=record.longest_silence(killed.at, recovered_at),
        return_outage_ns=record.longest_silence(returned_at, end) if returned_at < end else None,
        phases=phases,
        findings=(),
    )
    return replace(summary, findings=tuple(_findings(record, summary, expected_shares)))


def takeover(record: Record, at: int, dead: str) -> tuple[Advert | None, Advert | None]:
    """The dead Master's last advert before ``at`` and the first one by another director after it.

    Of several instances, whose adverts do not end at the same moment, the one that fell silent first
    counts: its timer runs out first and takes the rest of its sync group along.
    """
    last_of = {a.vrid: a for a in record.adverts if a.director == dead and a.at <= at}
    last = min(last_of.values(), key=lambda advert: advert.at, default=None)
    after = (a for a in record.adverts if a.at > at and a.director != dead and a.vrid in last_of)
    return last, next(after, None)


def _findings(record: Record, summary: Summary, expected: dict[str, int]) -> list[Finding]:
    old, new = summary.old_master, summary.new_master
    phase = {phase.name: phase for phase in summary.phases}
    found = []
    if new is None or summary.takeover_ns is None or summary.master_down_ns is None:
        return [Finding(False, f"nobody took over from {old}")]
    late = summary.takeover_ns - summary.master_down_ns
    found.append(
        Finding(
            -SECOND_NS // 10 <= late <= TAKEOVER_SLACK_NS,
            f"{new} took over {late / 1e6:+.1f} ms from the protocol's time",
        )
    )
    recovered = record.mark(MarkKind.RECOVERED) is not None
    found.append(Finding(recovered, f"requests {'go on' if recovered else 'did not go on'} through {new}"))
    end = record.ended_at
    steady = {
        "before": (record.at(MarkKind.READY), record.at(MarkKind.KILLED) - SECOND_NS // 4),
        # The first answers after the outage are those of requests that waited in queues, in no order.
        "after": (record.at(MarkKind.RECOVERED, end), record.at(MarkKind.RETURNED, end) - SECOND_NS // 4),
    }
    for name, (begin, stop) in steady.items():
        lost = phase[name].served.get("lost", 0)
        found.append(Finding(lost == 0, f"{lost} requests lost {name} the failure"))
        if expected:
            found.append(_shares_finding(name, shares(record.between(begin, stop)), expected))
    if record.mark(MarkKind.RETURNED):
        settled = record.mark(MarkKind.SETTLED)
        owners = " and ".join(record.owners()) or "nobody"
        found.append(Finding(settled is not None, f"after its return {old} is Master again: {owners} has it"))
    return found


def _shares_finding(name: str, served: Counter[str], expected: dict[str, int]) -> Finding:
    total = sum(served[server] for server in expected)
    parts = sum(expected.values())
    ok = total > 0 and all(
        abs(served[server] - total * share / parts) <= SHARE_SLACK for server, share in expected.items()
    )
    counts = ", ".join(f"{server} {served[server]}" for server in expected)
    ratio = ":".join(str(share) for share in expected.values())
    verdict = "as the scheduler says" if ok else "not as the scheduler says"
    return Finding(ok, f"{name}: {counts} {verdict} ({ratio})")
