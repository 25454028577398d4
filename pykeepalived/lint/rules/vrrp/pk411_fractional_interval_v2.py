"""PK411 fractional-interval-v2."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Edit, Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, instance_named
from pykeepalived.lint.subject import Subject


class FractionalIntervalV2(VrrpDiagnosticRule):
    """advert_int is no whole number of seconds, and VRRP version 2 counts in seconds.

    keepalived rounds it, and drops adverts with another interval, so routers that round differently do not
    hear each other. Use version 3 for intervals below a second.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 2
            advert_int 0.5
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            advert_int 0.5
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK411"
    name: ClassVar[str] = "fractional-interval-v2"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("advert-interval",)
    advice: ClassVar[str] = "write whole seconds, or use version 3"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and "version 2" in diagnostic.message

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
