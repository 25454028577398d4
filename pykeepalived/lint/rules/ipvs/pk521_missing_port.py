"""PK521 missing-port."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MissingPort(DiagnosticRule):
    """A service for all ports is not persistent.

    Without a port a service takes every port of its address, and the kernel allows that only with
    persistence. keepalived complains and uses persistence_timeout 360. If one port was meant, write it
    after the address.

    Bad:
        virtual_server 192.0.2.1 {
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
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            persistence_timeout 360
            real_server 198.51.100.1 {
                TCP_CHECK {
                    connect_port 80
                }
            }
        }
    """

    code: ClassVar[str] = "PK521"
    name: ClassVar[str] = "missing-port"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-port",)
