"""PK538 bad-group-entry."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class BadGroupEntry(DiagnosticRule):
    """A line of a virtual_server_group is neither an address, a range with a port, nor a firewall mark.

    keepalived drops the line, and its addresses are not balanced. The forms are `IP PORT`, `IP/PREFIX
    PORT`, `IP-END PORT` and `fwmark N [inet|inet6]`.

    Bad:
        virtual_server_group web {
            192.0.2.9-2 80
            192.0.2.1 80
        }
    Good:
        virtual_server_group web {
            192.0.2.1-9 80
            fwmark 7
        }
    """

    code: ClassVar[str] = "PK538"
    name: ClassVar[str] = "bad-group-entry"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-group-entry",)
