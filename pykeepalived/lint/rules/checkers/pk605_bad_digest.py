"""PK605 bad-digest."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class BadDigest(DiagnosticRule):
    """A digest is not the MD5 sum of a page.

    It has 32 hexadecimal digits, as `genhash` or `md5sum` print them; keepalived ignores any other.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                HTTP_GET {
                    url {
                        path /
                        digest 0123
                    }
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
                HTTP_GET {
                    url {
                        path /
                        digest d41d8cd98f00b204e9800998ecf8427e
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK605"
    name: ClassVar[str] = "bad-digest"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-digest",)
