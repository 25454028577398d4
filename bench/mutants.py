"""The linter beside ``keepalived -t`` on files with one known mistake each.

    python bench/mutants.py [--write] [CORPUS]

Each file of CORPUS/mutants was made from a real one by one change in a known line.  What keepalived 2.4.3
said is recorded beside the files; the linter runs now.  Only what is said about the mutant and not
about the file it was made from counts.  ``--write`` writes docs/linter-vs-keepalived.md, otherwise the page
goes to standard output.
"""

from __future__ import annotations

import argparse
import enum
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pykeepalived.config.load import load  # noqa: E402
from pykeepalived.lint.engine import Selection, lint  # noqa: E402
from pykeepalived.lint.finding import Finding  # noqa: E402
from pykeepalived.lint.subject import Subject  # noqa: E402
from pykeepalived.syntax.source import DictLoader  # noqa: E402

PAGE = ROOT / "docs" / "linter-vs-keepalived.md"
HOST_NAME = "testhost"
NOTHING_WRONG = frozenset({"brace-glued", "brace-next-line", "crlf", "no-final-newline"})
"""Mutations that only change the layout: the right answer is to say nothing new."""


class Aim(enum.IntEnum):
    """How near to the change somebody points."""

    SILENT = 0
    ELSEWHERE = 1
    BLOCK = 2
    """The line beside it, or a block around it (its first or last line, or its name)."""
    LINE = 3


AIM_WORDS = {Aim.SILENT: "–", Aim.ELSEWHERE: "elsewhere", Aim.BLOCK: "block", Aim.LINE: "line"}


@dataclass(frozen=True)
class Row:
    """One mutant: how near keepalived points, how near the linter, and with which finding."""

    file: str
    mutation: str
    note: str
    crashed: bool
    keepalived: Aim
    ours: Aim
    finding: Finding | None


def findings(path: Path) -> list[Finding]:
    loaded = load("keepalived.conf", DictLoader({"keepalived.conf": path.read_bytes()}), config_id=HOST_NAME)
    result = lint([Subject.of("keepalived.conf", loaded)], Selection(ignore=("PK007",)))
    return list(result.findings)


def fresh_findings(mutant: Path, base: Path) -> list[Finding]:
    """What is said about the mutant only; a finding that moved to another line is not new."""
    known = [finding.fingerprint() for finding in findings(base)]
    new = []
    for finding in findings(mutant):
        if finding.fingerprint() in known:
            known.remove(finding.fingerprint())
        else:
            new.append(finding)
    return new


def fresh_messages(mutant: dict[str, Any], base: dict[str, Any]) -> list[dict[str, Any]]:
    known = [message["text"] for message in base["messages"]]
    new = []
    for message in mutant["messages"]:
        if message["text"] in known:
            known.remove(message["text"])
        elif not message["env"]:
            new.append(message)
    return new


def row(entry: dict[str, Any], bases: dict[str, dict[str, Any]], corpus: Path) -> Row:
    verdict = entry["v2_4_3"]
    path = corpus / "mutants" / entry["file"]
    line = entry["mutated_line"] or 0
    around = blocks_around(path.read_bytes().decode("utf-8", "replace"), line)
    theirs = [
        Aim.BLOCK if message["line"] is None and message["subj"] else aim({message["line"]}, line, around)
        for message in fresh_messages(verdict, bases[entry["base"]]["v2_4_3"])
    ]
    ours = [
        (aim(_lines(finding), line, around), finding)
        for finding in fresh_findings(path, corpus / entry["base"])
    ]
    best = max(
        ours, key=lambda pair: (pair[0], pair[1].severity, bool(pair[1].hint or pair[1].fix)), default=None
    )
    return Row(
        entry["file"], entry["mutation"], entry["note"], verdict["exit"] < 0, max(theirs, default=Aim.SILENT),
        best[0] if best else Aim.SILENT, best[1] if best else None,
    )  # fmt: skip


def aim(lines: set[int], changed: int, around: set[int]) -> Aim:
    if changed in lines:
        return Aim.LINE
    return Aim.BLOCK if lines & (around | {changed - 1, changed + 1}) else Aim.ELSEWHERE


