"""PK432 first-ipv6-not-link-local."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import address_span
from pykeepalived.lint.subject import Subject


class FirstIpv6NotLinkLocal(Rule):
    """The first address of an IPv6 instance is not link-local.

    RFC 9568 section 5.2.9 wants the link-local address of the virtual router first. Between keepaliveds it
    works without; other vendors' routers refuse such adverts, and hosts that take the address as their
    router expect the link-local one.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            virtual_ipaddress {
                2001:db8::10/64
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            virtual_ipaddress {
                fe80::10/64
                2001:db8::10/64
            }
        }
    """

    code: ClassVar[str] = "PK432"
    name: ClassVar[str] = "first-ipv6-not-link-local"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            first = next(iter(instance.virtual_ipaddress), None)
            if first is None or first.address.version == 4 or first.address.is_link_local:
                continue
            if not instance.strict_mode:  # in strict mode it is an error, which another rule stands for
                yield self.finding(
                    f"the first IPv6 address, {first.address}, is not link-local",
                    address_span(first),
                    consequence="routers of other vendors refuse the advert",
                    hint="put a link-local address first, for example fe80::10/64",
                    subject=instance.name,
                )
