"""PK504 fwmark-zero."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class FwmarkZero(DiagnosticRule):
    """A service is keyed by the firewall mark 0.

    Packets that no rule has marked carry mark 0, so it names nothing, and keepalived takes the service for
    one without an address. Choose a mark of 1 or more and set it in the prerouting chain of mangle.

    Bad:
        virtual_server fwmark 0 {
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server fwmark 7 {
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK504"
    name: ClassVar[str] = "fwmark-zero"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("fwmark-zero",)
