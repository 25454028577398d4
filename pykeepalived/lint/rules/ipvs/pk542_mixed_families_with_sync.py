"""PK542 mixed-families-with-sync."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label, servers
from pykeepalived.lint.subject import Subject


class MixedFamiliesWithSync(Rule):
    """Connections are synchronised, and a tunnel crosses the families.

    The kernel does not run a sync daemon while a real server has another family than its service, and
    refuses such a server while the daemon runs: one of the two will be missing.

    Bad:
        global_defs {
            lvs_sync_daemon eth0
        }
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind TUN
            protocol TCP
            real_server 2001:db8::1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        global_defs {
            lvs_sync_daemon eth0
        }
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind TUN
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK542"
    name: ClassVar[str] = "mixed-families-with-sync"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        daemon = subject.config.global_defs.span_of("lvs_sync_daemon", 0)
        if subject.config.global_defs.lvs_sync_daemon is None:
            return
        for service, server in servers(subject.config):
            if service.address is not None and service.address.version != server.address.version:
                yield self.finding(
                    f"real server {server.address} of {label(service)} is of the other family, and "
                    "lvs_sync_daemon does not go with that",
                    head_span(server, 1),
                    consequence="the kernel refuses this server or the sync daemon",
                    related=(Related(daemon, "the sync daemon"),) if daemon is not None else (),
                )
                return
