"""The demo's running commentary on a terminal: a line a second, and a line for each thing that happens."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from pykeepalived.lab.summary import Summary, takeover
from pykeepalived.lab.timeline import (
    SECOND_NS,
    Advert,
    Announcement,
    Holding,
    Mark,
    MarkKind,
    Record,
    State,
    StateChange,
    shares,
)

BOLD, DIM, RED, GREEN, YELLOW, RESET = "1", "2", "31", "32", "33", "0"
STATE_COLOUR = {
    State.MASTER: GREEN + ";" + BOLD,
    State.BACKUP: RESET,
    State.STARTING: DIM,
    State.OFF: DIM,
    State.FAULT: RED,
}


def wants_colour(stream: TextIO) -> bool:
    """https://no-color.org, and FORCE_COLOR for a guest whose terminal is at the other end of a pipe."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


class Live:
    """Prints; keeps only what it needs to say something once."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._colour = wants_colour(stream)
        self._master: str | None = None
        self._rows = 0
        self._counted = (0, 0)

    def paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    def say(self, text: str = "") -> None:
        print(text, file=self._stream, flush=True)

    # ------------------------------------------------------------------ every second

    def row(self, record: Record) -> None:
        if self._rows % 20 == 0:
            self._header(record)
        self._rows += 1
        adverts, asked = self._counted
        self._counted = len(record.adverts), len(record.asked)
        served = shares(record.asked[asked:])
        lost = served.get("lost", 0)
        owners = record.owners()
        cells = [f"{self._rows:6.1f}"]
        for director in record.directors:
            state = record.state(director)
            cells.append(self.paint(f"{state.upper():<8}", STATE_COLOUR[state]))
        cells.append(f"{'+'.join(owners) or '-':^5}")
        cells.append(f"{len(record.adverts) - adverts:>7}")
        cells += [f"{served.get(server, 0) or '.':>5}" for server in record.servers]
        cells.append(self.paint(f"{lost or '.':>5}", RED if lost else DIM))
        self.say("  ".join(cells))

    def _header(self, record: Record) -> None:
        names = [f"{'node ' + director:<8}" for director in record.directors]
        cells = ["  time", *names, f"{'VIP':^5}", "adverts", *(f"{s:>5}" for s in record.servers), " lost"]
        self.say(self.paint("  ".join(cells), BOLD))

    # ------------------------------------------------------------------ as it happens

    def event(self, record: Record, event: Advert | Announcement | Holding | StateChange | Mark) -> None:
        match event:
            case Advert(director=director) if director != self._master and event.priority:
                if self._master is None:
                    self._note(record, event.at, f"{director} is Master: priority {event.priority}")
                else:
                    self._took_over(record, event)
                self._master = director
            case Mark(kind=MarkKind.KILLED):
                text = f"{event.director} loses power: SIGKILL to all its processes, its cables cut"
                self._note(record, event.at, text, RED + ";" + BOLD)
            case Mark(kind=MarkKind.RETURNED):
                self._note(record, event.at, f"{event.director} boots again", YELLOW + ";" + BOLD)
            case Mark(kind=MarkKind.READY):
                self._note(record, event.at, "every server answers: ready")
            case _:
                pass

    def _took_over(self, record: Record, first: Advert) -> None:
        killed = record.mark(MarkKind.KILLED)
        returned = record.mark(MarkKind.RETURNED)
        if killed and not returned:
            last, _ = takeover(record, killed.at, killed.director)
            if last is not None:
                measured = (first.at - last.at) / SECOND_NS
                expected = last.master_down_ns(first.priority) / SECOND_NS
                text = f"{first.director} takes over {measured:.3f} s after {killed.director}'s last advert"
                self._note(record, first.at, f"{text} (Master_Down_Interval: {expected:.3f} s)", GREEN)
                return
        self._note(record, first.at, f"{first.director} takes over, priority {first.priority}", GREEN)

    def _note(self, record: Record, at: int, text: str, code: str = BOLD) -> None:
        self.say(self.paint(f"{(at - record.began_at) / SECOND_NS:6.1f}  >>> {text}", code))

    # ------------------------------------------------------------------ at the end

    def summary(self, record: Record, summary: Summary) -> None:
        self.say()
        self.say(self.paint("Summary", BOLD))
        daemons = ", ".join(f"{name}: {program}" for name, program in record.daemons.items())
        rows = [("directors", daemons)]
        if summary.takeover_ns is not None and summary.master_down_ns is not None:
            over = (summary.takeover_ns - summary.master_down_ns) / 1e6
            protocol = f"Master_Down_Interval {summary.master_down_ns / 1e9:.3f} s, {over:+.1f} ms"
            rows.append(("takeover", f"{summary.takeover_ns / 1e9:.3f} s ({protocol})"))
        if summary.outage_ns is not None:
            rows.append(("outage seen by the client", f"{summary.outage_ns / 1e9:.3f} s"))
        if summary.return_outage_ns is not None:
            longest = f"{summary.return_outage_ns / 1e6:.0f} ms between two answers"
            rows.append((f"while {summary.old_master} returned", longest))
        for label, text in rows:
            self.say(f"  {label:<28}{text}")
        self.say()
        servers = [*record.servers, "lost"]
        self.say(self.paint("  requests" + " " * 10 + "".join(f"{name:>8}" for name in servers), BOLD))
        for phase in summary.phases:
            counts = "".join(f"{phase.served.get(name, 0):>8}" for name in servers)
            self.say(f"  {phase.name:<10}{phase.seconds:6.1f} s{counts}")
        self.say()
        for finding in summary.findings:
            sign = self.paint("ok  ", GREEN) if finding.ok else self.paint("FAIL", RED)
            self.say(f"  {sign}  {finding.text}")
