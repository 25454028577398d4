"""Comments that silence a finding: ``# pykeepalived: ignore PK407[, duplicate-vrid] -- reason``.

At the end of a line the comment is about that line; on a line of its own it is about the next line that is
not a comment; ``ignore-file`` is about the whole file.  A reason is asked for, and a comment that silences
nothing is itself a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pykeepalived.base.span import Span
from pykeepalived.base.text import split_lines
from pykeepalived.lint.finding import Edit, Finding

_COMMENT = re.compile(
    r"[#!][ \t]*pykeepalived:[ \t]*(?P<word>ignore(?:-file)?)\b[ \t]*(?P<codes>[\w\-, \t]*?)"
    r"[ \t]*(?:--[ \t]*(?P<reason>.*))?$"
)


@dataclass(slots=True)
class Suppression:
    """One comment.

    ``span`` is the comment, ``removal`` what goes with it: the blanks before it, or the whole line when it
    stands alone.  ``line`` is the line it is about, None for the whole file; no codes means every code.
    """

    span: Span
    removal: Edit
    line: int | None
    codes: tuple[str, ...]
    reason: str
    used: bool = field(default=False)

    def covers(self, finding: Finding) -> bool:
        if finding.file != self.span.file or finding.span is None:
            return False
        if self.line is not None and finding.span.line != self.line:
            return False
        return not self.codes or finding.code in self.codes or finding.name in self.codes


def find_suppressions(file: str, text: str) -> Iterator[Suppression]:
    """All suppression comments of one file's text."""
    lines = split_lines(text)
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line)
        if match is None:
            continue
        codes = tuple(code for code in re.split(r"[,\s]+", match["codes"] or "") if code)
        about: int | None = number
        if match["word"] == "ignore-file":
            about = None
        elif not line[: match.start()].strip():
            about = _next_statement(lines, number)
        span = Span(file, number, match.start() + 1, len(line) + 1)
        kept = len(line[: match.start()].rstrip())
        removal = Edit(Span(file, number, kept + 1, len(line) + 1), "", whole_line=not kept)
        yield Suppression(span, removal, about, codes, (match["reason"] or "").strip())


def _next_statement(lines: list[str], after: int) -> int:
    for number in range(after + 1, len(lines) + 1):
        text = lines[number - 1].strip()
        if text and text[0] not in "#!":
            return number
    return after


def apply_suppressions(
    findings: Iterable[Finding], suppressions: list[Suppression]
) -> tuple[list[Finding], list[Finding]]:
    """Split findings into (kept, silenced) and mark the comments that silenced something."""
    kept: list[Finding] = []
    silenced: list[Finding] = []
    for finding in findings:
        hits = [suppression for suppression in suppressions if suppression.covers(finding)]
        for suppression in hits:
            suppression.used = True
        (silenced if hits else kept).append(finding)
    return kept, silenced
