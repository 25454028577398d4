"""PK520 granularity-is-a-number."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, ip_network
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._services import written
from pykeepalived.lint.subject import Subject


def _has_holes(mask: int) -> bool:
    inverse = mask ^ 0xFFFFFFFF
    return bool(inverse & (inverse + 1))


class GranularityIsANumber(DiagnosticRule):
    """persistence_granularity of an IPv4 service is not a netmask.

    It takes a dotted mask. keepalived reads a plain number as the lowest bits of one: 24 becomes 0.0.0.24,
    and clients that have nothing to do with each other are sent to the same server. For IPv6 it is a prefix
    length.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            persistence_timeout 60
            persistence_granularity 24
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            persistence_timeout 60
            persistence_granularity 255.255.255.0
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK520"
    name: ClassVar[str] = "granularity-is-a-number"
    severity: ClassVar[Severity] = Severity.WARNING
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-mask",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        yield from super().check(subject)
        for service in subject.config.virtual_servers:
            mask, text = service.persistence_granularity, written(service, "persistence_granularity")
            if (
                not isinstance(service.address, IPv4Address)
                or not isinstance(mask, IPv4Address)
                or text is None
            ):
                continue
            span = service.span_of("persistence_granularity")
            if text.isdigit() and 0 <= int(text) <= 32 and span is not None:
                better = str(ip_network(f"0.0.0.0/{text}").netmask)
                yield self.finding(
                    f"persistence_granularity {text} is the mask {mask}, not a prefix length",
                    span,
                    consequence=f"clients are grouped by the bits of {mask}",
                    hint=f"write {better}",
                    fix=Fix(f"Write {better}", (Edit(span, better),), safe=False),
                )
            elif _has_holes(int(mask)):
                yield self.finding(
                    f"persistence_granularity {text} is a mask with holes",
                    span,
                    consequence=f"clients are grouped by the bits of {mask}",
                    hint="a netmask is ones, then zeros: 255.255.255.0",
                )
