"""A plan in which one setting has another value.  Pure.

What is asked of a plan that has no such instance or server, or the value already, is the plan itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pykeepalived.lvs.settings import PoolSettings, ServerSettings
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings


def with_priority(plan: VrrpPlan, name: str, priority: int) -> VrrpPlan:
    """Another base priority for one instance; what it tracks counts from there."""
    changed = _with_router(plan, name, lambda router: replace(router, priority=priority))
    if changed is plan:
        return plan
    routers = tuple(
        replace(router, priority=priority) if router.name == name else router
        for router in plan.tracking.routers
    )
    return replace(changed, tracking=replace(plan.tracking, routers=routers))


def with_preemption(plan: VrrpPlan, name: str, preempts: bool) -> VrrpPlan:
    """One instance takes over from routers of lower priority, or leaves them alone."""
    return _with_router(plan, name, lambda router: replace(router, preempt_mode=preempts))


def with_weight(plan: CheckerPlan, service: str, server: str, weight: int) -> CheckerPlan:
    """Another configured weight for one real server, both named by their labels; its checks count from it."""

    def weighed(one: ServerSettings) -> ServerSettings:
        return replace(one, destination=replace(one.destination, weight=weight))

    def changed(pool: PoolSettings) -> PoolSettings:
        if pool.label != service:
            return pool
        servers = tuple(weighed(one) if one.label == server else one for one in pool.servers)
        return pool if servers == pool.servers else replace(pool, servers=servers)

    pools = tuple(map(changed, plan.pools))
    if pools == plan.pools:
        return plan
    checks = tuple(
        replace(one, weight=weight) if (one.service, one.server) == (service, server) else one
        for one in plan.checks
    )
    return replace(plan, pools=pools, checks=checks)


def _with_router(plan: VrrpPlan, name: str, changed: Callable[[RouterSettings], RouterSettings]) -> VrrpPlan:
    routers = tuple(changed(router) if router.name == name else router for router in plan.routers)
    return plan if routers == plan.routers else replace(plan, routers=routers)
