"""Where ``demo`` and ``lab run`` run: on this host's kernel, or all of it once more in a small guest."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pykeepalived.lab import guest, hostpackages
from pykeepalived.lab.guest_job import GuestJob
from pykeepalived.lab.kernels import GuestKind
from pykeepalived.lab.layout import Layout
from pykeepalived.lab.live import wants_colour
from pykeepalived.lab.site import kernel_has_ipvs

TIMEOUT_S = 900.0


def kind_for(layout: Layout, *, refused: str = "") -> GuestKind | None:
    """The guest to boot, or None to stay on this kernel; why it is left is told.

    ``refused``: what only the caller knows speaks against this kernel.
    """
    if guest.inside_guest():
        return None
    if os.geteuid() != 0:
        reason = "not root"
    elif layout.needs_ipvs and not kernel_has_ipvs():
        reason = "virtual servers, and this kernel has no ip_vs"
    elif refused:
        reason = refused
    elif hostpackages.missing(["ip"]):
        reason = "no iproute2"
    else:
        return None
    print(f"{reason[0].upper()}{reason[1:]}: running in a small guest.", file=sys.stderr)
    return GuestKind.QEMU if layout.needs_nat_rules else GuestKind.UML


def run(kind: GuestKind, module: str, *words: str, out: Path) -> int:
    """``python -m MODULE WORDS…`` in the guest; the command's exit status, or what :func:`guest.run` says."""
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        # The guest's console looks like a terminal whatever stands at our end.
        "FORCE_COLOR" if wants_colour(sys.stdout) else "NO_COLOR": "1",
        "LAB_VM_KIND": str(kind),
    }
    command = (sys.executable, "-m", module, *words)
    job = GuestJob(command=command, out=out, timeout_s=TIMEOUT_S, environment=environment)
    return guest.run(job, kind, guest.progress_printer())
