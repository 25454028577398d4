"""PK515 missing-forwarding-method."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules._services import MissingLine


class MissingForwardingMethod(MissingLine):
    """A virtual server has no lb_kind, and not every real server has an lvs_method.

    keepalived complains and uses NAT, which works only when the replies of the servers come back through
    the director.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
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
    """

    code: ClassVar[str] = "PK515"
    name: ClassVar[str] = "missing-forwarding-method"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-method",)
    line: ClassVar[str] = "lb_kind NAT"
