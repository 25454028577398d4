"""PK524 sync-daemon-instance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.subject import Subject


class SyncDaemonInstance(DiagnosticRule):
    """lvs_sync_daemon has an option that does not exist or names an instance that does not exist.

    With a bad option keepalived ignores the whole line. With an unknown instance there is nobody whose
    state the synchronisation of connections could follow.

    Bad:
        global_defs {
            lvs_sync_daemon eth0 VI_1
        }
    Good:
        global_defs {
            lvs_sync_daemon eth0 VI_1
        }
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    """

    code: ClassVar[str] = "PK524"
    name: ClassVar[str] = "sync-daemon-instance"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-sync-daemon",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        yield from super().check(subject)
        daemon = subject.config.global_defs.lvs_sync_daemon
        if daemon is None or daemon.instance is None:
            return
        if any(instance.name == daemon.instance for instance in subject.config.vrrp_instances):
            return
        statement = subject.config.global_defs.where.get("lvs_sync_daemon")
        words = statement.words if statement is not None else ()
        index = words.index(daemon.instance) if daemon.instance in words else 1
        yield self.finding(
            f"lvs_sync_daemon follows vrrp_instance {daemon.instance}, which is not defined",
            statement.span(index) if statement is not None else None,
            hint="name an instance of this file, or none: both roles run then",
            severity=Severity.WARNING,
        )
