"""PK517 duplicate-virtual-server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label
from pykeepalived.lint.subject import Subject


def _family(service: VirtualServer) -> str:
    """A mark is a service of its own in each family; the servers tell which."""
    return "inet6" if any(server.address.version == 6 for server in service.real_servers) else "inet"


class DuplicateVirtualServer(Rule):
    """Two virtual servers are the same service.

    The kernel knows one service per address, port and protocol, or per firewall mark. Both blocks work on
    that one: each adds its real servers, the scheduler of whichever came first stays, and a reload that
    removes one block takes the service away from the other. keepalived says nothing about it.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.2 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
        virtual_server 192.0.2.1 443 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.2 443 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK517"
    name: ClassVar[str] = "duplicate-virtual-server"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        seen: dict[tuple[object, ...], VirtualServer] = {}
        for service in subject.config.virtual_servers:
            if service.group is not None:
                key: tuple[object, ...] = (service.group, service.protocol)
            elif service.fwmark is not None:
                family = service.ip_family or _family(service)
                key = (service.fwmark, family)
            else:
                key = (service.address, service.port, service.protocol)
            first = seen.setdefault(key, service)
            if first is service:
                continue
            place = head_span(first, 1)
            yield self.finding(
                f"virtual server {label(service)} is defined twice",
                head_span(service, 1),
                consequence="both blocks change the same service of the kernel",
                hint="put all real servers into one block",
                related=(Related(place, "the first definition"),) if place is not None else (),
            )
