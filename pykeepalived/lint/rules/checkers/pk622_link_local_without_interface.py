"""PK622 link-local-without-interface."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class LinkLocalWithoutInterface(DiagnosticRule):
    """A check asks a link-local address and does not say on which link.

    fe80:: addresses are the same on every interface; bind_if names the one. keepalived leaves the check
    out.

    Bad:
        virtual_server 2001:db8::80 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 2001:db8::1 80 {
                TCP_CHECK {
                    connect_ip fe80::1
                }
            }
        }
    Good:
        virtual_server 2001:db8::80 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 2001:db8::1 80 {
                TCP_CHECK {
                    connect_ip fe80::1
                    bind_if eth0
                }
            }
        }
    """

    code: ClassVar[str] = "PK622"
    name: ClassVar[str] = "link-local-without-interface"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("link-local",)
