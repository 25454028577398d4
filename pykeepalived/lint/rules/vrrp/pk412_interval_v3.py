"""PK412 interval-v3."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Edit, Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, instance_named
from pykeepalived.lint.subject import Subject


class IntervalV3(VrrpDiagnosticRule):
    """advert_int does not fit the field of VRRP version 3.

    The field has 12 bits for hundredths of a second: 0.01 to 40.95 seconds. keepalived takes the nearest
    value that fits.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            advert_int 60
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            advert_int 40
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK412"
    name: ClassVar[str] = "interval-v3"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("advert-interval",)
    advice: ClassVar[str] = "write 0.01 to 40.95 seconds in steps of 0.01"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and "version 3" in diagnostic.message

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        instance = instance_named(subject, diagnostic.subject)
        span = instance.span_of("advert_int") if instance is not None else None
        if instance is None or span is None:
            return None
        return Fix(
            f"Write the interval that is used, {instance.advert_int:g}",
            (Edit(span, f"{instance.advert_int:g}"),),
            safe=True,
        )
