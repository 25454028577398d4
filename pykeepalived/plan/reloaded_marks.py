"""A new plan of the checker process with the marks that the running one has handed out."""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.lvs.service import VirtualService
from pykeepalived.lvs.settings import PoolSettings
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.group_marks import GroupMarks, kept_marks
from pykeepalived.plan.source_nat import SourceNat


def with_running_marks(running: CheckerPlan, new: CheckerPlan) -> CheckerPlan:
    """``new``, its groups keeping the marks they have in ``running``."""
    marks = new.support.marks
    change = kept_marks(running.support.marks, marks)
    if not change or marks is None:
        return new
    support = replace(
        new.support, marks=_marks(marks, change), source_nat=_source_nat(new.support.source_nat, change)
    )
    return replace(new, pools=tuple(_pool(pool, change) for pool in new.pools), support=support)


def _pool(pool: PoolSettings, change: dict[int, int]) -> PoolSettings:
    if not any(service.key.fwmark in change for service in pool.services):
        return pool
    return replace(pool, services=tuple(_service(service, change) for service in pool.services))


def _service(service: VirtualService, change: dict[int, int]) -> VirtualService:
    mark = change.get(service.key.fwmark)
    return service if mark is None else replace(service, key=replace(service.key, fwmark=mark))


def _marks(marks: GroupMarks, change: dict[int, int]) -> GroupMarks:
    ranges = tuple(replace(one, mark=change.get(one.mark, one.mark)) for one in marks.ranges)
    groups = tuple((name, protocol, change.get(mark, mark)) for name, protocol, mark in marks.groups)
    return replace(marks, ranges=ranges, groups=groups)


def _source_nat(nat: SourceNat | None, change: dict[int, int]) -> SourceNat | None:
    if nat is None:
        return None
    pools = tuple(
        replace(
            pool,
            services=tuple(replace(one, mark=change.get(one.mark, one.mark)) for one in pool.services),
        )
        for pool in nat.pools
    )
    return replace(nat, pools=pools)
