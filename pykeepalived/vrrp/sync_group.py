"""Several virtual routers that change state together (``vrrp_sync_group``).

The rules are keepalived's.  Everybody becomes Master when the last member wants to, so that one link that
fell silent neither splits the group nor makes it fight.  Everybody becomes Backup when one member must.  A
fault of one member is a fault of all.
"""

from __future__ import annotations

from collections.abc import Sequence

from pykeepalived.vrrp.actions import (
    Action,
    GroupStateChanged,
    LowerPriorityReceived,
    PublicState,
    StateChanged,
)
from pykeepalived.vrrp.events import (
    Event,
    FaultCleared,
    FaultRaised,
    GroupAllowsMaster,
    GroupFellBack,
    GroupRivalHeard,
)
from pykeepalived.vrrp.log import Log, LogEvent, LogLevel
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import SyncGroupSettings
from pykeepalived.vrrp.states import Backup, Master, public_state

MemberActions = list[tuple[str, Action]]

_RANK = (PublicState.INIT, PublicState.FAULT, PublicState.BACKUP, PublicState.MASTER, PublicState.STOP)
"""A group is in the first of these that any member is in: Master when all are, stopped when all are."""


class SyncGroup:
    """Drives its member routers.

    Every event of a member goes through ``handle``; the answer may hold actions of *other* members, and
    their deadlines may have moved, so read all of them again.
    """

    def __init__(self, settings: SyncGroupSettings, members: Sequence[VirtualRouter]) -> None:
        self.settings = settings
        self.members = {member.settings.name: member for member in members}
        for member in members:
            member.grouped = True
        self._published = self.state

    @property
    def state(self) -> PublicState:
        """The state of the group as a whole."""
        states = {public_state(member.state) for member in self.members.values()}
        return next((state for state in _RANK if state in states), PublicState.INIT)

    def handle(self, member: str, event: Event, now: int) -> MemberActions:
        """Give ``event`` to ``member`` and move the others along.

        Returns (router name, action) pairs in order; ``GroupStateChanged`` comes with the group's name.
        """
        out: MemberActions = []
        router = self.members[member]
        was_master = isinstance(router.state, Master)
        self._give(out, router, event, now)
        others: MemberActions = []
        self._share_faults(others, now)
        if was_master and isinstance(router.state, Backup):
            for other in self.members.values():
                self._give(others, other, GroupFellBack(), now)
        if any(isinstance(action, LowerPriorityReceived) for _, action in out):
            for other in self.members.values():
                if other is not router:
                    self._give(others, other, GroupRivalHeard(), now)
        self._become_master_together(others, router, now)
        if any(name != member and isinstance(action, StateChanged) for name, action in others):
            state = self.state.value
            sync = Log(LogLevel.INFO, LogEvent.GROUP_SYNCING, self.settings.name, (("state", state),))
            at = next(index for index, (name, _) in enumerate(others) if name != member)
            others.insert(at, (self.settings.name, sync))
        out += others
        self._publish(out)
        return out

    def _give(self, out: MemberActions, router: VirtualRouter, event: Event, now: int) -> None:
        name = router.settings.name
        out.extend((name, action) for action in router.handle(event, now))

    # ------------------------------------------------------------ faults

    @property
    def _fault(self) -> str:
        return f"sync group {self.settings.name}"

    def _share_faults(self, out: MemberActions, now: int) -> None:
        """Each member is at fault while any *other* has a fault of its own."""
        own = {
            name
            for name, router in self.members.items()
            if any(fault != self._fault for fault in router.faults)
        }
        for name, router in self.members.items():
            event = FaultRaised(self._fault) if own - {name} else FaultCleared(self._fault)
            out.extend(
                (name, action)
                for action in router.handle(event, now)
                # The group says it in one line of its own.
                if not (isinstance(action, Log) and action.event in (LogEvent.FAULT, LogEvent.FAULT_CLEARED))
            )

    # ------------------------------------------------------------ mastership

    def _become_master_together(self, out: MemberActions, first: VirtualRouter, now: int) -> None:
        routers = self.members.values()
        willing = all(
            isinstance(router.state, Master)
            or (isinstance(router.state, Backup) and router.state.wants_master)
            for router in routers
        )
        if not willing:
            return
        for router in (first, *(router for router in routers if router is not first)):
            self._give(out, router, GroupAllowsMaster(), now)

    # ------------------------------------------------------------ telling

    def _publish(self, out: MemberActions) -> None:
        new = self.state
        if new is not self._published:
            out.append((self.settings.name, GroupStateChanged(self._published, new)))
            self._published = new
