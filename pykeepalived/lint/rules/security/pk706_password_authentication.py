"""PK706 password-authentication."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject


class PasswordAuthentication(Rule):
    """Routers authenticate by a password in clear text.

    auth_type PASS puts the password into every advertisement, where anybody on the link can read it; it
    keeps a second group with the same VRID apart, not an attacker. RFC 3768 took it out of VRRP. Use
    auth_hmac of keepalived 2.4, unicast peers with a packet filter, or an interface of its own. One finding
    stands for the file.

    Bad:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            authentication {
                auth_type PASS
                auth_pass k9-Zt4wq
            }
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    Good:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    """

    code: ClassVar[str] = "PK706"
    name: ClassVar[str] = "password-authentication"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            kept = instance.authentication
            if kept is not None and kept.auth_type == "PASS" and kept.auth_pass:
                yield self.finding(
                    "auth_type PASS sends the password in clear text",
                    kept.span_of("auth_type"),
                    consequence="whoever can send on this link can also read it",
                    hint="it keeps groups apart, no more; against attackers use auth_hmac or a packet filter",
                )
                return
