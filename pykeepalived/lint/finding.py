"""What a rule reports: a finding, and how it could be mended."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span

_LINE = re.compile(r"line \d+")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of one stretch of one line; an empty stretch inserts.

    A whole line is removed (``text`` empty, ``whole_line`` true) with its line end.
    """

    span: Span
    text: str
    whole_line: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together.

    A *safe* fix cannot change what keepalived does with the file, or only turns what keepalived already
    does silently into what is written.  Everything else is unsafe and needs ``--unsafe-fixes``.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that a finding speaks of: "the other one stands here"."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of one rule.

    ``message`` is one sentence without a full stop; ``hint`` says what to do; ``consequence`` what
    keepalived does with it now.  ``subject`` names the instance or service when there is no line.
    """

    code: str
    name: str
    severity: Severity
    message: str
    span: Span | None
    hint: str | None = None
    consequence: str | None = None
    subject: str | None = None
    fix: Fix | None = None
    related: tuple[Related, ...] = ()

    @property
    def file(self) -> str:
        return self.span.file if self.span else ""

    def sort_key(self) -> tuple[str, int, int, str, str]:
        line, column = (self.span.line, self.span.column) if self.span else (0, 0)
        return (self.file, line, column, self.code, self.message)

    def fingerprint(self) -> str:
        """What a baseline remembers: survives moved lines, not a changed message."""
        message = _LINE.sub("line", self.message)
        return f"{self.code}|{self.file}|{self.subject or ''}|{message}"
