"""PK208 unknown-option-word."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class UnknownOptionWord(DiagnosticRule):
    """A line of addresses, routes, rules or trackers has a word that is no option of it.

    A bad word of an address is skipped; a route or rule with one is left out as a whole.

    Bad:
        vrrp_instance VI_1 {
            virtual_ipaddress {
                192.0.2.10/24 device eth0
            }
        }
    Good:
        vrrp_instance VI_1 {
            virtual_ipaddress {
                192.0.2.10/24 dev eth0
            }
        }
    """

    code: ClassVar[str] = "PK208"
    name: ClassVar[str] = "unknown-option-word"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = (
        "bad-address-option",
        "bad-line",
        "bad-route",
        "bad-rule",
        "bad-track-entry",
    )
    advice: ClassVar[str | None] = "correct or remove the word"
