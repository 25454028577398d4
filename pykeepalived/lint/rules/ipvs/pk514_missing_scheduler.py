"""PK514 missing-scheduler."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules._services import MissingLine


class MissingScheduler(MissingLine):
    """A virtual server has no lb_algo.

    keepalived complains and uses wlc. A scheduler name with a mistake in it has the same effect.

    Bad:
        virtual_server 192.0.2.1 80 {
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
    """

    code: ClassVar[str] = "PK514"
    name: ClassVar[str] = "missing-scheduler"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-scheduler",)
    line: ClassVar[str] = "lb_algo wlc"
