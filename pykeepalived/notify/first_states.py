"""At a start the line about a sync group comes before those about its members, as keepalived has it.  Pure.

The virtual routers begin one by one and the group has a state when the last one has; software that follows a
FIFO meets the group first.  So what is said first of a member waits for what is said first of its group.
"""

from __future__ import annotations

from collections.abc import Mapping

from pykeepalived.ipc.messages import RouterState, RouterStateChanged, SubjectKind

LONGEST_WAIT_SECONDS = 0.5
"""A member may wait for a script while another begins: its news must not be held for that."""

_WAITS = frozenset({RouterState.BACKUP, RouterState.FAULT})
_Subject = tuple[SubjectKind, str]


class FirstStates:
    """Holds first states of members back.  ``group_of``: the sync group of each instance that is in one."""

    def __init__(self, group_of: Mapping[str, str]) -> None:
        self.group_of = group_of
        self._heard: set[_Subject] = set()
        self._held: list[RouterStateChanged] = []

    @property
    def waiting(self) -> bool:
        """Whether something is held; ``release`` it after LONGEST_WAIT_SECONDS at most."""
        return bool(self._held)

    def known(self, kind: SubjectKind, name: str) -> None:
        """This state was told by a process before this one."""
        self._heard.add((kind, name))

    def admit(self, message: RouterStateChanged) -> list[RouterStateChanged]:
        """What to tell now, in order."""
        subject = (message.kind, message.name)
        first = subject not in self._heard
        if message.state is not RouterState.INIT:
            self._heard.add(subject)
        if message.kind is SubjectKind.GROUP:
            held = [one for one in self._held if self.group_of.get(one.name) == message.name]
            self._held = [one for one in self._held if one not in held]
            return [message, *held]
        group = self.group_of.get(message.name)
        if first and message.state in _WAITS and group and (SubjectKind.GROUP, group) not in self._heard:
            self._held.append(message)
            return []
        if any(one.name == message.name for one in self._held):
            return [*self.release(), message]
        return [message]

    def release(self) -> list[RouterStateChanged]:
        """Everything that is held, in the order in which it came."""
        held, self._held = self._held, []
        return held
