"""What the supervisor remembers of its children, so that one that died goes on where it was.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from pykeepalived.ipc.draining import ServerDrained
from pykeepalived.ipc.messages import (
    BfdSessionMemo,
    Message,
    Restored,
    RouterState,
    RouterStateChanged,
    ServiceStateChanged,
    SubjectKind,
    TrackerObserved,
    VerdictChanged,
)
from pykeepalived.tracking.settings import Key

_FORGOTTEN = frozenset({RouterState.STOP, RouterState.DELETED})


@dataclass(slots=True)
class Memory:
    """The last state of each subject."""

    _states: dict[tuple[SubjectKind, str], RouterStateChanged] = field(default_factory=dict)
    _verdicts: dict[tuple[str, str], VerdictChanged] = field(default_factory=dict)
    _services: dict[str, ServiceStateChanged] = field(default_factory=dict)
    _bfd: dict[str, BfdSessionMemo] = field(default_factory=dict)
    _trackers: dict[Key, TrackerObserved] = field(default_factory=dict)
    _drained: dict[tuple[str, str], ServerDrained] = field(default_factory=dict)

    def note(self, message: Message) -> None:
        """Keep what a child says about a state; everything else is ignored."""
        match message:
            case RouterStateChanged(name=name, kind=kind, state=state) if state in _FORGOTTEN:
                self._states.pop((kind, name), None)
            case RouterStateChanged(name=name, kind=kind):
                self._states[kind, name] = message
            case VerdictChanged(service=service, server=server):
                self._verdicts[service, server] = message
            case ServiceStateChanged(service=service):
                self._services[service] = message
            case BfdSessionMemo(name=name):
                self._bfd[name] = message
            case TrackerObserved(kind=tracker, name=name):
                self._trackers[tracker, name] = message
            case ServerDrained(service=service, server=server, drained=True):
                self._drained[service, server] = message
            case ServerDrained(service=service, server=server):
                self._drained.pop((service, server), None)
            case _:
                pass

    def restored(self, died_at: int) -> Restored:
        """Everything, for a process that takes over from one that died."""
        return Restored(
            died_at,
            tuple(self._states.values()),
            tuple(self._verdicts.values()),
            tuple(self._services.values()),
            tuple(self._bfd.values()),
            trackers=tuple(self._trackers.values()),
            drained=tuple(self._drained.values()),
        )
