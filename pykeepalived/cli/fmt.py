"""``pykeepalived fmt``: configuration files in canonical layout, comments kept, meaning unchanged."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.cli.rewriting import rewrite
from pykeepalived.syntax.format import Formatted, format_text
from pykeepalived.syntax.lines import decode, encode

EXIT_OK, EXIT_CHANGED, EXIT_FAILED = 0, 1, 2
STANDARD_INPUT = "-"


def run(argv: Sequence[str]) -> int:
    """Exit status: 0 done or nothing to do, 1 ``--check`` or ``--diff`` found changes, 2 refused."""
    options = _parser().parse_args(argv)
    status = EXIT_OK
    for path in options.paths:
        status = max(status, _format(path, check=options.check, diff=options.diff))
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pykeepalived fmt",
        description="Write configuration files in canonical layout; '-' reads standard input and prints.",
    )
    parser.add_argument("--check", action="store_true", help="change nothing, name files that would change")
    parser.add_argument("--diff", action="store_true", help="change nothing, show what would change")
    parser.add_argument("paths", nargs="+", metavar="FILE", help="file to format in place, or '-'")
    return parser


def _format(path: str, *, check: bool, diff: bool) -> int:
    piped = path == STANDARD_INPUT
    name = "<stdin>" if piped else path
    try:
        data = sys.stdin.buffer.read() if piped else Path(path).read_bytes()
    except OSError as error:
        print(f"{path}: {error.strerror or error}", file=sys.stderr)
        return EXIT_FAILED
    text = decode(data)
    result: Formatted = format_text(text, name)
    if result.text is None:
        for each in result.diagnostics:
            _complain(each)
        return EXIT_FAILED
    changed = result.text != text
    if diff:
        lines = difflib.unified_diff(
            text.splitlines(keepends=True), result.text.splitlines(keepends=True), name, f"{name} (formatted)"
        )
        _write("".join(line if line.endswith("\n") else line + "\n" for line in lines))
    elif check and changed:
        print(f"{name}: would be reformatted")
    if check or diff:
        return EXIT_CHANGED if changed else EXIT_OK
    if piped:
        _write(result.text)
    elif changed:
        try:
            rewrite(path, encode(result.text))
        except OSError as error:
            print(f"{path} is not reformatted: {error.strerror or error}", file=sys.stderr)
            return EXIT_FAILED
        print(f"{name}: reformatted", file=sys.stderr)
    return EXIT_OK


def _complain(diagnostic: Diagnostic) -> None:
    print(diagnostic, file=sys.stderr)


def _write(text: str) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(encode(text))
    sys.stdout.buffer.flush()
