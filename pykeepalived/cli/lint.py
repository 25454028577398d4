"""``pykeepalived lint``: what is wrong with configuration files, where, and what to do.

The same findings as ``-t`` in readable form (source line, caret, consequence, hint), keywords that are
accepted
but not yet acted on, and the rules of :mod:`pykeepalived.lint`.  Questions about this machine (does the
interface
exist, the user, the script) are asked only with ``--host``.

Exit status: 0 nothing graver than a notice, 1 findings, 2 usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pykeepalived.base.diagnostic import Severity
from pykeepalived.cli.config_test import DEFAULT_FILE
from pykeepalived.cli.files import FileLoader
from pykeepalived.cli.host import RealHost
from pykeepalived.config import load
from pykeepalived.lint.engine import Selection, lint
from pykeepalived.lint.reports import text_report
from pykeepalived.lint.reports.report import Report
from pykeepalived.lint.subject import Subject


def run(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="pykeepalived lint", description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*", default=[DEFAULT_FILE], metavar="FILE")
    parser.add_argument(
        "--host", action="store_true", help="also ask this machine: interfaces, users, scripts"
    )
    parser.add_argument("--config-id", default="", help="what @ID lines are compared with")
    options = parser.parse_args(argv)

    missing = [path for path in options.files if not Path(path).exists()]
    for path in missing:
        print(f"pykeepalived lint: {path} does not exist", file=sys.stderr)
    if missing:
        return 2
    host = RealHost() if options.host else None
    subjects = [_subject(path, options.config_id, host) for path in options.files]
    result = lint(subjects, Selection())
    texts = {name: text for subject in subjects for name, text in subject.texts.items()}
    sys.stdout.write(text_report.render(Report(result, texts, sys.stdout.isatty())))
    worst = result.worst()
    return 1 if worst is not None and worst >= Severity.WARNING else 0


def _subject(path: str, config_id: str, host: RealHost | None) -> Subject:
    loaded = load(path, FileLoader(), host=host, config_id=config_id)
    return Subject(
        path, loaded.document, loaded.config, loaded.diagnostics, dict(loaded.document.sources), host
    )
