"""PK511 no-real-servers."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class NoRealServers(DiagnosticRule):
    """A virtual server has neither a real server nor a sorry server.

    keepalived leaves it out: clients of the address are not balanced at all. Often a mistake in the
    real_server lines above is the cause, as those servers were dropped.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
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
    """

    code: ClassVar[str] = "PK511"
    name: ClassVar[str] = "no-real-servers"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-real-servers",)
