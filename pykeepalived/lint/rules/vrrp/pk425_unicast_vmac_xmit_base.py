"""PK425 unicast-vmac-xmit-base."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Fix
from pykeepalived.lint.rules.vrrp._helpers import (
    VrrpDiagnosticRule,
    fix_of,
    instance_named,
    line_before_close,
)
from pykeepalived.lint.subject import Subject


class UnicastVmacXmitBase(VrrpDiagnosticRule):
    """A unicast instance uses a vmac without vmac_xmit_base.

    Unicast adverts have to leave by the real interface; keepalived sets vmac_xmit_base itself and
    complains.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            use_vmac
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            use_vmac
            vmac_xmit_base
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK425"
    name: ClassVar[str] = "unicast-vmac-xmit-base"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("vmac-unicast",)
    advice: ClassVar[str] = "add vmac_xmit_base"

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        instance = instance_named(subject, diagnostic.subject)
        if instance is None:
            return None
        return fix_of("Add vmac_xmit_base", line_before_close(subject, instance, "vmac_xmit_base"), safe=True)
