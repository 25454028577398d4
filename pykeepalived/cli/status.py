"""``pykeepalived status``: what the running daemon does now, and what needs attention."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pykeepalived.cli.asking import NoAnswerError, add_pid_option, ask_with_pid
from pykeepalived.cli.describing import summary
from pykeepalived.cli.rewriting import publish
from pykeepalived.cli.status_kernel import held_addresses, note_held
from pykeepalived.cli.status_metrics import metrics, unreachable
from pykeepalived.cli.status_text import in_full, overview
from pykeepalived.cli.status_words import printable

SHORTEST_INTERVAL_S = 0.2
"""However short an interval is asked for: the daemon has other things to do."""


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="pykeepalived status", description=summary(__doc__))
    parser.add_argument("instances", nargs="*", metavar="INSTANCE", help="everything about these instances")
    add_pid_option(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the whole document, for programs (docs/status.md)")
    form.add_argument(
        "--metrics", action="store_true", help="metrics in Prometheus' text format (docs/status.md)"
    )
    form.add_argument("-w", "--watch", action="store_true", help="again and again until interrupted")
    parser.add_argument(
        "-n", "--interval", type=float, default=1.0, metavar="SECONDS", help="of --watch (default 1)"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="replace this file at once instead of printing, for all to read",
    )
    options = parser.parse_args(argv)
    if options.watch:
        if options.output:
            parser.error("--output goes with everything but --watch")
        return _watch(options)
    try:
        text, status = _text(options), 0
    except NoAnswerError as problem:
        print(f"pykeepalived status: {problem}", file=sys.stderr)
        text, status = unreachable() if options.metrics else "", 1
    if options.output and text:
        publish(options.output, text.encode())
    else:
        sys.stdout.write(text)
    return status


def document_of(pid_file: str | None) -> dict[str, Any]:
    """The daemon's status document, with what the kernel has of its addresses."""
    document, pid = ask_with_pid(pid_file, "status")
    note_held(document, held_addresses(pid))
    return document


def no_such_instance(name: str, document: dict[str, Any]) -> str:
    """What to say of a name that no instance has."""
    known = [one["name"] for one in (*document["instances"], *document["sync_groups"])]
    near = get_close_matches(name, known, 3) or [each for each in known if each.lower() == name.lower()]
    if near:
        return f"no instance {name}; did you mean {', '.join(near)}?"
    if silent := document["daemon"]["silent"]:
        return f"nothing is known of {name}: {', '.join(silent)} does not answer"
    if not known:
        return f"no instance {name}: the daemon of {document['daemon']['pid_file']} has none at all"
    more = f" and {len(known) - 10} more" if len(known) > 10 else ""
    return f"no instance {name}; there are {', '.join(known[:10])}{more}"


def _text(options: argparse.Namespace) -> str:
    document = document_of(options.pid)
    by_name = {one["name"]: one for one in document["instances"]}
    for name in options.instances:
        if name not in by_name:
            raise NoAnswerError(no_such_instance(name, document))
    if options.json:
        if options.instances:
            document["instances"] = [by_name[name] for name in options.instances]
        return json.dumps(document, indent=2) + "\n"
    if options.metrics:
        return metrics(document)
    if options.instances:
        return printable("\n".join(in_full(by_name[name]) for name in options.instances))
    return printable(overview(document, noted_first=options.watch))


def on_screen(page: str, columns: int, rows: int) -> str:
    """What draws a page over the one before, without flicker, cut to the size of the terminal."""
    lines = [line[:columns] for line in page.splitlines()]
    if len(lines) >= rows:
        lines = [*lines[: rows - 2], f"... and {len(lines) - rows + 2} more lines"[:columns]]
    return "\033[H" + "".join(f"{line}\033[K\n" for line in lines) + "\033[J"


def _watch(options: argparse.Namespace) -> int:
    """Redraw until Ctrl-C.  A daemon that is restarted meanwhile is waited for."""
    interval = max(SHORTEST_INTERVAL_S, options.interval)
    screen = sys.stdout.isatty()
    try:
        while True:
            started = time.monotonic()
            try:
                text = _text(options)
            except NoAnswerError as problem:
                text = f"{problem}\n"
            page = f"{time.strftime('%H:%M:%S')}, every {interval:g} s, Ctrl-C ends\n\n{text}"
            sys.stdout.write(on_screen(page, *shutil.get_terminal_size()) if screen else f"{page}\n")
            sys.stdout.flush()
            time.sleep(max(0.0, interval - (time.monotonic() - started)))
    except KeyboardInterrupt:
        sys.stdout.write("\n")
        return 0
