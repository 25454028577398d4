"""What the command line says that every process needs."""

from __future__ import annotations

from dataclasses import dataclass

from pykeepalived.ipc.messages import Restored


@dataclass(frozen=True, slots=True)
class ProcessOptions:
    """Third argument of ``run(plan, channels, options) -> int`` of every child process.

    ``restored`` is None on a first start, else what the supervisor remembers of the process that died.
    ``address_monitoring`` is -a, ``release_vips`` -X, ``keep_addresses`` -V (--dont-release-vrrp),
    ``keep_services`` -I (--dont-release-ipvs).  ``journal`` is where the process notes what it changes in the
    host (:mod:`pykeepalived.kernel.journal`), each in a file of its own; None: nowhere.
    """

    address_monitoring: bool = False
    release_vips: bool = False
    keep_addresses: bool = False
    keep_services: bool = False
    restored: Restored | None = None
    journal: str | None = None
