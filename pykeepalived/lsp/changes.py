"""Edits of texts: what the linter can mend, comments that silence it, layout."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.base.text import split_lines_keeping_ends
from pykeepalived.lint.finding import Edit, Finding
from pykeepalived.lint.fixes import apply_fixes
from pykeepalived.lsp.index import normal
from pykeepalived.lsp.project import Project
from pykeepalived.syntax.format import format_text

_MOST_LINES_TO_COMPARE = 2_000


@dataclass(frozen=True, slots=True)
class Change:
    """The text from ``start`` to ``end``, each (line, column) in our counting, becomes ``text``."""

    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done about ``finding``; ``preferred`` when nobody has to think it over."""

    title: str
    finding: Finding
    changes: tuple[Change, ...]
    preferred: bool = False


def actions(project: Project, file: str, first: int, last: int) -> Iterator[Action]:
    """What can be done about the findings on lines ``first`` to ``last``."""
    for finding in project.findings:
        span = finding.span
        if span is None or normal(span.file) != file or not first <= span.line <= last:
            continue
        fix = finding.fix
        # Text that came out of a definition or sequence does not stand where the span points.
        if fix is not None and all(edit.span.via is None for edit in fix.edits):
            edits = tuple(map(_change, fix.edits))
            yield Action(fix.title if fix.safe else f"{fix.title} (unsafe)", finding, edits, fix.safe)
        if span.via is None:
            text = project.index.line(file, span.line)
            indent = text[: len(text) - len(text.lstrip())]
            comment = f"{indent}# pykeepalived: ignore {finding.code} -- reason\n"
            place = (span.line, 1)
            yield Action(f"Silence {finding.code} here", finding, (Change(file, place, place, comment),))


def fix_all(project: Project, file: str) -> list[Change]:
    """All safe fixes of one file."""
    text = project.sources.get(file, "")
    findings = [
        finding
        for finding in project.findings
        if finding.fix is not None and all(normal(edit.span.file) == file for edit in finding.fix.edits)
    ]
    names = {edit.span.file for finding in findings for edit in (finding.fix.edits if finding.fix else ())}
    fixed = apply_fixes(findings, dict.fromkeys(names, text), unsafe=False)
    return [change for new in fixed.texts.values() for change in difference(file, text, new)]


def layout(file: str, text: str) -> list[Change] | tuple[Diagnostic, ...]:
    """The edits that make the layout canonical, or why it is left alone."""
    formatted = format_text(text, file)
    if formatted.text is None:
        return formatted.diagnostics
    return difference(file, text, formatted.text)


def difference(file: str, old: str, new: str) -> list[Change]:
    """Few edits of whole lines that turn ``old`` into ``new``, so that a cursor elsewhere stays."""
    if old == new:
        return []
    before, after = split_lines_keeping_ends(old), split_lines_keeping_ends(new)
    if len(before) > _MOST_LINES_TO_COMPARE:
        return [Change(file, (1, 1), (len(before) + 1, 1), new)]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        Change(file, (first + 1, 1), (last + 1, 1), "".join(after[start:end]))
        for tag, first, last, start, end in matcher.get_opcodes()
        if tag != "equal"
    ]


def apply(text: str, changes: Iterable[Change]) -> str:
    """``text`` with all ``changes`` made (they do not overlap)."""
    lines = split_lines_keeping_ends(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(place: tuple[int, int]) -> int:
        return min(starts[min(place[0], len(starts)) - 1] + place[1] - 1, len(text))

    for change in sorted(changes, key=lambda each: each.start, reverse=True):
        text = text[: offset(change.start)] + change.text + text[offset(change.end) :]
    return text


def _change(edit: Edit) -> Change:
    span = edit.span
    if edit.whole_line:
        return Change(normal(span.file), (span.line, 1), (span.line + 1, 1), edit.text)
    return Change(normal(span.file), (span.line, span.column), (span.line, span.end_column), edit.text)
