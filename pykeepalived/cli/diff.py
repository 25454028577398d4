"""``pykeepalived diff``: what a reload would change, and what that means, before it is done."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pykeepalived.cli.asking import NoAnswerError, add_pid_option, ask
from pykeepalived.cli.diff_text import text_of

EXIT_NO_CHANGE, EXIT_ERROR, EXIT_CHANGES = 0, 1, 2
PATIENCE_S = 60.0
"""The daemon reads and plans a file meanwhile; a large one takes seconds, as it does in a reload."""
_STATUS = {"no-change": EXIT_NO_CHANGE, "refused": EXIT_ERROR, "changes": EXIT_CHANGES}


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="pykeepalived diff",
        description="Ask the running daemon what a reload (SIGHUP) would change; nothing is changed. With\n"
        "two files, compare them without a daemon. The exit status is 0 when a reload would change nothing,\n"
        "2 when it would, 1 when it would be refused or cannot be told.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", metavar="OLD NEW", help="two files to compare, without a daemon")
    parser.add_argument(
        "-f",
        "--use-file",
        metavar="FILE",
        help="reload with this file (default: the daemon's own, as it is now)",
    )
    parser.add_argument(
        "-i", "--config-id", default=None, help="what @ID lines are compared with (two files)"
    )
    add_pid_option(parser)
    parser.add_argument(
        "--json", action="store_true", help="the whole document, for programs (docs/daemon.md)"
    )
    options = parser.parse_args(argv)
    if options.files and (len(options.files) != 2 or options.use_file or options.pid):
        parser.error("either OLD NEW, or -f FILE for the running daemon")
    try:
        document = _compare(*options.files, config_id=options.config_id) if options.files else _ask(options)
    except NoAnswerError as problem:
        print(f"pykeepalived diff: {problem}", file=sys.stderr)
        return EXIT_ERROR
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        sys.stdout.write(text_of(document))
    return _STATUS[document["result"]]


def _ask(options: argparse.Namespace) -> dict[str, Any]:
    arguments: dict[str, object] = {}
    if options.use_file:
        arguments["file"] = str(Path(options.use_file).absolute())
    return ask(options.pid, "diff", arguments, PATIENCE_S)


def _compare(old: str, new: str, *, config_id: str | None) -> dict[str, Any]:
    """Two files, planned as a daemon on this host would."""
    from pykeepalived.cli.daemonhost import DaemonHost
    from pykeepalived.cli.files import FileLoader
    from pykeepalived.daemon.configured import UnusableConfigurationError
    from pykeepalived.daemon.plans import configure
    from pykeepalived.daemon.preview_document import document, unusable
    from pykeepalived.daemon.reload_preview import preview
    from pykeepalived.daemon.settings import DaemonSettings

    host = DaemonHost()
    try:
        before = configure(DaemonSettings(config_file=old, config_id=config_id), FileLoader(), host)
    except UnusableConfigurationError as problem:
        raise NoAnswerError(f"{old}: {problem}") from problem
    try:
        after = configure(DaemonSettings(config_file=new, config_id=config_id), FileLoader(), host)
    except UnusableConfigurationError as problem:
        return unusable(str(problem), old, new)
    return document(preview(before, after), old, new)
