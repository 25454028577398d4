"""PK914 same-router-id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.subject import Subject


class SameRouterId(PairRule):
    """Two routers have the same router_id.

    It names the router in mails and SNMP: nobody can tell there which one has failed.

    Bad:
        global_defs {
            router_id lb
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        global_defs {
            router_id lb
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        global_defs {
            router_id lb1
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        global_defs {
            router_id lb2
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK914"
    name: ClassVar[str] = "same-router-id"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        seen: dict[str, Subject] = {}
        for subject in subjects:
            defs = subject.config.global_defs
            if not defs.is_set("router_id") or not defs.router_id:
                continue
            other = seen.setdefault(defs.router_id, subject)
            if other is subject:
                continue
            span = other.config.global_defs.span_of("router_id")
            yield self.finding(
                f"{subject.path} and {other.path} both have router_id {defs.router_id}",
                defs.span_of("router_id"),
                consequence="mails and SNMP do not tell the routers apart",
                hint="give each router a name of its own; the default is the host name",
                related=(Related(span, "the other one"),) if span is not None else (),
            )
