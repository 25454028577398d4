"""PK628 virtualhost-is-a-url."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.http_get import HttpGet
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.schema import Bound
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import written
from pykeepalived.lint.subject import Subject


def _holders(config: Config) -> Iterator[Bound]:
    for service in config.virtual_servers:
        yield service
        for server in service.real_servers:
            yield server
            for checker in server.checkers:
                yield checker
                if isinstance(checker, HttpGet):
                    yield from checker.urls


class VirtualhostIsAUrl(Rule):
    """A virtualhost is not a host name.

    It becomes the Host header as it is. `http://` in front or a path behind make it one that no server
    knows.

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
                        status_code 200
                    }
                    virtualhost http://www.example.com/
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
                    virtualhost www.example.com
                }
            }
        }
    """

    code: ClassVar[str] = "PK628"
    name: ClassVar[str] = "virtualhost-is-a-url"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for block in _holders(subject.config):
            text = written(block, "virtualhost")
            if text is None or "/" not in text:
                continue
            span = block.span_of("virtualhost")
            better = text.partition("://")[2].partition("/")[0] if "://" in text else text.partition("/")[0]
            yield self.finding(
                f"virtualhost {text} is not a host name",
                span,
                consequence=f"the request has 'Host: {text}'",
                hint=f"write {better}" if better else "write the name of the site",
                fix=Fix(f"Write {better}", (Edit(span, better),), safe=False) if better and span else None,
            )
