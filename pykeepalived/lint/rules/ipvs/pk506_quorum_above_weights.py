"""PK506 quorum-above-weights."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class QuorumAboveWeights(DiagnosticRule):
    """The quorum is more than all real servers together weigh.

    It could never be reached, so keepalived uses the total weight: then the first failure loses the quorum.
    Quorum is compared with the sum of the weights of the servers that are up.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            quorum 2
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
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
            real_server 198.51.100.2 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK506"
    name: ClassVar[str] = "quorum-above-weights"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("quorum",)
