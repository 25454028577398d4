"""PK809 real-server-is-local."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label, method, servers, virtual_addresses
from pykeepalived.lint.subject import Subject


class RealServerIsLocal(Rule):
    """A real server is this machine.

    What is scheduled to it is delivered locally, which works while this machine is Master. As a Backup that
    is a real server of the Master as well it has the same services in its own table, and schedules what the
    Master sent it once more; two directors can pass a packet to and fro. The sysctl
    net.ipv4.vs.backup_only, with a sync daemon in the role of backup, prevents that. With NAT the packets
    come with another destination, so there is no such trouble.
    """

    code: ClassVar[str] = "PK809"
    name: ClassVar[str] = "real-server-is-local"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = ("PK536",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        if subject.host is None or subject.config.global_defs.lvs_sync_daemon is not None:
            return
        virtual = {service.address for service in subject.config.virtual_servers}
        virtual.update(virtual_addresses(subject.config))
        own = {held.address: held.interface for held in subject.host.addresses()}
        for service, server in servers(subject.config):
            if server.address not in own or server.address in virtual or method(server.lvs_method) == "NAT":
                continue
            yield self.finding(
                f"real server {server.address} of {label(service)} is this machine ({own[server.address]})",
                head_span(server, 1),
                consequence="a Backup schedules anew what the Master has sent it",
                hint="run lvs_sync_daemon and set the sysctl net.ipv4.vs.backup_only=1",
            )
