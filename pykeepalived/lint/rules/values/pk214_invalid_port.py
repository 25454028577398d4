"""PK214 invalid-port."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class InvalidPort(DiagnosticRule):
    """A port is not a number from 1 to 65535.

    Names of services (http) are not known. keepalived ignores the line or skips the block.

    Bad:
        virtual_server 192.0.2.10 http {
            protocol TCP
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

    code: ClassVar[str] = "PK214"
    name: ClassVar[str] = "invalid-port"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-port",)
    advice: ClassVar[str | None] = "write a number from 1 to 65535"
