"""PK310 service-without-owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject


class ServiceWithoutOwner(Rule):
    """A virtual_server has an address that no instance of the file brings.

    When a file has both, the address of a service is normally a virtual address of an instance; otherwise
    it must be on the machine already, and does not move with the Master.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        virtual_server 192.0.2.11 80 {
            protocol TCP
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
            }
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        virtual_server 192.0.2.10 80 {
            protocol TCP
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
            }
        }
    """

    code: ClassVar[str] = "PK310"
    name: ClassVar[str] = "service-without-owner"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        config = subject.config
        own = {
            entry.address
            for instance in config.vrrp_instances
            for entry in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded)
        }
        if not own:
            return
        own |= {entry.address for entry in config.static_ipaddress}
        for service in config.virtual_servers:
            if service.address is None or service.address in own or service.head is None:
                continue
            yield self.finding(
                f"{service.address} is a virtual address of no instance in this file",
                service.head.span(1),
                hint="add it to virtual_ipaddress, or check that this machine has it anyway",
            )
