"""PK544 bad-ipvs-sysctl."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class BadIpvsSysctl(DiagnosticRule):
    """A kernel parameter of IPVS is misspelt or has no usable value.

    `ipvs_sysctl` takes the word `needed`, or a name below `net.ipv4.vs` and its value: one number, for
    `sync_threshold` two. The line is not used otherwise.

    Bad:
        global_defs {
            # pykeepalived: ipvs_sysctl expire_nodest 1
        }
    Good:
        global_defs {
            # pykeepalived: ipvs_sysctl expire_nodest_conn 1
            # pykeepalived: ipvs_sysctl sync_threshold 2 50
        }
    """

    code: ClassVar[str] = "PK544"
    name: ClassVar[str] = "bad-ipvs-sysctl"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("bad-sysctl",)
