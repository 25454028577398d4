"""Several virtual routers that change state together (``vrrp_sync_group``)."""

from __future__ import annotations

from collections.abc import Sequence

from pykeepalived.vrrp.actions import Action
from pykeepalived.vrrp.events import Event
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import SyncGroupSettings


class SyncGroup:
    """Drives its member routers.

    Every event of a member goes through ``handle``; the answer may hold actions of *other* members, and
    their deadlines may have moved, so read all of them again.
    """

    def __init__(self, settings: SyncGroupSettings, members: Sequence[VirtualRouter]) -> None:
        self.settings = settings
        self.members = {member.settings.name: member for member in members}

    def handle(self, member: str, event: Event, now: int) -> list[tuple[str, Action]]:
        """Give ``event`` to ``member`` and move the others along.

        Returns (router name, action) pairs in order; ``GroupStateChanged`` comes with the group's name.
        """
        raise NotImplementedError
