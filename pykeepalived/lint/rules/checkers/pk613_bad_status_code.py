"""PK613 bad-status-code."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class BadStatusCode(DiagnosticRule):
    """A status_code is not a number or range from 100 to 599.

    A range has its lower end first: 200-299. keepalived ignores the line; the default, 200-299, counts.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                HTTP_GET {
                    url {
                        path /
                        status_code 299-200
                    }
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                HTTP_GET {
                    url {
                        path /
                        status_code 200-299 301
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK613"
    name: ClassVar[str] = "bad-status-code"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-status",)
