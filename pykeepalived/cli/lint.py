"""``pykeepalived lint``: what is wrong with configuration files, where, and what to do.

Every finding has a stable code (``pykeepalived explain CODE``) and, where it can be mended mechanically, a
fix.  Questions about this machine (does the interface exist, the user, the script) are asked only with
``--host``; what routers of one group must agree on only with ``--pair``.  Settings come from
``.pykeepalived.toml`` (table ``lint``) or ``pyproject.toml`` (table ``tool.pykeepalived.lint``) here or
above.

Exit status: 0 nothing as grave as --fail-on (a warning), 1 findings, 2 usage or a file that can't be read.
"""

from __future__ import annotations

import argparse
import difflib
import fnmatch
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pykeepalived import __version__
from pykeepalived.base.errors import UsageError
from pykeepalived.cli.config_test import DEFAULT_FILE
from pykeepalived.cli.describing import summary
from pykeepalived.cli.lintfiles import (
    STDIN,
    OverlayLoader,
    find_settings,
    read_stdin,
    wanted_files,
)
from pykeepalived.cli.rewriting import rewrite
from pykeepalived.config.host import Host
from pykeepalived.config.load import load
from pykeepalived.lint.baseline import read_baseline, write_baseline
from pykeepalived.lint.engine import Result, Selection, lint
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.fixes import apply_fixes
from pykeepalived.lint.reports import FORMATS, Report, render
from pykeepalived.lint.settings import FAIL_ON, SEVERITIES, TARGETS, Settings, check_codes
from pykeepalived.lint.subject import Subject, Version
from pykeepalived.syntax.lines import encode

MOST_ROUNDS = 20
"""Rounds of fixing: a fix can uncover another finding; a pair of fixes that undo each other must end."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command line with the settings file worked in."""

    files: tuple[tuple[str, str], ...]
    """(path, configuration id) of each configuration."""
    listed: frozenset[str]
    selection: Selection
    host: Host | None
    target: Version
    pair: bool
    unsafe: bool
    settings: Settings
    baseline: frozenset[str]


