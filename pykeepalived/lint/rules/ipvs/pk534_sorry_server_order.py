"""PK534 sorry-server-order."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class SorryServerOrder(DiagnosticRule):
    """A word about the sorry server stands before the sorry server.

    sorry_server_inhibit and sorry_server_lvs_method belong to the sorry_server above them; without one they
    are ignored.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            sorry_server_inhibit
            sorry_server 198.51.100.9 80
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
            sorry_server 198.51.100.9 80
            sorry_server_inhibit
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK534"
    name: ClassVar[str] = "sorry-server-order"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("sorry-server-order",)
