"""PK536 director-is-real-server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label, method, servers
from pykeepalived.lint.subject import Subject


class DirectorIsRealServer(Rule):
    """The director is one of its own real servers.

    Connections for it are delivered locally, which works while it is Master. The Backup that is a real
    server of the Master as well has the same services in its own table: it schedules what the Master sent
    it once more, and two directors can pass a packet to and fro. The sysctl net.ipv4.vs.backup_only, with a
    sync daemon in the role of backup, prevents that. The file shows the director's address in
    unicast_src_ip or mcast_src_ip.

    Bad:
        vrrp_instance web {
            interface eth0
            virtual_router_id 51
            unicast_src_ip 198.51.100.1
            unicast_peer {
                198.51.100.2
            }
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        vrrp_instance web {
            interface eth0
            virtual_router_id 51
            unicast_src_ip 198.51.100.7
            unicast_peer {
                198.51.100.8
            }
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK536"
    name: ClassVar[str] = "director-is-real-server"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        defs = subject.config.global_defs
        if defs.lvs_sync_daemon is not None:
            return
        own = {
            address: instance
            for instance in subject.config.vrrp_instances
            for address in (instance.unicast_src_ip, instance.mcast_src_ip)
            if address is not None
        }
        for service, server in servers(subject.config):
            if server.address in own and method(server.lvs_method) != "NAT":
                yield self.finding(
                    f"real server {server.address} of {label(service)} is this director, the source address "
                    f"of {own[server.address].name}",
                    head_span(server, 1),
                    consequence="a Backup schedules anew what the Master has sent it",
                    hint="run lvs_sync_daemon and set the sysctl net.ipv4.vs.backup_only=1",
                )
