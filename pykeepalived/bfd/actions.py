"""Everything a session can ask the world to do; a returned list is performed from first to last."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from pykeepalived.bfd.events import Standing
from pykeepalived.bfd.states import State


class SendPacket(NamedTuple):
    """Send one control packet, now.  We never ask for echo, demand mode or authentication."""

    state: State
    diagnostic: int
    multiplier: int
    my_discriminator: int
    your_discriminator: int
    desired_min_tx_ns: int
    required_min_rx_ns: int
    poll: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class ReportState:
    """Tell VRRP and the checkers that the path works (``up``), or does not."""

    up: bool


@dataclass(frozen=True, slots=True)
class Remember:
    """Have this kept for a process that may have to take up the session."""

    standing: Standing


class LogLevel(enum.IntEnum):
    """Numbered as in syslog; DETAIL is written with -D only."""

    WARNING = 4
    INFO = 6
    DETAIL = 7


@dataclass(frozen=True, slots=True)
class Log:
    """A line for the log; the session's name is put before it."""

    level: LogLevel
    text: str


Action = SendPacket | ReportState | Remember | Log
