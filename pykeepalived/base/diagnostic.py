"""One finding about a configuration, for the person who must act on it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pykeepalived.base.span import Span

LINE_IGNORED = "the line is ignored"
"""What happens to a line whose keyword is not known."""


class Severity(enum.IntEnum):
    """How much a finding matters; a higher number is graver."""

    NOTICE = 1
    """True and harmless: for example "accepted, not yet acted on"."""
    WARNING = 2
    """Works, and is probably not what was meant."""
    ERROR = 3
    """keepalived complains about it and ignores or replaces what was written."""
    FATAL = 4
    """Nothing sensible can be run from this."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding: where, what was found, what is allowed, what happens now.

    ``code`` is stable and lower-case with dashes (``unknown-keyword``, ``number-range``); lint rules
    carry their own code (``KV107``).  ``message`` is one sentence without a full stop at its end;
    ``hint`` says what to do and ``consequence`` what happens to the value now.  ``exit_class`` is the
    exit status of ``keepalived -t`` that this finding stands for (0 when keepalived says nothing,
    5 configuration error, 6 security, 4 fatal, 2 missing word).  ``subject`` names the instance or
    virtual server that a finding without a line of its own is about.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    hint: str | None = None
    consequence: str | None = None
    exit_class: int = 5
    subject: str | None = None

    def __str__(self) -> str:
        where = f"{self.span}: " if self.span else ""
        tail = "".join(f"; {part}" for part in (self.consequence, self.hint) if part)
        return f"{where}{self.message}{tail}"
