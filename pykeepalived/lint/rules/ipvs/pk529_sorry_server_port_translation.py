"""PK529 sorry-server-port-translation."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class SorryServerPortTranslation(DiagnosticRule):
    """The sorry server has another port than its service, and its forwarding method cannot translate ports.

    With DR and TUN a packet keeps the port that the client asked, so the sorry server must listen there.
    Give it the same port, or let it be reached with `sorry_server_lvs_method NAT`.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            sorry_server 198.51.100.9 8080
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            sorry_server 198.51.100.9 80
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            sorry_server 198.51.100.9 8080
            sorry_server_lvs_method NAT
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK529"
    name: ClassVar[str] = "sorry-server-port-translation"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("sorry-port",)
    advice: ClassVar[str] = "let it listen on the port of the service, or write sorry_server_lvs_method NAT"
