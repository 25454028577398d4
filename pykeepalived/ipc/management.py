"""What others on this host ask of the running daemon, by D-Bus and by SNMP."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ManagementJob(enum.StrEnum):
    """What a program on this host may ask for besides signals."""

    DATA = "data"
    STATS = "stats"
    STATS_CLEAR = "stats-clear"
    RELOAD = "reload"
    ANNOUNCE = "announce"
    """Gratuitous ARP and unsolicited NA for every address of one instance, if it is Master."""


@dataclass(frozen=True, slots=True)
class ManagementRequest:
    """dbus to supervisor: someone who may asks for this; ``instance`` is for ANNOUNCE only."""

    job: ManagementJob
    instance: str = ""


class Adjustable(enum.StrEnum):
    """What SNMP may change in a running daemon."""

    PRIORITY = "priority"
    PREEMPTION = "preemption"
    WEIGHT = "weight"


@dataclass(frozen=True, slots=True)
class SettingChange:
    """Until the next reload this has another value.

    ``name`` is an instance, or the label of a virtual server whose ``server`` it is about.  PREEMPTION is
    1 or 0.
    """

    what: Adjustable
    name: str
    value: int
    server: str = ""


@dataclass(frozen=True, slots=True)
class SettingChanges:
    """snmp to supervisor: what one request set, to be carried out as one."""

    changes: tuple[SettingChange, ...]


@dataclass(frozen=True, slots=True)
class AnnounceAgain:
    """supervisor to vrrp: this instance announces its addresses again, if it is Master."""

    name: str
