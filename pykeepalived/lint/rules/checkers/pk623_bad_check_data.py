"""PK623 bad-check-data."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class BadCheckData(DiagnosticRule):
    """What a check shall send or expect cannot be sent.

    payload is hexadecimal digits, require_reply may also have X for "any digit"; a name for DNS_CHECK has
    labels of 1 to 63 characters. keepalived ignores the line.

    Bad:
        virtual_server 192.0.2.1 53 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 53 {
                UDP_CHECK {
                    payload hello
                }
            }
        }
    Bad:
        virtual_server 192.0.2.1 53 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 53 {
                DNS_CHECK {
                    name www..example.com
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
                    payload 68656c6c6f
                }
            }
        }
    """

    code: ClassVar[str] = "PK623"
    name: ClassVar[str] = "bad-check-data"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-hex", "bad-domain")
