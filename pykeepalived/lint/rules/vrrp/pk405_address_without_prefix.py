"""PK405 address-without-prefix."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.values import AddressLine
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import address_span, addresses
from pykeepalived.lint.subject import Subject


def _is_bare(line: AddressLine) -> bool:
    return line.statement is not None and "/" not in line.statement.words[0] and line.peer is None


def _holds(other: AddressLine, line: AddressLine) -> bool:
    """Whether ``line`` lies in the network that ``other`` was given with."""
    if (
        other.address.version != line.address.version
        or other.prefix_length >= other.address.max_prefixlen - 1
    ):
        return False
    return line.address in ip_network((other.address, other.prefix_length), strict=False)


class AddressWithoutPrefix(Rule):
    """A virtual address has no prefix length.

    keepalived adds it as /32 (/128 for IPv6), so no route to its network comes with it. That is often
    wanted; it is not where the interface has no other address in that network, and hardly where other
    addresses of the instance do have a length (a warning then).

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK405"
    name: ClassVar[str] = "address-without-prefix"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            lines = addresses(instance)
            bare = [line for line in lines if _is_bare(line)]
            prefixed = [line for line in lines if not _is_bare(line)]
            for line in bare:
                near = [other for other in prefixed if _holds(other, line)]
                if near:
                    message = f"{line.address} has no prefix length, {near[0]} of the same network has one"
                    yield self._about(instance, (line,), message, Severity.WARNING)
            alone = tuple(line for line in bare if not any(_holds(other, line) for other in prefixed))
            if alone:
                more = f" and {len(alone) - 1} more" if len(alone) > 1 else ""
                verb = "have" if more else "has"
                message = f"{alone[0].address}{more} {verb} no prefix length"
                yield self._about(instance, alone, message, Severity.NOTICE)

    def _about(
        self, instance: VrrpInstance, lines: tuple[AddressLine, ...], message: str, severity: Severity
    ) -> Finding:
        spans = [(span, line) for line in lines if (span := address_span(line)) is not None]
        edits = tuple(
            Edit(span, f"{line.statement.words[0]}/{line.prefix_length}")
            for span, line in spans
            if line.statement
        )
        return self.finding(
            message,
            address_span(lines[0]),
            consequence=f"it is added as /{lines[0].prefix_length}, without a route to its network",
            hint="write the length of the network, or the length that is used now",
            subject=instance.name,
            severity=severity,
            fix=Fix(f"Write the length that is used, /{lines[0].prefix_length}", edits, safe=True),
        )
