"""``pykeepalived undrain``: let a drained real server take new connections again, slowly if wanted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from pykeepalived.cli.asking import NoAnswerError, add_pid_option
from pykeepalived.cli.serverload import Load, add_server_options, loads, seconds, table


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="pykeepalived undrain",
        description="Let a drained real server take new connections again. With --slow-start its weight rises"
        " from 1 to the configured one in steps; the daemon does that, this command does not wait for it.",
    )
    add_server_options(parser)
    parser.add_argument(
        "--slow-start",
        type=seconds,
        metavar="S",
        help="reach the full weight after S seconds (default: slow_start of the virtual server, 0 without)",
    )
    parser.add_argument("--json", action="store_true", help="the servers as JSON")
    add_pid_option(parser)
    options = parser.parse_args(argv)
    if options.server is None:
        parser.error("which SERVER? `pykeepalived drain --list` shows them")
    try:
        servers = loads(
            options.pid,
            "undrain",
            {"server": options.server, "service": options.service, "slow_start_s": options.slow_start},
        )
    except NoAnswerError as problem:
        print(f"pykeepalived undrain: {problem}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"servers": [asdict(one) for one in servers]}, indent=2))
        return 0
    for note in _notes(servers, options.slow_start):
        print(f"note: {note}", file=sys.stderr)
    sys.stdout.write(table(servers))
    return 0


def _notes(servers: Sequence[Load], slow_start_s: float | None) -> list[str]:
    notes = [
        f"{one.server} is down: it gets connections when its checks succeed" for one in servers if not one.up
    ]
    low = sorted({one.server for one in servers if one.full_weight <= 1})
    if slow_start_s and low:
        notes.append(
            f"{', '.join(low)}: a weight of 1 or 0 leaves no steps for a slow start; give all servers"
            " weights like 100"
        )
    return notes
