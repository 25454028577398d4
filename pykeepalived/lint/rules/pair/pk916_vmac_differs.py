"""PK916 vmac-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import Member, shared_routers
from pykeepalived.lint.subject import Subject


def _mac(member: Member) -> str:
    vmac = member.instance.use_vmac
    if vmac is None:
        return "no vmac"
    return f"the MAC {vmac.mac.hex(':')}" if vmac.mac else "the MAC of the VRID"


class VmacDiffers(PairRule):
    """Only some routers of a group use a virtual MAC address, or they use different ones.

    It works, as the addresses are announced with the new MAC on each takeover; but a virtual MAC is there
    so that hosts need not learn anything then.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            use_vmac
            virtual_ipaddress {
                192.0.2.10/24
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
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            use_vmac
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            use_vmac
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK916"
    name: ClassVar[str] = "vmac-differs"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member, model in router.odd_ones(_mac):
                yield self.finding(
                    f"{member.router} uses {_mac(member)}, {model.router} {_mac(model)}",
                    member.place("use_vmac", word=0),
                    consequence="the MAC address of the virtual addresses changes with each takeover",
                    hint="use the same use_vmac on all routers",
                    subject=member.instance.name,
                    related=model.related("the other one", "use_vmac", word=0),
                )
