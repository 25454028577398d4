"""PK610 misc-check-without-path."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MiscCheckWithoutPath(DiagnosticRule):
    """A MISC_CHECK has no misc_path.

    There is no script to run, so keepalived leaves the check out, and a server without another check counts
    as up for ever.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                MISC_CHECK {
                    misc_timeout 5
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                MISC_CHECK {
                    misc_path /usr/local/bin/check
                }
            }
        }
    """

    code: ClassVar[str] = "PK610"
    name: ClassVar[str] = "misc-check-without-path"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-misc-path",)
