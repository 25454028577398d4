"""A new plan told to a process that has the old one: what both share is not told again.

With 1,000 routers a plan is 1.5 MB of JSON, which takes longer to write and to read than everything else of
a reload.  Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.tracking.settings import TrackingSettings

_NO_TRACKING = TrackingSettings()


@dataclass(frozen=True, slots=True)
class VrrpPlanChange:
    """``rest`` is the new plan, but its routers are only those that the old one has not; ``order`` names all
    routers of the new one.  ``same_tracking``: the new plan follows what the old one did.
    """

    rest: VrrpPlan
    order: tuple[str, ...]
    same_tracking: bool

    def applied_to(self, old: VrrpPlan) -> VrrpPlan:
        """The new plan; unchanged routers are the very objects of ``old``, which must be the plan that the
        change was made from (KeyError where it shows that it is not).
        """
        known = {settings.name: settings for settings in (*old.routers, *self.rest.routers)}
        return replace(
            self.rest,
            routers=tuple([known[name] for name in self.order]),
            tracking=old.tracking if self.same_tracking else self.rest.tracking,
        )


def _same(old: object, new: object) -> bool:
    """A plan keeps the very object of what did not change, and comparing it to itself would take long."""
    return old is new or old == new


def change_between(old: object, new: object) -> object:
    """What to tell a process that runs ``old``: a change of a VrrpPlan, any other plan as it is."""
    if not isinstance(old, VrrpPlan) or not isinstance(new, VrrpPlan):
        return new
    before = {settings.name: settings for settings in old.routers}
    same_tracking = _same(old.tracking, new.tracking)
    rest = replace(
        new,
        routers=tuple([one for one in new.routers if not _same(before.get(one.name), one)]),
        tracking=_NO_TRACKING if same_tracking else new.tracking,
    )
    return VrrpPlanChange(rest, tuple([settings.name for settings in new.routers]), same_tracking)
