"""PK519 service-family-mismatch."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class ServiceFamilyMismatch(DiagnosticRule):
    """IPv4 and IPv6 are mixed in one service.

    A real server has the family of its virtual server; only a tunnel may cross. A real server of the other
    family is left out; so is a group that mixes families with marks of no family, and an ip_family that
    contradicts the address.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 2001:db8::1 80 {
                TCP_CHECK {
                }
            }
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind TUN
            protocol TCP
            real_server 2001:db8::1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK519"
    name: ClassVar[str] = "service-family-mismatch"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("service-family",)
