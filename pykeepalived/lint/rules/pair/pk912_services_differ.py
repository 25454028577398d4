"""PK912 services-differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.config.resolving.lvs import name_of
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


def _head(service: VirtualServer) -> Span | None:
    return service.head.span(1) if service.head is not None else None


def _related(service: VirtualServer) -> tuple[Related, ...]:
    span = _head(service)
    return (Related(span, "the other service"),) if span is not None else ()


def _said(value: object) -> str:
    return "not set" if value is None else str(getattr(value, "method", value))


class ServicesDiffer(PairRule):
    """Routers of one group balance different services, or balance them differently.

    After a takeover clients find another service behind the same address, or none. Real servers are
    compared by address and port, unless each router has only servers of its own.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        virtual_server 192.0.2.10 80 {
            lb_algo wrr
            lb_kind NAT
            protocol TCP
            real_server 192.0.2.21 80 {
            }
            real_server 192.0.2.22 80 {
            }
        }

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        virtual_server 192.0.2.10 80 {
            lb_algo wrr
            lb_kind NAT
            protocol TCP
            real_server 192.0.2.21 80 {
            }
            real_server 192.0.2.23 80 {
            }
        }

    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        virtual_server 192.0.2.10 80 {
            lb_algo wrr
            lb_kind NAT
            protocol TCP
            real_server 192.0.2.21 80 {
            }
            real_server 192.0.2.22 80 {
            }
        }

    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        virtual_server 192.0.2.10 80 {
            lb_algo wrr
            lb_kind NAT
            protocol TCP
            real_server 192.0.2.22 80 {
            }
            real_server 192.0.2.21 80 {
            }
        }
    """

    code: ClassVar[str] = "PK912"
    name: ClassVar[str] = "services-differ"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        if not any(shared_routers(subjects)):
            return
        first, *rest = subjects
        services = {name_of(service): service for service in first.config.virtual_servers}
        for subject in rest:
            own = {name_of(service): service for service in subject.config.virtual_servers}
            for one, here, other, there in ((first, services, subject, own), (subject, own, first, services)):
                lacking = [name for name in here if name not in there]
                if lacking:
                    more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
                    yield self.finding(
                        f"{other.path} has no virtual server {lacking[0]}{more}, {one.path} has",
                        _head(here[lacking[0]]),
                        consequence=f"the service is gone when {other.path} takes over",
                        hint="write the same virtual servers on all routers",
                    )
            for name in services:
                if name in own:
                    yield from self._compare(first, services[name], subject, own[name], name)

    def _compare(
        self, first: Subject, service: VirtualServer, subject: Subject, own: VirtualServer, name: str
    ) -> Iterator[Finding]:
        related = _related(service)
        for what in ("lb_algo", "lb_kind", "persistence_timeout"):
            ours, theirs = getattr(own, what), getattr(service, what)
            if ours != theirs:
                yield self.finding(
                    f"virtual server {name}: {what} is {_said(ours)} in {subject.path}, {_said(theirs)} in "
                    f"{first.path}",
                    own.span_of(what) or _head(own),
                    consequence="the service behaves differently after a takeover",
                    hint="write the same on all routers",
                    related=related,
                )
        here = {(server.address, server.port) for server in own.real_servers}
        there = {(server.address, server.port) for server in service.real_servers}
        if here != there and here & there:
            address, port = min(here ^ there, key=str)
            more = f" and {len(here ^ there) - 1} more" if len(here ^ there) > 1 else ""
            yield self.finding(
                f"virtual server {name}: real server {address} {port or ''}".rstrip()
                + f"{more} not in both {first.path} and {subject.path}",
                _head(own),
                consequence="clients find other servers after a takeover",
                hint="write the same real servers on all routers",
                related=related,
            )