def _lines(finding: Finding) -> set[int]:
    """The lines that a finding names, in its hint too."""
    spans = [finding.span, *(related.span for related in finding.related)]
    spans += [span.via for span in spans if span is not None]
    named = re.findall(r"keepalived\.conf:(\d+):|\bline (\d+)", f"{finding.hint or ''} {finding.message}")
    return {span.line for span in spans if span is not None} | {int(a or b) for a, b in named}


def blocks_around(text: str, line: int) -> set[int]:
    """First and last line of every block that holds ``line``."""
    found: set[int] = set()
    opened: list[int] = []
    for number, code in enumerate(text.split("\n"), 1):
        code = re.sub(r'"[^"]*"|[#!].*', "", code)
        for sign in re.findall(r"[{}]", code):
            if sign == "{":
                opened.append(number)
            elif opened:
                first = opened.pop()
                if first <= line <= number:
                    found |= {first, number}
    return found | {number for number in opened if number <= line}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def page(rows: list[Row]) -> str:
    mistakes = [entry for entry in rows if entry.mutation not in NOTHING_WRONG]
    layout = [entry for entry in rows if entry.mutation in NOTHING_WRONG]

    def share(what: Callable[[Row], bool]) -> str:
        return f"{sum(map(what, mistakes))} of {len(mistakes)}"

    def advised(entry: Row) -> bool:
        return bool(entry.finding and (entry.finding.hint or entry.finding.fix))

    out = [
        "# The linter beside `keepalived -t`",
        "",
        "Generated by `python bench/mutants.py --write`. Each row is a file with one change in a known line",
        f"({len(rows)} files made from real configurations); what keepalived 2.4.3 said was recorded with",
        "the real one. *line*: the changed line is named; *block*: the line beside it or a block around it;",
        "*elsewhere*: something new is said about another place; *–*: nothing new is said. Only messages",
        "that the unchanged file does not get count, none about the machine (scripts, interfaces).",
        "",
        "| on files with a mistake | `keepalived -t` | `pykeepalived lint` |",
        "|---|---|---|",
        f"| names the changed line | {share(lambda e: e.keepalived is Aim.LINE)} |"
        f" {share(lambda e: e.ours is Aim.LINE)} |",
        f"| names that line or its block | {share(lambda e: e.keepalived >= Aim.BLOCK)} |"
        f" {share(lambda e: e.ours >= Aim.BLOCK)} |",
        f"| says anything new | {share(lambda e: e.keepalived is not Aim.SILENT)} |"
        f" {share(lambda e: e.ours is not Aim.SILENT)} |",
        f"| says what to do (a hint or a fix) | not counted | {share(advised)} |",
        f"| crashes | {share(lambda e: e.crashed)} | {share(lambda e: False)} |",
        "",
        f"On {len(layout)} files where only the layout changed, keepalived says something new on"
        f" {sum(e.keepalived is not Aim.SILENT for e in layout)},",
        f"the linter on {sum(e.ours is not Aim.SILENT for e in layout)}.",
        "",
        "| mutant | change | keepalived | linter | code | finding | what to do |",
        "|---|---|---|---|---|---|---|",
    ]
    for entry in rows:
        found = entry.finding
        advice = found and (found.hint or (found.fix.title if found.fix else ""))
        cells = (
            entry.file.partition("-")[0],
            f"{entry.mutation}: {entry.note}" if entry.note else entry.mutation,
            "crashes" if entry.crashed else AIM_WORDS[entry.keepalived],
            AIM_WORDS[entry.ours],
            f"{found.code} {found.name}" if found else "",
            found.message if found else "",
            advice or "",
        )
        out.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(out) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", nargs="?", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    corpus: Path = options.corpus
    bases = {entry["file"]: entry for entry in json.loads((corpus / "verdicts.json").read_text())}
    mutants = json.loads((corpus / "mutants" / "verdicts.json").read_text())
    text = page([row(entry, bases, corpus) for entry in mutants])
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
