"""PK816 unsuitable-interface."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class UnsuitableInterface(DiagnosticRule):
    """An interface exists and cannot be used in this way.

    VRRP does not run on the loopback; vrf wants a VRF device; the name of a macvlan to be made must not be
    taken by a device that is none.
    """

    code: ClassVar[str] = "PK816"
    name: ClassVar[str] = "unsuitable-interface"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("loopback", "no-vrf", "name-taken")
