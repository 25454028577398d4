"""What is tracked, by whom and how much it weighs.

Complete settings (``plan.tracking`` has applied every default), of plain values, so that ``ipc`` can carry
them and a reload can compare them with ``==``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

NEVER_TOO_MANY = 1 << 32
"""``quorum_max`` that was not given."""


class TrackerKind(enum.StrEnum):
    """Kind of a tracked thing; the value is the word for it in messages."""

    INTERFACE = "interface"
    SCRIPT = "script"
    FILE = "file"
    PROCESS = "process"
    BFD = "bfd"


Key = tuple[TrackerKind, str]
"""A tracked thing: names are unique per kind."""


@dataclass(frozen=True, slots=True)
class Follow:
    """One line of a ``track_…`` block: a router follows a thing, by itself or because its sync group does.

    ``weight`` 0 means that a bad state is a fault; any other weight moves the priority.  With ``reverse``
    good and bad change places.  ``group``: the sync group whose line it is, empty for the router's own.
    """

    kind: TrackerKind
    name: str
    weight: int = 0
    reverse: bool = False
    group: str = ""

    @property
    def key(self) -> Key:
        return (self.kind, self.name)

    @property
    def factor(self) -> int:
        """Weight with the sign that ``reverse`` gives it."""
        return -self.weight if self.reverse else self.weight


@dataclass(frozen=True, slots=True)
class RouterTracking:
    """What one router follows.  ``group`` is its sync group: the members begin together."""

    name: str
    priority: int
    follows: tuple[Follow, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class StaticGroup:
    """``track_group``: its members are at fault while a static address, route or rule of it is missing."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkDelay:
    """``interface_up_down_delays``: a change counts when it has lasted that long."""

    interface: str
    down_ns: int = 0
    up_ns: int = 0


@dataclass(frozen=True, slots=True)
class PolledLink:
    """``linkbeat_interfaces``: the driver is asked every second.  ``method`` None: the first that works."""

    interface: str
    method: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptSettings:
    """One ``vrrp_script``.

    ``starts_failed`` is ``init_fail``, ``by_symlink`` ``use_symlink_paths``.
    """

    name: str
    argv: tuple[str, ...]
    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()
    interval_ns: int = 1_000_000_000
    timeout_ns: int = 1_000_000_000
    rise: int = 1
    fall: int = 1
    starts_failed: bool = False
    by_symlink: bool = False

    @property
    def command(self) -> tuple[object, ...]:
        """What makes it the same script after a reload, as in keepalived."""
        return (self.argv, self.uid, self.gid)


@dataclass(frozen=True, slots=True)
class FileSettings:
    """One ``track_file``.  ``initial``: write this number at start when there is no file, or in any case
    with ``overwrite``.
    """

    name: str
    path: str
    initial: int | None = None
    overwrite: bool = False


class ParameterMatch(enum.Enum):
    """How arguments of a process are compared with the configured ones."""

    NONE = "none"
    EXACT = "exact"
    INITIAL = "initial"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """One ``vrrp_track_process``.

    ``parameters`` are the wanted arguments as /proc has them, each with a NUL behind it.
    """

    name: str
    path: str
    parameters: bytes = b""
    match: ParameterMatch = ParameterMatch.NONE
    full_command: bool = False
    quorum: int = 1
    quorum_max: int = NEVER_TOO_MANY
    fork_delay_ns: int = 0
    terminate_delay_ns: int = 0


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """What the notifier process watches for the vrrp process.

    ``process_buffer``: receive buffer of the process connector in bytes, 0 for the kernel's; with
    ``process_buffer_force`` it may exceed the host's limit.
    """

    scripts: tuple[ScriptSettings, ...] = ()
    files: tuple[FileSettings, ...] = ()
    processes: tuple[ProcessSettings, ...] = ()
    process_buffer: int = 0
    process_buffer_force: bool = False

    @property
    def empty(self) -> bool:
        return not (self.scripts or self.files or self.processes)


@dataclass(frozen=True, slots=True)
class AwaitedScript:
    """A script whose first answer some router waits for, at most ``patience_ns``."""

    name: str
    starts_failed: bool
    patience_ns: int
    identity: str
    """Differs when a reload made another script of it."""


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """Everything that the vrrp process needs to know."""

    routers: tuple[RouterTracking, ...] = ()
    scripts: tuple[AwaitedScript, ...] = ()
    static_groups: tuple[StaticGroup, ...] = ()
    delays: tuple[LinkDelay, ...] = ()
    polled: tuple[PolledLink, ...] = ()
