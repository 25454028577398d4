"""What the IPVS table needs beside itself, from a configuration: where it is, and who synchronises it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pykeepalived.plan.group_marks import GroupMarks
from pykeepalived.plan.lvs import LvsPlan, sync_daemons
from pykeepalived.plan.lvs_sysctls import SysctlNeed, sysctl_needs
from pykeepalived.plan.ports import SyncDaemon
from pykeepalived.plan.source_nat import SourceNat

if TYPE_CHECKING:
    from pykeepalived.config.blocks.root import Config


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """``lvs_sync_daemon``.

    With an ``instance`` the daemon of role MASTER runs while that instance is Master and the one of role
    BACKUP otherwise; without one both run.
    """

    instance: str | None
    daemons: tuple[SyncDaemon, ...]


@dataclass(frozen=True, slots=True)
class CheckerProcessSettings:
    """How the checker process is to run.

    ``realtime_priority`` None: ordinary scheduling at ``nice``.  ``cpus`` empty: any.
    """

    realtime_priority: int | None = None
    nice: int = 0
    cpus: tuple[int, ...] = ()
    lock_memory: bool = False
    rlimit_rttime_us: int = 0


@dataclass(frozen=True, slots=True)
class LvsSupport:
    """Everything around the table.

    ``namespace`` is where the table is: None in ours, "" in the one the program was started in.
    """

    sync: SyncPlan | None = None
    namespace: str | None = None
    marks: GroupMarks | None = None
    source_nat: SourceNat | None = None
    sysctls: tuple[SysctlNeed, ...] = ()


def plan_support(config: Config, lvs: LvsPlan) -> tuple[LvsSupport, tuple[str, ...]]:
    """The support of ``config``, and what could not be had, as log lines."""
    notes: list[str] = []
    sync = _sync(config, notes)
    checked = frozenset(
        one.settings.label for one in lvs.pools if any(real.checkers for _, real in one.servers)
    )
    pools = [one.settings for one in lvs.pools]
    needs = sysctl_needs(config.global_defs, pools, checked, lvs.source_nat, sync is not None)
    support = LvsSupport(sync, config.net_namespace_ipvs, lvs.marks, lvs.source_nat, needs)
    return support, tuple(notes)


def checker_process(config: Config) -> CheckerProcessSettings:
    """``checker_priority`` and its like."""
    block = config.global_defs
    return CheckerProcessSettings(
        block.checker_rt_priority,
        block.checker_priority,
        block.checker_cpu_affinity or (),
        block.checker_no_swap,
        block.checker_rlimit_rttime if block.checker_rt_priority is not None else 0,
    )


def _sync(config: Config, notes: list[str]) -> SyncPlan | None:
    instance, daemons = sync_daemons(config)
    if not daemons:
        return None
    if instance is not None and all(one.name != instance for one in config.vrrp_instances):
        notes.append(f"lvs_sync_daemon ignored: there is no vrrp_instance {instance}")
        return None
    return SyncPlan(instance, daemons)
