"""What a daemon keeps from one reading of its configuration to the next, so that a reload does what is new.

It is the last reading only: nothing of those before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pykeepalived.config.bound import Bound
from pykeepalived.config.recall import Memory
from pykeepalived.plan.kept import Kept
from pykeepalived.plan.lvs import PlannedPool
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings

if TYPE_CHECKING:
    from pykeepalived.plan.health import PlannedChecks  # not needed without virtual servers


class Planning:
    """The plans of one reading by their blocks; ``vrrp``: of the reading before until it has its own."""

    def __init__(self, before: Planning | None = None, recalled: Mapping[int, Bound] | None = None) -> None:
        self.routers: Kept[RouterSettings] = Kept(None if before is None else before.routers, recalled)
        self.pools: Kept[PlannedPool] = Kept(None if before is None else before.pools, recalled)
        self.checks: Kept[PlannedChecks] = Kept(None if before is None else before.checks, recalled)
        self.vrrp: VrrpPlan | None = None if before is None else before.vrrp


class PlanMemory:
    """For :func:`pykeepalived.daemon.plans.configure`; made once, for the file of the first reading."""

    def __init__(self) -> None:
        self._file: str | None = None
        self._loads = Memory()
        self._last: Planning | None = None

    def loads(self, file: str) -> Memory | None:
        """What is remembered of loading this file; None for another one (a preview of it)."""
        self._file = self._file or file
        return self._loads if file == self._file else None

    def planning(self, file: str, recalled: Mapping[int, Bound]) -> Planning:
        """A new reading of the file."""
        return Planning(self._last if file == self._file else None, recalled)

    def keep(self, file: str, planning: Planning) -> None:
        """A reading is complete."""
        if file == self._file:
            for kept in (planning.routers, planning.pools, planning.checks):
                kept.end()
            self._last = planning
