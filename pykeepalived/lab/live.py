"""The lab's running commentary on a terminal: a line a second, and a line for each thing that happens."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from typing import TextIO

from pykeepalived.lab import outcome
from pykeepalived.lab.outcome import Finding
from pykeepalived.lab.stage import Seen
from pykeepalived.lab.timeline import (
    DEEDS,
    REPAIRS,
    SECOND_NS,
    Advert,
    Mark,
    MarkKind,
    Record,
    State,
    StateChange,
    shares,
)

BOLD, DIM, RED, GREEN, YELLOW, RESET = "1", "2", "31", "32", "33", "0"
WIDTH = 100
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

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colour = wants_colour(self._stream)
        self._sending: set[str] = set()
        self._fell_silent: dict[str, int] = {}
        """When a director stopped being Master: what it sent before may be reported after."""
        self._rows = 0
        self._counted = (0, 0)
        self._was_ready = False
        """Whether the whole site has answered once: what fails before is not the daemons' doing."""

    def paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    def say(self, text: str = "") -> None:
        print(text, file=self._stream, flush=True)

    # ------------------------------------------------------------------ every second

    def row(self, record: Record) -> None:
        if self._rows == 0:
            self._legend(record)
        if self._rows % 20 == 0:
            self._header(record)
        self._rows += 1
        adverts, asked = self._counted
        self._counted = len(record.adverts), len(record.asked)
        served = shares(record.asked[asked:])
        lost = served.get("lost", 0)
        owners = record.owners()
        cells = [f"{(time.monotonic_ns() - record.began_at) / SECOND_NS:6.1f}"]
        for director in record.directors:
            state = record.state(director)
            cells.append(self.paint(f"{state.upper():<8}", STATE_COLOUR[state]))
        cells.append(f"{'+'.join(owners) or '-':^5}")
        cells.append(f"{len(record.adverts) - adverts:>7}")
        cells += [f"{served.get(server, 0) or '.':>5}" for server in record.servers]
        if record.targets:
            early = lost and not self._was_ready
            cells.append(
                self.paint(f"{f'({lost})' if early else lost or '.':>5}", RED if lost and not early else DIM)
            )
        self.say("  ".join(cells))

    def _legend(self, record: Record) -> None:
        """What the columns are."""
        words = [
            "One line a second.",
            "node: what that director is.",
            f"VIP: who holds {record.vip}." if record.vip else "",
            "adverts: VRRP packets sent.",
        ]
        if record.targets:
            servers = ", ".join(record.servers)
            words += [
                f"{servers}: requests answered there." if servers else "",
                "lost: requests without an answer;",
            ]
            words += ["in brackets while the site comes up."]
        text = " ".join(filter(None, words))
        for line in textwrap.wrap(text, WIDTH):
            self.say(self.paint(line, DIM))

    def _header(self, record: Record) -> None:
        names = [f"{'node ' + director:<8}" for director in record.directors]
        cells = ["  time", *names, f"{'VIP':^5}", "adverts", *(f"{s:>5}" for s in record.servers)]
        cells += [" lost"] if record.targets else []
        self.say(self.paint("  ".join(cells), BOLD))

    # ------------------------------------------------------------------ as it happens

    def event(self, record: Record, event: Seen | Mark) -> None:
        match event:
            case Advert(director=director) if event.at <= self._fell_silent.get(director, -1):
                pass
            case Advert(director=director) if event.priority:
                if director not in self._sending:
                    self._begins(record, event)
            case Advert(director=director):
                if director in self._sending:  # once, however many instances say it
                    self._note(record, event.at, f"{director} says good-bye with priority 0", YELLOW)
                self._silent(director, event.at)
            case StateChange(director=director) if record.state(director) is not State.MASTER:
                self._silent(director, event.at)
            case Mark(kind=kind) if kind in DEEDS:
                hue = YELLOW if kind in REPAIRS else RED
                more = f" ({event.text})" if event.text else ""
                self._note(record, event.at, f"{event.label}{more}", hue + ";" + BOLD)
            case Mark(kind=MarkKind.READY):
                self._was_ready = True
                self._note(record, event.at, "every server answers: ready")
            case _:
                pass

    def _silent(self, director: str, at: int) -> None:
        self._sending.discard(director)
        self._fell_silent[director] = at

    def _begins(self, record: Record, first: Advert) -> None:
        """The first advert of somebody who was silent."""
        others = self._sending - {first.director}
        self._sending.add(first.director)
        deeds = [mark for mark in record.marks if mark.kind in DEEDS]
        found = outcome.takeover(record, deeds[-1], first.at + 1) if deeds else None
        who = f"{first.director} is Master: priority {first.priority}"
        if found is not None and found.first_at == first.at and found.prescribed_ns is not None:
            took, prescribed = found.took_ns / SECOND_NS, found.prescribed_ns / SECOND_NS
            who = (
                f"{found.new} takes over {took:.3f} s after {found.old}'s last advert "
                f"({found.rule}: {prescribed:.3f} s)"
            )
        elif others:
            who = f"{first.director} takes over, priority {first.priority}"
        self._note(record, first.at, who, GREEN)

    def finding(self, record: Record, finding: Finding) -> None:
        sign = "held:" if finding.ok else "FAILED:"
        self._note(record, finding.at, f"{sign} {finding.text}", GREEN if finding.ok else RED)

    def _note(self, record: Record, at: int, text: str, code: str = BOLD) -> None:
        self.say(self.paint(f"{(at - record.began_at) / SECOND_NS:6.1f}  >>> {text}", code))

    # ------------------------------------------------------------------ at the end

    def summary(self, result: outcome.Outcome) -> None:
        record = result.record
        self.say()
        self.say(self.paint("Summary", BOLD))
        daemons = ", ".join(f"{name}: {program}" for name, program in record.daemons.items())
        self.say(f"  {'directors':<28}{daemons}")
        for event in result.events:
            found = event.takeover
            if found is None or found.late_ns is None or found.prescribed_ns is None:
                continue
            protocol = f"{found.rule} {found.prescribed_ns / 1e9:.3f} s, {found.late_ns / 1e6:+.1f} ms"
            self.say(f"  {f'takeover by {found.new}':<28}{found.took_ns / 1e9:.3f} s ({protocol})")
        self.say()
        servers = [*record.servers, "lost"] if record.targets else []
        head = (
            f"  {'event':<34}{'at':>8}{'owner':>10}{'outage':>10}" if servers else f"  {'event':<34}{'at':>8}"
        )
        self.say(self.paint(head + "".join(f"{name:>8}" for name in servers), BOLD))
        for event in result.events:
            at = (event.mark.at - record.began_at) / SECOND_NS
            owner = "+".join(event.owners_after) or "-"
            cells = f"  {event.mark.label:<34}{at:6.1f} s{owner:>10}"
            if servers:
                cells += f"{event.outage_ns / 1e9:8.3f} s"
                cells += "".join(f"{event.served.get(name, 0):>8}" for name in servers)
            self.say(cells)
        self.say()
        for finding in result.findings:
            sign = self.paint("ok  ", GREEN) if finding.ok else self.paint("FAIL", RED)
            self.say(f"  {sign}  {finding.text}")
