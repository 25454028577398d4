"""How a cross-check speaks."""

from __future__ import annotations

from dataclasses import dataclass, field

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.config.frame import Finding
from pykeepalived.config.host import Host
from pykeepalived.config.schema import Bound, View


@dataclass(slots=True)
class Report:
    """Collects findings of one reader's checks.  keepalived names no line here; we do.

    Some findings end keepalived's checks of that side: it would not say what comes after ``stop``.
    """

    view: View
    host: Host | None = None
    findings: list[Finding] = field(default_factory=list)
    stopped_at: int | None = None
    blocks: set[int] = field(default_factory=set)
    """The ids of the blocks of the outermost level that something was said about when they were completed."""

    @property
    def said(self) -> list[Finding]:
        """What keepalived would say."""
        return self.findings[: self.stopped_at]

    def about(self, block: Bound, before: int) -> None:
        """What was found since there were ``before`` findings is about this block."""
        if len(self.findings) != before:
            self.blocks.add(id(block))

    def stop(self) -> None:
        if self.stopped_at is None:
            self.stopped_at = len(self.findings)

    def error(
        self,
        code: str,
        subject: str | None,
        message: str,
        place: Span | Bound | None,
        *,
        consequence: str | None = None,
        hint: str | None = None,
        exit_class: int = 5,
    ) -> None:
        span = place
        if isinstance(place, Bound):
            span = place.head.span() if place.head is not None else None
        assert span is None or isinstance(span, Span)
        self.findings.append(
            Finding(
                Diagnostic(
                    code,
                    Severity.ERROR if exit_class else Severity.WARNING,
                    message,
                    span,
                    hint,
                    consequence,
                    exit_class,
                    subject,
                ),
                self.view,
                lineless=True,
            )
        )
