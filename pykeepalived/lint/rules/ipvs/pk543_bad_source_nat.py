"""PK543 bad-source-nat."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class BadSourceNat(DiagnosticRule):
    """The source addresses of full NAT cannot be read.

    `source_nat` takes the word `masquerade` (the address of the interface that the packet leaves by), or for
    each address family one address or one range. Other words are not used, and the servers see the client's
    address.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            # pykeepalived: source_nat yes
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            # pykeepalived: source_nat 198.51.100.254
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK543"
    name: ClassVar[str] = "bad-source-nat"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-source-nat",)
