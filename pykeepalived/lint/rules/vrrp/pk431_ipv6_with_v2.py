"""PK431 ipv6-with-v2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.resolving.vrids import family_of
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.subject import Subject


class Ipv6WithV2(DiagnosticRule):
    """An IPv6 instance asks for VRRP version 2.

    Version 2 is for IPv4 only: keepalived uses version 3. Where the file says version 2 an advert_int in
    whole seconds and authentication were expected, and version 3 handles both differently.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 2
            virtual_ipaddress {
                fe80::10/64
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            virtual_ipaddress {
                fe80::10/64
            }
        }
    """

    code: ClassVar[str] = "PK431"
    name: ClassVar[str] = "ipv6-with-v2"
    severity: ClassVar[Severity] = Severity.WARNING

    diagnostics: ClassVar[tuple[str, ...]] = ("version",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        said = {
            diagnostic.subject for diagnostic in subject.diagnostics if diagnostic.code in self.diagnostics
        }
        for instance in subject.config.vrrp_instances:
            statement = instance.where.get("version")
            if statement is None or statement.words[1:2] != ("2",) or family_of(instance) != 6:
                continue
            span = statement.span(1)
            yield self.finding(
                "IPv6 needs VRRP version 3",
                span,
                consequence="version 3 is used",
                hint="write version 3",
                subject=instance.name,
                fix=Fix("Write version 3", (Edit(span, "3"),), safe=True),
                # Only in strict mode does keepalived complain.
                severity=Severity.ERROR if instance.name in said else None,
            )
