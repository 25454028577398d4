"""PK421 unicast-option-without-peers."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class UnicastOptionWithoutPeers(DiagnosticRule):
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
