"""``pykeepalived sniff``: listen to VRRP on an interface or in a capture file, and say what is wrong."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from pykeepalived.base.errors import UsageError
from pykeepalived.cli.asking import add_pid_option
from pykeepalived.cli.sniff_pace import LINES_PER_SECOND, LinePace
from pykeepalived.cli.sniff_packets import Heard
from pykeepalived.cli.sniff_summary import Summary, findings
from pykeepalived.cli.sniff_text import line, packet_json, report, report_json

EXIT_GOOD, EXIT_PROBLEMS, EXIT_USAGE = 0, 1, 2


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="pykeepalived sniff",
        description="Show each VRRP packet of an interface (until Ctrl-C) or of a pcap or pcapng file, and\n"
        "at the end the virtual routers, their owners, contradictions, and free VRIDs. Beside a running\n"
        "daemon it also tells what arrives at the interface and is dropped before the daemon. The exit\n"
        "status is 0 when nothing wrong was seen, 1 when something was, 2 when nothing could be read.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("-i", "--interface", metavar="IFACE", help="listen there (needs root)")
    where.add_argument("-r", "--read", metavar="FILE", help="read a pcap or pcapng file")
    parser.add_argument("-c", "--count", type=_positive, metavar="N", help="end after so many packets")
    parser.add_argument("-d", "--duration", type=_seconds, metavar="SECONDS", help="end after that time")
    parser.add_argument("-w", "--write", metavar="FILE.pcap", help="keep the packets there")
    parser.add_argument("-q", "--quiet", action="store_true", help="only the summary")
    parser.add_argument(
        "--json", action="store_true", help="a line of JSON per packet, the summary as the last line"
    )
    add_pid_option(parser)
    options = parser.parse_args(argv)
    if options.read and options.duration:
        parser.error("--duration goes with --interface")
    try:
        return _run(options)
    except UsageError as problem:
        print(f"pykeepalived sniff: {problem}", file=sys.stderr)
        return EXIT_USAGE


def _positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{word} is not a number above 0")
    return number


def _seconds(word: str) -> float:
    seconds = float(word)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{word} is not a time above 0")
    return seconds


def _run(options: argparse.Namespace) -> int:
    from pykeepalived.cli.sniff_capture import Writer, file_packets

    summary = Summary()
    writer = Writer(options.write) if options.write else None
    watch = _Watch(options) if options.interface else None
    packets = watch.packets() if watch is not None else file_packets(options.read)
    pace = LinePace() if watch is not None and not options.json else None
    try:
        for heard, data in packets:
            summary.add(heard)
            if writer is not None:
                writer.write(data, heard.frame.at_ns)
            _show(options, heard, pace)
            if options.count and summary.packets >= options.count:
                break
    except KeyboardInterrupt:
        if not options.json:
            print()
    finally:
        if writer is not None:
            writer.close()
    if pace is not None:
        _show_swallowed(pace)
    drops = watch.drops(summary) if watch is not None else []
    if options.json:
        print(json.dumps({"summary": report_json(summary, drops)}))
    else:
        lines = [
            "\n".join([drop["text"], *drop["dropped_by"], *(f"accept it: {one}" for one in drop["accept"])])
            for drop in drops
        ]
        if not options.quiet and summary.packets:
            print()
        sys.stdout.write(report(summary, lines))
    return EXIT_PROBLEMS if drops or any(findings(summary)) else EXIT_GOOD


def _show(options: argparse.Namespace, heard: Heard, pace: LinePace | None) -> None:
    """``pace``: a flood of an interface is for the summary; files and programs get every line."""
    if options.quiet or (pace is not None and not pace.admits(heard.frame.at_ns)):
        return
    if pace is not None:
        _show_swallowed(pace)
    print(json.dumps(packet_json(heard)) if options.json else line(heard), flush=True)


def _show_swallowed(pace: LinePace) -> None:
    swallowed = pace.taken()
    if swallowed:
        print(
            f"... and {swallowed} more packets, of which only {LINES_PER_SECOND} a second are shown",
            flush=True,
        )


class _Watch:
    """An interface, and what the daemon beside us knew before and knows afterwards."""

    def __init__(self, options: argparse.Namespace) -> None:
        from pykeepalived.cli.sniff_capture import LiveSource
        from pykeepalived.cli.sniff_firewall import ask_daemon

        self._options = options
        # Asked first: whatever is heard from now on moves the daemon's numbers afterwards.
        self._before = ask_daemon(options.pid)
        self._source = LiveSource(options.interface)
        if options.pid and self._before is None:
            print(
                f"no daemon with pid file {options.pid} answers in this network namespace; "
                "nothing is compared with its receive ledger",
                file=sys.stderr,
            )

    def packets(self) -> Iterator[tuple[Heard, bytes]]:
        """Until the time is over."""
        duration = self._options.duration
        yield from self._source.heard(None if duration is None else time.monotonic() + duration)

    def drops(self, summary: Summary) -> list[dict[str, Any]]:
        """Who arrives here and not at the daemon, and the commands that let him in."""
        from pykeepalived.cli.sniff_firewall import ask_daemon, chains_of, dropped, ruleset
        from pykeepalived.cli.sniff_rules import culprits

        summary.missed = self._source.missed()
        self._source.close()
        after = ask_daemon(self._options.pid) if self._before is not None else None
        if self._before is None or after is None:
            return []
        found = list(dropped(summary, self._options.interface, self._before, after))
        rules = ruleset() if found else []
        chains = chains_of(rules)
        return [
            {
                "instance": one.instance,
                "interface": one.interface,
                "source": one.source,
                "packets": one.packets,
                "text": one.sentence(),
                "dropped_by": [rule.sentence() for rule in culprits(rules, one.family, one.number)],
                "accept": one.remedies(chains),
            }
            for one in found
        ]
