"""PK507 hysteresis-not-below-quorum."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class HysteresisNotBelowQuorum(DiagnosticRule):
    """The hysteresis is not below the quorum.

    The quorum is lost when the weights fall below quorum - hysteresis; with a hysteresis that large that
    never happens. keepalived uses quorum - 1.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            hysteresis 1
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
            quorum 2
            hysteresis 1
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
            real_server 198.51.100.2 80 {
                TCP_CHECK {
                }
            }
            real_server 198.51.100.3 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK507"
    name: ClassVar[str] = "hysteresis-not-below-quorum"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("hysteresis",)
