"""PK522 one-packet-with-tcp."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class OnePacketWithTcp(DiagnosticRule):
    """One-packet scheduling is asked for a service that is not UDP.

    Each packet would go to another server, which TCP and SCTP connections do not survive. keepalived
    ignores ops.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            ops
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol UDP
            ops
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK522"
    name: ClassVar[str] = "one-packet-with-tcp"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("ops",)
