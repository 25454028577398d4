"""PK204 invalid-address."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class InvalidAddress(DiagnosticRule):
    """A word is written where an IP address belongs, or an address of the wrong sort.

    Host names are not resolved in a configuration: addresses are written as numbers. A multicast group must
    be a multicast address.

    Bad:
        virtual_server www.example.com 80 {
            lb_algo rr
        }
    Good:
        virtual_server 192.0.2.10 80 {
            protocol TCP
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
            }
        }
    """

    code: ClassVar[str] = "PK204"
    name: ClassVar[str] = "invalid-address"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-address", "not-multicast", "multicast-scope", "link-local")
    advice: ClassVar[str | None] = "write the address as numbers"
