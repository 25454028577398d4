"""PK537 bad-tunnel-options."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class BadTunnelOptions(DiagnosticRule):
    """The options of a tunnel do not fit each other.

    `type gue` needs a port and the others take none; checksums are for gue (nocsum, csum, remcsum) and gre
    (nocsum, csum). keepalived keeps the method and drops all options: the tunnel is plain ipip then.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind TUN type gue
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind TUN type gue port 6080
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK537"
    name: ClassVar[str] = "bad-tunnel-options"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-tunnel",)
