"""Reads configurations one after the other, with what it remembers of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykeepalived.daemon import garbage

if TYPE_CHECKING:
    from pykeepalived.config.host import Host
    from pykeepalived.daemon.configured import Configured
    from pykeepalived.daemon.plan_memory import PlanMemory
    from pykeepalived.daemon.settings import DaemonSettings
    from pykeepalived.syntax.source import Loader


class Reader:
    """What :class:`pykeepalived.daemon.kept_start.KeptStart` reads with.

    What that needs is imported by the first reading: a start may not need one until everything runs.
    """

    def __init__(self) -> None:
        self._memory: PlanMemory | None = None

    def __call__(self, settings: DaemonSettings, loader: Loader, host: Host) -> Configured:
        from pykeepalived.daemon.plan_memory import PlanMemory
        from pykeepalived.daemon.plans import configure

        self._memory = self._memory or PlanMemory()
        with garbage.made_to_stay():
            return configure(settings, loader, host, self._memory)
