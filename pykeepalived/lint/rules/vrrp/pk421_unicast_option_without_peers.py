"""PK421 unicast-option-without-peers."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Edit, Fix
from pykeepalived.lint.rules.vrrp._helpers import (
    VrrpDiagnosticRule,
    block_headed_by,
    fix_of,
    removal,
    statement_at,
)
from pykeepalived.lint.subject import Subject


class UnicastOptionWithoutPeers(VrrpDiagnosticRule):
    """A word for unicast is used, and there is no unicast_peer.

    Without peers the instance uses multicast, which is often not possible where unicast was wanted (clouds,
    routed networks): both routers become Master then. List the other routers in unicast_peer; for the
    source of multicast adverts the word is mcast_src_ip.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            unicast_src_ip 192.0.2.1
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK421"
    name: ClassVar[str] = "unicast-option-without-peers"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-peers",)
    advice: ClassVar[str] = "list the other routers in unicast_peer"

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        statement = statement_at(subject, diagnostic.span)
        if statement is None:
            return None
        if statement.keyword == "unicast_src_ip":
            return Fix(
                "Write mcast_src_ip, as multicast is used",
                (Edit(statement.span(), "mcast_src_ip"),),
                safe=False,
            )
        block = block_headed_by(subject, statement)
        if block is not None and block.children:  # peers that could not be read
            return None
        return fix_of("Remove it, as multicast is used", removal(subject, statement), safe=True)
