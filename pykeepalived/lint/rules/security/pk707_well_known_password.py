"""PK707 well-known-password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

KNOWN = frozenset({
    "password", "passw0rd", "p@ssw0rd", "passwd", "pass", "pass123", "pass1234", "secret", "letmein",
    "changeme", "change_me", "keepalived", "keepaliv", "keepalive", "keeppass", "admin", "admin123",
    "root", "test", "vrrp",
    "qwerty", "abc123", "mypass", "mypasswo", "vrrppass", "haproxy", "nginx",
    "example", "foobar", "asdf", "k@l!ve1", "xxxxxxxx", "1q2w3e4r", "yourpass", "somepass", "secretpa",
})  # fmt: skip


def _is_known(password: str) -> bool:
    return password in KNOWN or len(set(password)) == 1 or password in "01234567890987654321"


class WellKnownPassword(Rule):
    """The password is the one of an example.

    A password keeps apart two groups that have the same VRID by mistake. It cannot when both were copied
    from the same example: 1111 stands in more published files than any other.

    Bad:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            authentication {
                auth_type PASS
                auth_pass 1111
            }
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    Good:
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
    """

    code: ClassVar[str] = "PK707"
    name: ClassVar[str] = "well-known-password"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            kept = instance.authentication
            if kept is None or not kept.auth_pass or not _is_known(kept.auth_pass.lower()):
                continue
            yield self.finding(
                f"the password of {instance.name} is a well-known one",
                kept.span_of("auth_pass"),
                consequence="it does not tell this group from one that was copied from the same example",
                hint="choose up to 8 characters of your own, the same on all routers of the group",
            )
