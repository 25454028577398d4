"""PK105 line-too-long."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class LineTooLong(DiagnosticRule):
    """A line is longer than keepalived can read.

    keepalived reads at most 1022 bytes of a line; of a longer one the beginning is lost and the rest is
    read as a line of its own. A line may also become too long because of the definitions in it; these are
    then not replaced.

    Bad:
        $A=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz
        $B=${A}${A}${A}${A}${A}${A}${A}
        global_defs {
            router_id ${B}${B}
        }
    Good:
        global_defs {
            router_id lb1
        }
    """

    code: ClassVar[str] = "PK105"
    name: ClassVar[str] = "line-too-long"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("line-too-long", "expansion-too-long")
    advice: ClassVar[str | None] = "shorten the line"
