"""Carry out fixes on texts: all edits of a fix or none, no two fixes on the same characters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pykeepalived.base.text import split_lines_keeping_ends
from pykeepalived.lint.finding import Edit, Finding


@dataclass(frozen=True, slots=True)
class Fixed:
    """New texts of the files that changed, and the findings that were mended."""

    texts: dict[str, str]
    applied: tuple[Finding, ...]


def apply_fixes(findings: Iterable[Finding], texts: dict[str, str], *, unsafe: bool) -> Fixed:
    """Apply the fixes of ``findings`` to ``texts``, first come first served where two overlap.

    Run the linter again on the result: a fix can uncover or mend another finding.
    """
    taken: dict[tuple[str, int], list[tuple[int, int]]] = {}
    chosen: dict[str, list[Edit]] = {}
    applied: list[Finding] = []
    for finding in findings:
        fix = finding.fix
        if fix is None or not (fix.safe or unsafe):
            continue
        # Text that came out of a definition or sequence does not stand where the span points.
        if any(edit.span.file not in texts or edit.span.via is not None for edit in fix.edits):
            continue
        if any(_overlaps(taken, edit) for edit in fix.edits):
            continue
        for edit in fix.edits:
            taken.setdefault((edit.span.file, edit.span.line), []).append(_reach(edit))
            chosen.setdefault(edit.span.file, []).append(edit)
        applied.append(finding)
    return Fixed({file: _edit(texts[file], edits) for file, edits in chosen.items()}, tuple(applied))


def _reach(edit: Edit) -> tuple[int, int]:
    if edit.whole_line:
        return (0, 1 << 30)
    return (edit.span.column, max(edit.span.end_column, edit.span.column + 1))


def _overlaps(taken: dict[tuple[str, int], list[tuple[int, int]]], edit: Edit) -> bool:
    start, end = _reach(edit)
    return any(
        start < other_end and other_start < end
        for other_start, other_end in taken.get((edit.span.file, edit.span.line), ())
    )


def _edit(text: str, edits: list[Edit]) -> str:
    lines = split_lines_keeping_ends(text)
    for edit in sorted(edits, key=lambda e: (e.span.line, e.span.column), reverse=True):
        index = edit.span.line - 1
        if not 0 <= index < len(lines):
            continue
        if edit.whole_line:
            lines[index] = edit.text
            continue
        line = lines[index]
        lines[index] = line[: edit.span.column - 1] + edit.text + line[edit.span.end_column - 1 :]
    return "".join(lines)
