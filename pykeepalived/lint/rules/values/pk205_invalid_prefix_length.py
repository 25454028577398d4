"""PK205 invalid-prefix-length."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class InvalidPrefixLength(DiagnosticRule):
    """A prefix length is out of range.

    IPv4 has 0 to 32, IPv6 0 to 128. keepalived uses the longest one then, so the address is added without
    its subnet.

    Bad:
        vrrp_instance VI_1 {
            virtual_ipaddress {
                192.0.2.10/42
            }
        }
    Good:
        vrrp_instance VI_1 {
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK205"
    name: ClassVar[str] = "invalid-prefix-length"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-prefix",)
    advice: ClassVar[str | None] = "write 0 to 32 for IPv4, 0 to 128 for IPv6"
