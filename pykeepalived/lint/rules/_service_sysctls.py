"""Kernel parameters that virtual servers need, as they are while the daemon runs."""

from __future__ import annotations

from pykeepalived.config.kinds.lvs_extensions import NEEDED
from pykeepalived.lint.subject import Subject

VS = "net.ipv4.vs."
HINT = "or write '# pykeepalived: ipvs_sysctl needed' into global_defs"


def while_running(subject: Subject, name: str, needed: str = "1") -> str | None:
    """What the file sets (``ipvs_sysctl``), else what the machine has; None when that is not known.

    ``needed``: the value that the daemon gives it when the file asks for all that is needed.
    """
    lines = subject.config.global_defs.ipvs_sysctl
    for line in reversed(lines):
        if VS + line.name == name:
            return line.value
    if any(line.name == NEEDED for line in lines):
        return needed
    return subject.host.sysctl(name) if subject.host is not None else None
