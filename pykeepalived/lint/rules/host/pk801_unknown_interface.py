"""PK801 unknown-interface."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class UnknownInterface(DiagnosticRule):
    """An interface does not exist on this machine.

    keepalived does not run VRRP on an interface that is not there when it starts, unless dynamic_interfaces
    is set, and drops addresses, routes and track entries that name one. The usual cause is a file that was
    copied from a machine with other names (eth0 against ens192).
    """

    code: ClassVar[str] = "PK801"
    name: ClassVar[str] = "unknown-interface"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-interface",)
