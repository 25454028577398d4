"""What the checker process is told; without a word of the configuration language, as ``vrrp_plan``."""

from __future__ import annotations

from dataclasses import dataclass, field

from pykeepalived.health.settings import ServerChecks
from pykeepalived.lvs.settings import PoolSettings
from pykeepalived.plan.lvs_support import CheckerProcessSettings, LvsSupport
from pykeepalived.plan.ports import IpvsTimeouts


@dataclass(frozen=True, slots=True)
class CheckerPlan:
    """All that the checker process needs; its first argument and the payload of a Reload.

    ``flush_at_start`` is lvs_flush; ``flush_at_stop`` lvs_flush_on_stop without VS: the whole table goes.
    ``notes`` are log lines about what was left out.
    """

    told_by_changes = True
    """Of the class, not of a plan (no field): see ``plan_change``."""
    pools: tuple[PoolSettings, ...] = ()
    checks: tuple[ServerChecks, ...] = ()
    timeouts: IpvsTimeouts | None = None
    flush_at_start: bool = False
    flush_at_stop: bool = False
    notes: tuple[str, ...] = ()
    support: LvsSupport = field(default_factory=LvsSupport)
    process: CheckerProcessSettings = field(default_factory=CheckerProcessSettings)