def run(argv: Sequence[str]) -> int:
    options = _parser().parse_args(argv)
    try:
        return _run(options)
    except UsageError as error:
        print(f"pykeepalived lint: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read the output has had enough; do not complain again when the stream is closed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.filename is None:  # standard output: whoever called us says it
            raise
        print(f"pykeepalived lint: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    settings = Settings() if options.isolated else find_settings(Path.cwd(), options.config)
    job = _job(options, settings)
    loader = OverlayLoader()
    if any(path == STDIN for path, _ in job.files):
        loader.texts[STDIN] = read_stdin()
    result, texts = _check(job, loader)
    if options.write_baseline:
        Path(options.write_baseline).write_text(write_baseline(result.findings), encoding="utf-8")
        print(f"{len(result.findings)} findings written to {options.write_baseline}", file=sys.stderr)
        return 0
    if options.fix or options.diff:
        before = texts
        result, texts, mended = _mend(job, loader, result, texts)
        changed = {file: text for file, text in loader.texts.items() if before.get(file) != text}
        if options.diff:
            _print(_diff(before, changed))
            return 1 if changed else 0
        for file, text in changed.items():
            if file != STDIN:
                _write(file, text)
        if mended:
            print(f"{mended} findings mended", file=sys.stderr)
        if STDIN in texts:  # a filter: the mended text instead of a report
            _print(texts[STDIN])
            return _status(options, settings, result)
    shape = options.format or settings.format or "text"
    if shape not in FORMATS:
        raise UsageError(f"format {shape!r} is not known; allowed is {', '.join(FORMATS)}")
    text = render(shape, Report(result, texts, _color(options.color), __version__))
    if options.output_file:
        Path(options.output_file).write_text(_printable(text), encoding="utf-8")
    else:
        _print(text)
    return _status(options, settings, result)


def _status(options: argparse.Namespace, settings: Settings, result: Result) -> int:
    limit = FAIL_ON[options.fail_on or settings.fail_on or "warning"]
    worst = result.worst()
    return 1 if worst is not None and limit is not None and worst >= limit else 0


# ------------------------------------------------------------------------------------ command line
def _parser() -> argparse.ArgumentParser:
    epilog = (__doc__ or "").partition("\n\n")[2].replace("``", "")
    parser = argparse.ArgumentParser(
        prog="pykeepalived lint",
        description=summary(__doc__),
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "paths", nargs="*", default=[DEFAULT_FILE], metavar="PATH",
        help=f"files, directories (their *.conf), - for standard input; {DEFAULT_FILE} when none is named",
    )  # fmt: skip
    add("--pair", action="store_true", help="the files are routers of one group: also check them together")
    add("--format", choices=FORMATS, help="output format, text by default")
    add("--output-file", metavar="FILE", help="write the report there")
    add("--color", choices=("auto", "always", "never"), default="auto", help="colours; NO_COLOR is honoured")
    add(
        "--fail-on",
        choices=FAIL_ON,
        help="exit with 1 for findings as grave as this or graver (default: warning)",
    )
    add("--select", action="append", metavar="CODES", help="only these codes, prefixes (PK4) or names")
    add("--ignore", action="append", metavar="CODES", help="not these")
    add("--min-severity", choices=SEVERITIES, help="leave out what matters less")
    add("--target", choices=TARGETS, help="the keepalived version the files are for")
    add("--host", action="store_true", help="also ask this machine: interfaces, users, scripts")
    add(
        "--config-id", action="append", metavar="ID",
        help="what @ID lines are compared with; with --pair once per router",
    )  # fmt: skip
    add("--baseline", metavar="FILE", help="leave out the findings recorded there")
    add("--write-baseline", metavar="FILE", help="record all findings there and exit 0")
    add("--fix", action="store_true", help="mend what can be mended without changing the meaning")
    add("--unsafe-fixes", action="store_true", help="with --fix or --diff: also what may change the meaning")
    add("--diff", action="store_true", help="show what --fix would change; exit 1 when there is something")
    add("--config", metavar="FILE", help="settings file instead of the nearest one")
    add("--isolated", action="store_true", help="no settings file")
    return parser


def _codes(given: list[str] | None) -> tuple[str, ...]:
    codes = tuple(code.strip() for item in given or () for code in item.split(",") if code.strip())
    check_codes(codes, "command line")
    return codes


def _job(options: argparse.Namespace, settings: Settings) -> Job:
    select, ignore = _codes(options.select), _codes(options.ignore)
    severity = options.min_severity or settings.min_severity
    selection = Selection(
        select or settings.select,
        (*settings.ignore, *ignore),
        SEVERITIES[severity] if severity else Selection().min_severity,
    )
    ids = options.config_id or ([settings.config_id] if settings.config_id else [""])
    paths, listed = wanted_files(options.paths, settings.exclude)
    if options.pair:
        files = _routers(paths, ids)
    elif len(ids) > 1:
        raise UsageError("several --config-id are for --pair")
    else:
        files = [(path, ids[0]) for path in paths]
    baseline = options.baseline
    if baseline is None and settings.baseline:
        baseline = str(Path(settings.directory, settings.baseline))
    host: Host | None = None
    if options.host or settings.host:
        from pykeepalived.cli.host import RealHost

        host = RealHost()
    target = TARGETS[options.target or settings.target or max(TARGETS)]
    known = _baseline(baseline) if baseline else frozenset()
    return Job(
        tuple(files), listed, selection, host, target, options.pair, options.unsafe_fixes, settings, known
    )


def _routers(paths: list[str], ids: list[str]) -> list[tuple[str, str]]:
    """The routers of a group: several files, or one file that has lines for several configuration ids."""
    if len(paths) == 1 and len(ids) > 1:
        return [(paths[0], one) for one in ids]
    if len(paths) < 2:
        raise UsageError(
            "--pair wants the files of at least two routers, or one file and several --config-id"
        )
    if len(ids) == 1:
        return [(path, ids[0]) for path in paths]
    if len(ids) != len(paths):
        raise UsageError(f"--pair: {len(paths)} files and {len(ids)} --config-id")
    return list(zip(paths, ids, strict=True))


def _baseline(path: str) -> frozenset[str]:
    try:
        return read_baseline(Path(path).read_text(encoding="utf-8", errors="replace"), path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


# ------------------------------------------------------------------------------------ work
def _check(job: Job, loader: OverlayLoader) -> tuple[Result, dict[str, str]]:
    """Read and lint everything; also the texts of all files."""
    subjects = [_subject(path, config_id, job, loader) for path, config_id in job.files]
    included = {item.file for subject in subjects for item in subject.document.inclusions}
    # What a directory brought and another file includes is a part, not a configuration of its own.
    subjects = [s for s in subjects if s.path not in job.listed or s.path not in included]
    result = lint(subjects, job.selection, pair=job.pair, baseline=job.baseline)
    texts = {name: text for subject in subjects for name, text in subject.texts.items()}
    return replace(result, findings=tuple(_not_excepted(job, result))), texts


def _subject(path: str, config_id: str, job: Job, loader: OverlayLoader) -> Subject:
    loaded = load(path, loader, host=job.host, config_id=config_id)
    return Subject.of(path, loaded, host=job.host, target=job.target)


def _not_excepted(job: Job, result: Result) -> list[Finding]:
    """Without what the settings file excepts for some files."""
    exceptions = job.settings.per_file_ignores
    if not exceptions:
        return list(result.findings)

    def excepted(finding: Finding) -> bool:
        file = os.path.relpath(finding.file, job.settings.directory or ".")
        return any(
            not Selection(ignore=codes).wants(finding.code, finding.name)
            for pattern, codes in exceptions
            if fnmatch.fnmatch(file, pattern) or fnmatch.fnmatch(Path(file).name, pattern)
        )

    return [finding for finding in result.findings if not excepted(finding)]


def _mend(
    job: Job, loader: OverlayLoader, result: Result, texts: dict[str, str]
) -> tuple[Result, dict[str, str], int]:
    """Apply fixes until there are none left; the changed texts end up in ``loader``."""
    mended = 0
    for _ in range(MOST_ROUNDS):
        fixed = apply_fixes(result.findings, texts, unsafe=job.unsafe)
        if not fixed.applied:
            break
        mended += len(fixed.applied)
        loader.texts.update(fixed.texts)
        result, texts = _check(job, loader)
    return result, texts, mended


def _write(file: str, text: str) -> None:
    try:
        rewrite(file, encode(text))
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error


def _diff(before: dict[str, str], changed: dict[str, str]) -> str:
    out: list[str] = []
    for file, text in changed.items():
        old = before.get(file, "").split("\n")
        for line in difflib.unified_diff(old, text.split("\n"), f"a/{file}", f"b/{file}", lineterm=""):
            out.append(line + "\n")
    return "".join(out)


# ------------------------------------------------------------------------------------ output
def _color(choice: str) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def _printable(text: str) -> str:
    """Bytes that are no UTF-8 shown as replacement characters."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(_printable(text).encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()
