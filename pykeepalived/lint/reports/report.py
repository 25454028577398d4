"""What every output format is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.base.text import split_lines
from pykeepalived.lint.engine import Result


@dataclass(frozen=True, slots=True)
class Report:
    """A result with what is needed to show it.  ``texts``: raw text of each file by name."""

    result: Result
    texts: dict[str, str] = field(default_factory=dict)
    color: bool = False
    version: str = ""

    def source_line(self, span: Span) -> str | None:
        """The line that ``span`` points into, None when its text is not at hand."""
        lines = split_lines(self.texts.get(span.file, ""))
        return lines[span.line - 1] if 0 < span.line <= len(lines) else None


Render = Callable[[Report], str]

SEVERITY_WORDS = {
    Severity.NOTICE: "notice",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
    Severity.FATAL: "fatal",
}


def counts(result: Result) -> dict[Severity, int]:
    """How many findings of each severity, gravest first, zero ones left out."""
    return {
        severity: number
        for severity in sorted(Severity, reverse=True)
        if (number := sum(finding.severity is severity for finding in result.findings))
    }
