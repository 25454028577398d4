"""PK621 reply-length."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class ReplyLength(DiagnosticRule):
    """min_reply_length is above max_reply_length.

    No reply can be that long and that short, so the check never succeeds.

    Bad:
        virtual_server 192.0.2.1 53 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 53 {
                UDP_CHECK {
                    min_reply_length 300
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 53 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 53 {
                UDP_CHECK {
                    min_reply_length 12
                    max_reply_length 512
                }
            }
        }
    """

    code: ClassVar[str] = "PK621"
    name: ClassVar[str] = "reply-length"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("reply-length",)
