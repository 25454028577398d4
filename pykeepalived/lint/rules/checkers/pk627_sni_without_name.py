"""PK627 sni-without-name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.http_get import HttpGet
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, named_check
from pykeepalived.lint.subject import Subject


class SniWithoutName(Rule):
    """enable_sni is set, and there is no name to send.

    The name comes from sni_name, or from virtualhost of the url, check or server. With none of them the
    server has to guess which certificate is wanted.

    Bad:
        virtual_server 192.0.2.1 443 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 443 {
                SSL_GET {
                    url {
                        path /
                        status_code 200
                    }
                    enable_sni
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 443 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 443 {
                SSL_GET {
                    url {
                        path /
                        status_code 200
                    }
                    enable_sni
                    virtualhost www.example.com
                }
            }
        }
    """

    code: ClassVar[str] = "PK627"
    name: ClassVar[str] = "sni-without-name"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server, checker in checks(subject.config):
            if not isinstance(checker, HttpGet) or not checker.enable_sni:
                continue
            if checker.sni_name or checker.virtualhost or any(url.virtualhost for url in checker.urls):
                continue
            yield self.finding(
                f"{named_check(service, server, checker)} has enable_sni and no name",
                checker.span_of("enable_sni", 0),
                consequence="no server name is sent",
                hint="add virtualhost or sni_name",
            )
