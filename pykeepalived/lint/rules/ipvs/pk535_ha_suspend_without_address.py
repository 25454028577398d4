"""PK535 ha-suspend-without-address."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class HaSuspendWithoutAddress(DiagnosticRule):
    """ha_suspend is asked of a service by firewall mark.

    It stops the checks while the address of the service is on another router; a firewall mark has no
    address to watch. keepalived ignores it.

    Bad:
        virtual_server fwmark 7 {
            lb_algo rr
            lb_kind NAT
            ha_suspend
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
            ha_suspend
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK535"
    name: ClassVar[str] = "ha-suspend-without-address"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("ha-suspend",)
