"""Servers and their connections as the daemon tells them: for ``drain`` and ``undrain``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from pykeepalived.cli.asking import NoAnswerError, ask
from pykeepalived.ipc.draining import LoadReport


@dataclass(frozen=True, slots=True)
class Load(LoadReport):
    """One real server of a virtual service, as the daemon answered."""

    def is_empty(self, *, inactive_too: bool) -> bool:
        """No connection would be lost if the server ended now.  Unknown counts are no."""
        if self.active is None or self.inactive is None or self.persistent is None:
            return False
        inactive_too = inactive_too or self.datagrams
        return not (self.active or (inactive_too and self.inactive) or (self.sticks and self.persistent))


def loads(pid_file: str | None, command: str, arguments: dict[str, object]) -> list[Load]:
    """Ask the daemon; NoAnswerError with what it says against it."""
    document = ask(pid_file, command, {name: value for name, value in arguments.items() if value is not None})
    try:
        return [_load(one) for one in document["servers"]]
    except (KeyError, TypeError) as problem:
        raise NoAnswerError(f"the daemon is of another version: its answer lacks {problem}") from problem


def _load(one: dict[str, Any]) -> Load:
    return Load(**{field.name: one[field.name] for field in fields(Load)})


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Which server, and in which virtual servers."""
    parser.add_argument(
        "server",
        nargs="?",
        metavar="SERVER",
        help="ADDRESS:PORT, [ADDRESS]:PORT, or ADDRESS for every port",
    )
    parser.add_argument(
        "--service",
        metavar="VS",
        help="only in this virtual server (ADDRESS:PORT, ADDRESS, 'fwmark N', or the name of a group);"
        " default: in all that have the server",
    )


LONGEST_S = 86400


def seconds(text: str) -> float:
    """A duration of a day at most."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"'{text}' is not 0 to {LONGEST_S} seconds")
    return value


HEADINGS = ("virtual server", "server", "state", "weight", "active", "inactive", "persistent")


def table(servers: Sequence[Load]) -> str:
    """The servers in columns, one a line."""
    rows = [HEADINGS, *(_row(one) for one in servers)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "".join(
        "  ".join(
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        + "\n"
        for row in rows
    )


def _row(one: Load) -> tuple[str, ...]:
    weight = "-" if one.weight is None else str(one.weight)
    if one.weight != one.full_weight:
        weight += f" of {one.full_weight}"
    counts = (one.active, one.inactive, one.persistent)
    return (one.service, one.server, state(one), weight, *("?" if n is None else str(n) for n in counts))


def state(one: Load) -> str:
    """How it is, in a word or two."""
    words = ["up" if one.up else "down"]
    if one.drained:
        words.append("drained")
    elif one.up and one.weight is not None and 0 < one.weight < one.full_weight:
        words.append("starting slowly")
    if not one.present:
        words.append("not served here")
    return ", ".join(words)


def hints(servers: Sequence[Load]) -> list[str]:
    """What whoever drains these should know."""
    found = []
    away = sorted({one.service for one in servers if not one.present})
    if away:
        found.append(
            f"this director does not serve {', '.join(away)} now (its instance is not Master): connections"
            " are counted on the Master; drain there too"
        )
    elif servers:
        found.append("another director of the same services does not know of it: drain there too")
    sticky = sorted({one.service for one in servers if one.sticks})
    if sticky:
        found.append(
            f"persistence of {', '.join(sticky)} goes on sending known clients there until their templates"
            " expire; net.ipv4.vs.expire_quiescent_template=1 ends that (docs/ipvs.md)"
        )
    return found
