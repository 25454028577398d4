"""PK604 http-check-without-url."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class HttpCheckWithoutUrl(DiagnosticRule):
    """An HTTP_GET or SSL_GET has no url, or a url no path.

    There is nothing to ask for: keepalived leaves the check out, and a server without another check counts
    as up for ever.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                HTTP_GET {
                    connect_timeout 2
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
                        status_code 200
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK604"
    name: ClassVar[str] = "http-check-without-url"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-url", "no-path")
