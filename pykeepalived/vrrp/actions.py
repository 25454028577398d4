"""Everything a virtual router can ask the world to do: the closed set of outputs of its state machine.

The order of a returned list is part of the contract: the driver performs it from first to last.  Two
liberties are granted to it.  ``Log`` and ``Count`` may be put off to the end of the list, so that writing
a line never stands before an advertisement.  ``TakeAddresses`` is always followed at once by its
``AnnounceAddresses``; the two may be interleaved in chunks as long as an address is in the kernel before
it is announced (RFC 9568 section 8.1.2).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pykeepalived.vrrp.log import Log
from pykeepalived.vrrp.routing import Route, Routing
from pykeepalived.vrrp.settings import VirtualAddress


class PublicState(enum.Enum):
    """State as scripts, FIFOs and status files name it."""

    INIT = "INIT"
    BACKUP = "BACKUP"
    MASTER = "MASTER"
    FAULT = "FAULT"
    STOP = "STOP"


class Reason(enum.Enum):
    """Why a router changed state, in words for ``status`` and ``explain``."""

    STARTUP = "started"
    RESUMED = "resumed mastership after a restart of the process"
    ADDRESS_OWNER = "owns the addresses (priority 255)"
    MASTER_SILENT = "no advertisement from a master within the down interval"
    MASTER_RELEASED = "the master released its role (priority 0)"
    HIGHER_PRIORITY = "advertisement with a higher priority received"
    EQUAL_PRIORITY_HIGHER_ADDRESS = "advertisement with equal priority from a higher address received"
    FAULT = "a fault was raised"
    FAULT_CLEARED = "the last fault was cleared"
    SYNC_GROUP = "the sync group changed state"
    OVERSLEPT = "slept longer than the down interval of the peers and must not preempt"
    SHUTDOWN = "shutdown"


class RoundKind(enum.Enum):
    """What an announcement round is for."""

    ENTERED_MASTER = "entered master"
    MASTER_DELAY = "second round after garp_master_delay"
    REFRESH = "garp_master_refresh"
    EXTRA_INTERFACES = "garp_extra_if"
    LOWER_PRIORITY = "lower priority advertisement received"
    LOWER_PRIORITY_DELAY = "second round after garp_lower_prio_delay"
    AWAKENED = "after a stall"
    CONFIGURATION = "addresses added by a reload"
    REQUEST = "someone asked for it"


class Counter(enum.Enum):
    """Protocol counters of one router (RFC 2787, RFC 6527, keepalived.stats).

    Discarded packets are counted by the driver under ``wire.vrrp_receive.DiscardReason``; sent
    advertisements (and those with priority 0) by the driver when the kernel took them.
    """

    ADVERTISEMENT_RECEIVED = "advert_rcvd"
    BECAME_MASTER = "become_master"
    RELEASED_MASTER = "release_master"
    PRIORITY_ZERO_RECEIVED = "pri_zero_rcvd"
    ADDRESS_LIST_MISMATCH = "addr_list_err"
    INTERVAL_DIFFERS = "advert_interval_differs"
    OWNER_IGNORED = "owner_ignored"
    ANSWER_SUPPRESSED = "answer_suppressed"
    STALL = "stall"


@dataclass(frozen=True, slots=True)
class SendAdvertisement:
    """Send one advertisement with this priority, now; 0 releases mastership."""

    priority: int


@dataclass(frozen=True, slots=True)
class ApplyServices:
    """Have the virtual services of this router put into the kernel, then answer ``ServicesApplied``."""


@dataclass(frozen=True, slots=True)
class WithdrawServices:
    """Have the virtual services of this router taken out of the kernel; comes after ``ReleaseAddresses``."""


@dataclass(frozen=True, slots=True)
class TakeAddresses:
    """Make the kernel hold these addresses; one that is there already is not an error."""

    addresses: tuple[VirtualAddress, ...]


@dataclass(frozen=True, slots=True)
class ReleaseAddresses:
    """Make the kernel not hold these addresses; one that is gone already is not an error."""

    addresses: tuple[VirtualAddress, ...]


@dataclass(frozen=True, slots=True)
class TakeRouting:
    """Make the kernel hold these routes and rules; comes after the addresses that they may need.

    ``replaced`` are (old, new) routes of which the new one is to take the old one's place.
    """

    added: tuple[Routing, ...] = ()
    replaced: tuple[tuple[Route, Route], ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseRouting:
    """Make the kernel not hold these rules and routes; comes before the addresses go."""

    removed: tuple[Routing, ...]


@dataclass(frozen=True, slots=True)
class AnnounceAddresses:
    """Send gratuitous ARP and unsolicited NA for these addresses.

    ``repeat`` times the whole list (first every address once, then again), with the gaps of
    ``AnnounceSettings`` between the frames.
    """

    kind: RoundKind
    addresses: tuple[VirtualAddress, ...]
    repeat: int


@dataclass(frozen=True, slots=True)
class StopAnnouncing:
    """Drop announcement frames of this router that are still queued."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """Publish the new state (scripts, FIFOs, status).  Everything it implies has been done before."""

    old: PublicState
    new: PublicState
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class GroupStateChanged:
    """The sync group as a whole changed state; addressed to the group's name."""

    old: PublicState
    new: PublicState


@dataclass(frozen=True, slots=True)
class LowerPriorityReceived:
    """A Master heard a lower priority (``notify_master_rx_lower_pri``).  Rate limited like the answer."""


@dataclass(frozen=True, slots=True)
class PriorityPublished:
    """The effective priority changed (``notify_priority_changes``)."""

    priority: int


@dataclass(frozen=True, slots=True)
class Count:
    """Add one to a counter."""

    counter: Counter


Action = (
    SendAdvertisement
    | ApplyServices
    | WithdrawServices
    | TakeAddresses
    | ReleaseAddresses
    | TakeRouting
    | ReleaseRouting
    | AnnounceAddresses
    | StopAnnouncing
    | StateChanged
    | GroupStateChanged
    | LowerPriorityReceived
    | PriorityPublished
    | Log
    | Count
)
