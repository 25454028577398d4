"""What can happen to a pool (events in) and what its owner has to do about it (actions out)."""

from __future__ import annotations

from dataclasses import dataclass

from pykeepalived.lvs.service import DestinationKey
from pykeepalived.lvs.settings import PoolSettings

# ------------------------------------------------------------------ events


@dataclass(frozen=True, slots=True)
class Startup:
    """The daemon starts, or a reload brought a virtual server that was not there before."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The pool ends.  ``removed`` is true for a virtual server that a reload took out of the file."""

    removed: bool = False


@dataclass(frozen=True, slots=True)
class ServerVerdict:
    """All checks of one real server together: up when none of them fails.

    ``first``: the first result of a check in alpha mode is bad; told although the server was down before.
    """

    server: DestinationKey
    up: bool
    first: bool = False


@dataclass(frozen=True, slots=True)
class WeightChanged:
    """A check or an operator chose a new weight; below 0 counts as 0."""

    server: DestinationKey
    weight: int


@dataclass(frozen=True, slots=True)
class Limited:
    """An operator's wish: no more than ``most`` as weight, 0 (drained: no new connections) or more.

    None is "no limit".  It outlives failures, weights chosen by checks, and reloads that keep the server.
    """

    server: DestinationKey
    most: int | None


@dataclass(frozen=True, slots=True)
class Gone:
    """A server that a reload removed (``drain_removed``) has no connections any more, or its time is over."""

    server: DestinationKey


@dataclass(frozen=True, slots=True)
class Enabled:
    """The VRRP instance ``owner`` is (becoming) Master: its services belong into the kernel's table."""

    owner: str


@dataclass(frozen=True, slots=True)
class Disabled:
    """``owner`` is no longer Master: its services leave the table.  Verdicts go on counting."""

    owner: str


@dataclass(frozen=True, slots=True)
class ConfigChanged:
    """A reload: servers that stay keep their state, quorum is judged again."""

    settings: PoolSettings


Event = (
    Startup | Shutdown | ServerVerdict | WeightChanged | Limited | Gone | Enabled | Disabled | ConfigChanged
)

# ------------------------------------------------------------------ actions


@dataclass(frozen=True, slots=True)
class Log:
    """One line for the log, in keepalived's words."""

    text: str


@dataclass(frozen=True, slots=True)
class ServerNotify:
    """A real server went up or down: scripts, FIFO line ``RS [server] [service] UP``, mail.

    ``changed`` is false when it was so before and is only told of now: no mail then, as in keepalived.
    """

    pool: str
    server: DestinationKey
    label: str
    up: bool
    changed: bool = True


@dataclass(frozen=True, slots=True)
class QuorumNotify:
    """Quorum was gained or lost: scripts, FIFO line ``VS [service] UP``, mail with ``mail_text``."""

    pool: str
    up: bool
    mail_text: str


@dataclass(frozen=True, slots=True)
class TableChanged:
    """``Pool.desired()`` differs from before: bring the kernel in line, before the actions that follow."""


Action = Log | ServerNotify | QuorumNotify | TableChanged
