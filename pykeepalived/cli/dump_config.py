"""``pykeepalived dump-config``: print the effective configuration, canonical or as JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pykeepalived.base.diagnostic import Severity
from pykeepalived.cli.config_test import DEFAULT_FILE
from pykeepalived.cli.describing import summary
from pykeepalived.cli.files import FileLoader
from pykeepalived.config.dump import dump, dump_json
from pykeepalived.config.load import load
from pykeepalived.syntax.lines import encode

SHOWN = 5
"""Errors of the file that are named; the rest is for ``lint``."""


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="pykeepalived dump-config", description=summary(__doc__))
    parser.add_argument(
        "file", nargs="?", default=DEFAULT_FILE, metavar="FILE", help="(default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON instead of keepalived.conf")
    parser.add_argument("--no-defaults", action="store_true", help="leave out what the file does not say")
    parser.add_argument("--config-id", default="", help="what @ID lines are compared with")
    options = parser.parse_args(argv)
    loaded = load(options.file, FileLoader(), config_id=options.config_id, running=True)
    if not any(error.severity is Severity.FATAL for error in loaded.errors):
        whole = not options.no_defaults
        text = dump_json(loaded.config) if options.json else dump(loaded.config, defaults=whole)
        # Bytes of the file that are no UTF-8 leave as they came.
        sys.stdout.buffer.write(encode(text))
        sys.stdout.buffer.flush()
    if loaded.errors:
        for error in loaded.errors[:SHOWN]:
            print(error, file=sys.stderr)
        if len(loaded.errors) > SHOWN:
            print(f"and {len(loaded.errors) - SHOWN} more errors; see pykeepalived lint", file=sys.stderr)
        return 1
    return 0
