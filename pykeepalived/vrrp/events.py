"""Everything that can happen to a virtual router: the closed set of inputs of its state machine.

An event is a fact in the past tense.  It carries no bytes and no time; the time is the ``now`` of
:meth:`pykeepalived.vrrp.router.VirtualRouter.handle`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pykeepalived.vrrp.settings import IPAddress, RouterSettings


@dataclass(frozen=True, slots=True)
class Startup:
    """The router may begin.

    ``resume_master``: this process replaces one that was Master a moment ago, sooner than the peers can have
    noticed; the router goes on as Master instead of waiting as Backup.

    ``listening_since``: everything that came for the router since then is in the receive queue and will be
    delivered before its timer is believed, so that Master_Down_Interval counts from there.  None: from now.
    """

    resume_master: bool = False
    listening_since: int | None = None


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The router must stop: orderly end of the process, or the instance left the configuration."""


class AdvertisementReceived(NamedTuple):
    """A valid advertisement of this virtual router arrived from another router; a tuple: one per packet.

    Only packets that passed every rung of the receive ladder become this event.  ``interval_ns`` is the
    sender's advertisement interval.  ``addresses_match`` tells whether its address list is ours (order
    does not matter).
    """

    source: IPAddress
    priority: int
    interval_ns: int
    addresses_match: bool = True


@dataclass(frozen=True, slots=True)
class TimerFired:
    """``router.deadline`` was reached and the receive queue has been drained since.

    A late or spurious one is harmless.
    """


@dataclass(frozen=True, slots=True)
class Woke:
    """The whole process did not run between ``asleep_since`` and ``now`` (suspend, SIGSTOP, starved guest).

    To be delivered *before* the packets that queued up meanwhile.  Optional: without it a router still
    notices a stall by its own late deadline.
    """

    asleep_since: int


@dataclass(frozen=True, slots=True)
class PriorityChanged:
    """The effective priority is now ``priority`` (see :mod:`pykeepalived.vrrp.priority`)."""

    priority: int


@dataclass(frozen=True, slots=True)
class FaultRaised:
    """``reason`` (``interface eth0 down``, ``script chk failed``) forbids taking part.  Reasons add up."""

    reason: str


@dataclass(frozen=True, slots=True)
class FaultCleared:
    """``reason`` no longer holds; the router returns as Backup when no reason is left."""

    reason: str


@dataclass(frozen=True, slots=True)
class ConfigChanged:
    """A reload changed settings.  Name, interface, vrid and family stay: another one is a new router.

    ``priority`` is the effective one under the new settings; None: what weights made of the old base they
    make of the new one.
    """

    settings: RouterSettings
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class PrimaryAddressChanged:
    """The address adverts are sent from; it breaks ties.  None: there is none, which is a fault."""

    address: IPAddress | None


@dataclass(frozen=True, slots=True)
class ServicesApplied:
    """The virtual services of this router are in the kernel (answer to ``ApplyServices``)."""


@dataclass(frozen=True, slots=True)
class GroupAllowsMaster:
    """Sent by the sync group: every member wants to be Master, or the group already is."""


@dataclass(frozen=True, slots=True)
class AnnouncementRequested:
    """Somebody wants the addresses announced again (D-Bus ``SendGarp``); nothing happens unless Master."""


@dataclass(frozen=True, slots=True)
class GroupFellBack:
    """Sent by the sync group: another member became Backup."""


@dataclass(frozen=True, slots=True)
class GroupRivalHeard:
    """Sent by the sync group: another member, Master as this one, heard a Master that is worse.

    That one gives up its whole group as soon as it hears us, so that this member may never hear it; bridges
    and hosts learned its claim on this network all the same.
    """


Event = (
    Startup
    | Shutdown
    | AdvertisementReceived
    | TimerFired
    | Woke
    | PriorityChanged
    | FaultRaised
    | FaultCleared
    | ConfigChanged
    | PrimaryAddressChanged
    | ServicesApplied
    | GroupAllowsMaster
    | GroupFellBack
    | GroupRivalHeard
    | AnnouncementRequested
)
