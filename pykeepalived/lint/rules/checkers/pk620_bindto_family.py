"""PK620 bindto-family."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class BindtoFamily(DiagnosticRule):
    """bindto is of another family than the address that is checked.

    No connection can go from IPv4 to IPv6. keepalived ignores bindto.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                    bindto 2001:db8::1
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
                TCP_CHECK {
                    bindto 198.51.100.250
                }
            }
        }
    """

    code: ClassVar[str] = "PK620"
    name: ClassVar[str] = "bindto-family"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bindto-family",)
