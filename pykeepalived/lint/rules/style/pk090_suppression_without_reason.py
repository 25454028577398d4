"""PK090 suppression-without-reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject
from pykeepalived.lint.suppress import Suppression


class SuppressionWithoutReason(Rule):
    """A comment silences a finding and does not say why.

    Who reads the file next year has to find out again whether the finding was wrong or only unwanted.
    Write the reason after two dashes.

    Bad:
        global_defs {
            router_id lb1
            router_id lb2  # pykeepalived: ignore PK021
        }
    Good:
        global_defs {
            router_id lb1
        }
    """

    code: ClassVar[str] = "PK090"
    name: ClassVar[str] = "suppression-without-reason"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterable[Finding]:
        return ()  # the engine knows the comments and calls about()

    def about(self, suppression: Suppression) -> Finding:
        return self.finding(
            "this comment silences a finding without saying why",
            suppression.span,
            hint="write the reason after two dashes: # pykeepalived: ignore CODE -- reason",
        )
