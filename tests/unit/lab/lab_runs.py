"""A made-up run of the lab whose every figure is known."""

from __future__ import annotations

from pykeepalived.lab.timeline import (
    SECOND_NS,
    Advert,
    Holding,
    Mark,
    MarkKind,
    Record,
    State,
    StateChange,
)
from pykeepalived.lab.traffic import Asked

VIP = "192.0.2.100"


def seconds(value: float) -> int:
    return round(value * SECOND_NS)


def failover(*, takeover_s: float = 3.61, returns: bool = True, last_server: str | None = None) -> Record:
    """a is Master from 4 s, dies at 10 s right after an advert; b goes on; a is back from 20 s to 30 s.

    A request every 20 ms, answered at once by rs1 and rs2 in turn, or by nobody without a Master.
    ``last_server``: who answers everything after the failover instead.
    """
    recovered = 10 + takeover_s
    run = Record(VIP, ("a", "b"), ("rs1", "rs2"), 0, "Made up", {"a": "ours", "b": "ours"})
    end = 30.0 if returns else 20.0
    back = 24.0
    for tick in range(4, 11):
        run.adverts.append(Advert(seconds(tick), "a", "outside", 2, 51, 150, SECOND_NS))
    at = recovered
    while at < (back if returns else end):
        run.adverts.append(Advert(seconds(at), "b", "outside", 2, 51, 100, SECOND_NS))
        at += 1
    run.holdings = [
        Holding(seconds(4), "a", VIP, True),
        Holding(seconds(10.001), "a", VIP, False),
        Holding(seconds(recovered), "b", VIP, True),
    ]
    run.states = [
        StateChange(0, "a", State.BACKUP),
        StateChange(0, "b", State.BACKUP),
        StateChange(seconds(4), "a", State.MASTER),
        StateChange(seconds(10.001), "a", State.OFF),
        StateChange(seconds(recovered), "b", State.MASTER),
    ]
    run.marks = [
        Mark(seconds(5), MarkKind.READY),
        Mark(seconds(10.001), MarkKind.KILLED, "a"),
        Mark(seconds(recovered + 1), MarkKind.AWAITED),
    ]
    if returns:
        run.adverts += [Advert(seconds(t), "a", "outside", 2, 51, 150, SECOND_NS) for t in range(24, 30)]
        run.holdings += [Holding(seconds(back), "b", VIP, False), Holding(seconds(back), "a", VIP, True)]
        run.states += [
            StateChange(seconds(20), "a", State.BACKUP),
            StateChange(seconds(24), "a", State.MASTER),
        ]
        run.marks += [Mark(seconds(20), MarkKind.RETURNED, "a"), Mark(seconds(25), MarkKind.AWAITED)]
    run.marks.append(Mark(seconds(end), MarkKind.ENDED))
    for n in range(int(end * 50)):
        begun = seconds(n * 0.02)
        alive = seconds(4) <= begun < seconds(10.001) or begun >= seconds(recovered)
        server = ("rs1", "rs2")[n % 2] if alive else None
        if alive and last_server and begun > seconds(recovered):
            server = last_server
        took = seconds(0.002 if alive else 0.25)
        run.asked.append(Asked(begun, begun + took, server, "192.0.2.10" if alive else "timed out"))
    return run
