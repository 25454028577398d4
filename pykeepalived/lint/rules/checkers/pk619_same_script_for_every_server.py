"""PK619 same-script-for-every-server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.misc_check import MiscCheck
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import label
from pykeepalived.lint.subject import Subject


class SameScriptForEveryServer(Rule):
    """Every real server of a service is checked by exactly the same command.

    keepalived does not tell the script which server is meant, neither by arguments nor in the environment.
    The script cannot give different answers, so all servers go up and down together. Put the address of the
    server among the arguments.

    Bad:
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
            real_server 198.51.100.2 80 {
                MISC_CHECK {
                    misc_path /usr/local/bin/check
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
                    misc_path "/usr/local/bin/check 198.51.100.1"
                }
            }
            real_server 198.51.100.2 80 {
                MISC_CHECK {
                    misc_path "/usr/local/bin/check 198.51.100.2"
                }
            }
        }
    """

    code: ClassVar[str] = "PK619"
    name: ClassVar[str] = "same-script-for-every-server"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            if len(service.real_servers) < 2:
                continue
            scripts = [
                [c for c in server.checkers if isinstance(c, MiscCheck) and c.misc_path is not None]
                for server in service.real_servers
            ]
            if any(
                len(own) != 1 or len(own) != len(s.checkers)
                for own, s in zip(scripts, service.real_servers, strict=True)
            ):
                continue
            if len({own[0].misc_path.argv for own in scripts if own[0].misc_path is not None}) > 1:
                continue
            first = scripts[0][0]
            yield self.finding(
                f"all {len(scripts)} real servers of {label(service)} are checked by the same command",
                first.span_of("misc_path"),
                consequence="they go up and down together: the script is not told which one is meant",
                hint="put the address of the server among the arguments, inside the quotes",
            )
