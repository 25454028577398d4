"""Everything that can happen to a session: facts in the past tense, without bytes and without time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pykeepalived.bfd.settings import SessionSettings


@dataclass(frozen=True, slots=True)
class Standing:
    """What is worth remembering of a session beyond the life of its process.

    ``reported_up`` is what VRRP and the checkers were told; ``up`` whether the session was Up.
    """

    discriminator: int
    up: bool = False
    reported_up: bool = False
    remote_discriminator: int = 0
    remote_min_tx_ns: int = 0
    remote_min_rx_ns: int = 0
    remote_multiplier: int = 0


@dataclass(frozen=True, slots=True)
class Startup:
    """The session may begin.

    ``resumed`` is what the process before us left when it died without a farewell: the neighbour may not
    have noticed, and if it has, that says nothing about the path.
    """

    resumed: Standing | None = None


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The session must end: orderly stop, or it left the configuration."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """``session.deadline`` was reached and the receive queue has been drained since.

    Too early is harmless.
    """


@dataclass(frozen=True, slots=True)
class ConfigChanged:
    """A reload changed settings.  The path stays: another one is a new session."""

    settings: SessionSettings


class PacketReceived(NamedTuple):
    """A control packet of this session passed every rung of the receive ladder.

    Field names follow RFC 5880 section 4.1; ``state`` and ``diagnostic`` are the numbers received.
    """

    my_discriminator: int
    state: int
    diagnostic: int
    multiplier: int
    desired_min_tx_ns: int
    required_min_rx_ns: int
    poll: bool = False
    final: bool = False
    demand: bool = False


Event = Startup | Shutdown | TimerFired | ConfigChanged | PacketReceived
