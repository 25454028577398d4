"""PK091 unused-suppression."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject
from pykeepalived.lint.suppress import Suppression


class UnusedSuppression(Rule):
    """A comment silences a finding that is not there.

    It would hide the next real finding of that kind on this line. Remove the comment when its cause is gone.

    Bad:
        global_defs {
            router_id lb1  # pykeepalived: ignore PK401 -- moved to another rack
        }
    Good:
        global_defs {
            router_id lb1
        }
    """

    code: ClassVar[str] = "PK091"
    name: ClassVar[str] = "unused-suppression"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterable[Finding]:
        return ()  # the engine knows the comments and calls about()

    def about(self, suppression: Suppression) -> Finding:
        codes = ", ".join(suppression.codes) or "any finding"
        return self.finding(
            f"nothing here is silenced by this comment ({codes})",
            suppression.span,
            hint="remove the comment",
            fix=Fix("Remove the comment", (suppression.removal,), safe=True),
        )
