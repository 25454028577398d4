"""PK904 authentication-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import Member, shared_routers
from pykeepalived.lint.subject import Subject


def _secret(member: Member) -> tuple[str, str]:
    """Type and password as they are used; the password is cut already."""
    auth = member.instance.authentication
    if auth is None or auth.auth_type is None:
        return "none", ""
    return auth.auth_type, auth.auth_pass or ""


class AuthenticationDiffers(PairRule):
    """Routers of one group have different authentication.

    Version 2 drops adverts with another type or password, and both routers become Master. (The message
    shows no password.)

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            authentication {
                auth_type PASS
                auth_pass k8Uz
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            authentication {
                auth_type PASS
                auth_pass k8Ux
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            authentication {
                auth_type PASS
                auth_pass k8Uz
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            authentication {
                auth_type PASS
                auth_pass k8Uz
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK904"
    name: ClassVar[str] = "authentication-differs"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member, model in router.odd_ones(_secret):
                if member.instance.version != 2 or model.instance.version != 2:
                    continue
                own, other = _secret(member), _secret(model)
                if own[0] == other[0]:
                    message = f"{member.router} and {model.router} have different passwords"
                else:
                    message = f"{member.router} has authentication {own[0]}, {model.router} {other[0]}"
                yield self.finding(
                    message,
                    member.place("authentication", word=0),
                    consequence="they drop each other's adverts, and both become Master",
                    hint="use the same auth_type and auth_pass on all routers",
                    subject=member.instance.name,
                    related=model.related("the other one", "authentication", word=0),
                )
