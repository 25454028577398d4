"""What ``status`` tells of an instance or a virtual server beyond a dump: parts of answers to DumpRequest.

A point in time ends in ``_at`` (CLOCK_MONOTONIC in ns); ``realtime_ns`` is CLOCK_REALTIME.
"""

from __future__ import annotations

from dataclasses import dataclass

from pykeepalived.tracking.settings import TrackerKind


@dataclass(frozen=True, slots=True)
class PeerReport:
    """One sender as the receive ledger knows it; ``last_at`` 0: no advert of it was ever good.

    ``forms`` and ``discards`` are pairs of a word and how often; ``refusal`` says of the last refused packet
    what was wrong with it.
    """

    source: str
    adverts: int
    last_at: int
    interval_ns: int
    priority: int
    forms: tuple[tuple[str, int], ...] = ()
    discards: tuple[tuple[str, int], ...] = ()
    refused_at: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class TrackerReport:
    """A tracked thing and what it does to the instance now.

    ``weight`` has the sign that ``reverse`` gives it; 0 means that a bad state is a fault.  ``status`` is 1
    or 0, a file's number, None while unknown.  ``group``: the sync group whose line it is.
    """

    kind: TrackerKind
    name: str
    weight: int
    reverse: bool
    status: int | None
    points: int
    is_fault: bool
    text: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class TransitionReport:
    """A change of state.

    ``reason`` is the value of a ``vrrp.actions.Reason``, ``priority`` was the effective one; ``detail`` may
    be empty.
    """

    realtime_ns: int
    old: str
    new: str
    reason: str
    priority: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ClaimReport:
    """Somebody else says that it has a virtual address of a Master.  ``mac`` empty: it does not say which."""

    address: str
    interface: str
    mac: str
    times: int
    last_at: int


@dataclass(frozen=True, slots=True)
class InstanceDetail:
    """One instance.  ``transitions`` are the last few, the newest last.

    ``master_down_at`` and ``preempt_at`` are set while it is Backup.  ``awaited``: what it waits for before
    it begins.  ``discards``: refused packets by reason, of senders known or not.
    ``claims``: who else used its addresses, the last few.
    ``put_back``: addresses that somebody else removed and that were added again; the last of them when.
    ``refused``: addresses, routes and rules that the kernel does not take, and its reasons, the first few of
    ``refused_in_all``.
    """

    transitions: tuple[TransitionReport, ...] = ()
    trackers: tuple[TrackerReport, ...] = ()
    faults: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    peers: tuple[PeerReport, ...] = ()
    peers_left_out: int = 0
    discards: tuple[tuple[str, int], ...] = ()
    master_down_at: int | None = None
    preempt_at: int | None = None
    put_back: int = 0
    put_back_at: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    refused_in_all: int = 0
    claims: tuple[ClaimReport, ...] = ()
    wants_master: bool = False
    deadline_at: int | None = None
    advertised_at: int = 0


@dataclass(frozen=True, slots=True)
class LinkReport:
    """An interface as the kernel tells of it; ``mac`` in its usual spelling, empty when it has none.

    ``flags`` are the kernel's IFF_* bits; ``parent`` is the name of what a stacked one stands on.
    """

    index: int
    name: str
    flags: int
    mac: str
    mtu: int
    hardware_type: int
    group: int
    kind: str = ""
    parent: str = ""
    addresses4: tuple[str, ...] = ()
    addresses6: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SocketReport:
    """A VRRP socket: one descriptor for both ways.  ``routers`` are its instances with their VRIDs."""

    descriptor: int
    interface: str
    family: int
    protocol: int
    routers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TrackedReport:
    """A tracked thing and what was last heard of it; None: nothing yet."""

    kind: TrackerKind
    name: str
    status: int | None


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """A ``vrrp_track_process``: how many there are, and whether a change of that is waiting for its delay."""

    name: str
    count: int
    quorum: bool
    fork_waits: bool = False
    terminate_waits: bool = False


@dataclass(frozen=True, slots=True)
class HostReport:
    """What the vrrp process knows besides its routers."""

    links: tuple[LinkReport, ...] = ()
    sockets: tuple[SocketReport, ...] = ()
    tracked: tuple[TrackedReport, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerReport:
    """A real server of a virtual service; ``weight`` is what the kernel is to have while it is up."""

    server: str
    up: bool
    weight: int
    configured_weight: int


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """A virtual service.

    ``present``: it belongs into the kernel now.  ``owners``: the instances it follows.  ``quorum`` and
    ``alive_weight`` are sums of weights; ``sorry``: the sorry server's name while it replaces the pool.
    """

    service: str
    present: bool
    quorum_up: bool
    quorum: int
    hysteresis: int
    alive_weight: int
    owners: tuple[str, ...] = ()
    sorry: str = ""
    servers: tuple[ServerReport, ...] = ()
