"""PK624 incomplete-check."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class IncompleteCheck(DiagnosticRule):
    """A FILE_CHECK has no track_file, or a BFD_CHECK no name.

    There is nothing to follow, so keepalived leaves the check out, and a server without another check
    counts as up for ever.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                FILE_CHECK {
                    weight 1
                }
            }
        }
    Good:
        track_file load {
            file /run/load
        }
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                FILE_CHECK {
                    track_file load
                }
            }
        }
    """

    code: ClassVar[str] = "PK624"
    name: ClassVar[str] = "incomplete-check"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("missing-keyword",)
