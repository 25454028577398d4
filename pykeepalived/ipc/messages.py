"""Everything that our processes say to each other, as frozen dataclasses.

Fields may hold what :mod:`pykeepalived.ipc.codec` carries: ints, floats, strings, bools, bytes, None, enums,
ipaddress objects, tuples and dataclasses.  ``request_id`` pairs a question with its answer; 0 asks for none.
A point in time ends in ``_at`` and is CLOCK_MONOTONIC in nanoseconds, which all processes of a host share.

Who says what:

=====================  ===========================================================================
supervisor -> child    Stop, Reload, DumpRequest, PeerRestarted, PeerGone
supervisor -> checker  DrainRequest
child -> supervisor    Ready, ReloadDone, RouterStateChanged, VerdictChanged, ServiceStateChanged,
                       InstanceSnapshots, VerdictSnapshots, BfdSessionMemo, BfdSnapshots,
                       DrainAnswer, ServerDrained
vrrp -> checker        InstanceState, RouterStateChanged
checker -> vrrp        ServicesApplied
bfd -> vrrp, checker   BfdStateChanged
vrrp -> notifier       RouterStateChanged, PriorityChanged, LowerPriorityReceived
checker -> notifier    VerdictChanged, ServiceStateChanged
any -> notifier        RunScript
notifier -> vrrp       TrackerObserved (and to the supervisor)
supervisor -> snmp     RouterStateChanged, VerdictChanged, ServiceStateChanged, answers to its DumpRequest
snmp -> supervisor     DumpRequest (carried to the others)
supervisor -> dbus     RouterStateChanged
dbus -> supervisor     ManagementRequest
supervisor -> vrrp     AnnounceAgain
=====================  ===========================================================================
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pykeepalived.bfd.events import Standing
from pykeepalived.ipc.details import HostReport, InstanceDetail, ProcessReport, ServiceReport
from pykeepalived.ipc.draining import DrainAnswer, DrainRequest, ServerDrained
from pykeepalived.ipc.management import AnnounceAgain, ManagementRequest, SettingChanges
from pykeepalived.tracking.settings import TrackerKind


class Process(enum.StrEnum):
    """Our processes; the value is what keepalived's log calls it after ``Keepalived``."""

    SUPERVISOR = ""
    VRRP = "_vrrp"
    CHECKER = "_healthcheckers"
    NOTIFIER = "_notifier"
    BFD = "_bfd"
    SNMP = "_snmp"
    DBUS = "_dbus"

    @property
    def ident(self) -> str:
        """The name in log lines: ``Keepalived_vrrp``."""
        return f"Keepalived{self.value}"


class SubjectKind(enum.StrEnum):
    """What changed its VRRP state; the value is the word that scripts and FIFOs get."""

    INSTANCE = "INSTANCE"
    GROUP = "GROUP"


class RouterState(enum.StrEnum):
    """A VRRP state as scripts and FIFOs name it."""

    INIT = "INIT"
    BACKUP = "BACKUP"
    MASTER = "MASTER"
    FAULT = "FAULT"
    STOP = "STOP"
    DELETED = "DELETED"


# ---------------------------------------------------------------- life of a process


@dataclass(frozen=True, slots=True)
class Ready:
    """Start is complete: sockets are open and the cores run."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop in good order (priority-0 adverts, addresses removed) and return from ``run``.

    A child also gets this when SIGTERM reached it or its supervisor died; ``reason`` says so for the log.
    """

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reload:
    """Carry out this plan instead of the present one; what is equal in both goes on untouched.

    ``plan`` is the same type that ``run`` got as its first argument.
    """

    request_id: int
    plan: object


@dataclass(frozen=True, slots=True)
class ReloadDone:
    """The new plan is in force.  ``problem`` is empty, or a sentence about what could not be carried out."""

    request_id: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PeerRestarted:
    """Another child was started (anew): whatever it was told before must be told again."""

    process: Process


@dataclass(frozen=True, slots=True)
class PeerGone:
    """Another child does not run any more, or not at present: do not wait for its answers."""

    process: Process


# ---------------------------------------------------------------- VRRP


@dataclass(frozen=True, slots=True)
class RouterStateChanged:
    """An instance or sync group entered a state.

    ``priority`` is the effective one, 0 for a group.  The notifier runs scripts and writes FIFO lines from
    this; the supervisor remembers it for a restart.
    """

    name: str
    kind: SubjectKind
    state: RouterState
    priority: int
    changed_at: int


@dataclass(frozen=True, slots=True)
class PriorityChanged:
    """The effective priority moved while the state stayed (``vrrp_notify_priority_changes``)."""

    name: str
    state: RouterState
    priority: int


@dataclass(frozen=True, slots=True)
class LowerPriorityReceived:
    """A Master heard an advertisement of lower priority (``notify_master_rx_lower_pri``)."""

    name: str
    priority: int


@dataclass(frozen=True, slots=True)
class InstanceState:
    """vrrp to checker: this instance is Master now (apply its services), or is not (withdraw them).

    Answered by ServicesApplied; the vrrp process waits at most 100 ms when it becomes Master, and never
    when it leaves (``request_id`` 0: no answer wanted).
    """

    name: str
    master: bool
    request_id: int = 0


@dataclass(frozen=True, slots=True)
class ServicesApplied:
    """checker to vrrp: the kernel holds the services of the instance asked about."""

    request_id: int


# ---------------------------------------------------------------- tracking


@dataclass(frozen=True, slots=True)
class TrackerObserved:
    """notifier to vrrp: what a tracked script (1 good, 0 bad), process (1 quorum, 0 none) or file (its
    number) says now.

    ``line`` is for the log, in keepalived's words, and may come alone (``status`` None).  Said once per
    change, and again without line when the vrrp process is a new one or has reloaded.  The supervisor
    hears of scripts and remembers their last status.
    """

    kind: TrackerKind
    name: str
    status: int | None
    line: str = ""


# ---------------------------------------------------------------- BFD


@dataclass(frozen=True, slots=True)
class BfdStateChanged:
    """bfd to vrrp and checker: the session of ``bfd_instance NAME`` came up, or is not up any more.

    Said once per change, and again for every session when the receiver is started anew (PeerRestarted).
    A session that was never mentioned is down.
    """

    name: str
    up: bool


@dataclass(frozen=True, slots=True)
class BfdSessionMemo:
    """bfd to supervisor: what a process has to know that takes up this session after a crash."""

    name: str
    standing: Standing


# ---------------------------------------------------------------- health


@dataclass(frozen=True, slots=True)
class VerdictChanged:
    """A real server went up or down in a virtual service.

    Both names are in keepalived's spelling: ``[192.0.2.1]:tcp:80``, ``FWM 7``, ``[GROUP]:0``.
    ``changed`` is false for the first bad result of a server that began as down (alpha): no mail about it.
    """

    service: str
    server: str
    up: bool
    reason: str = ""
    changed: bool = True


@dataclass(frozen=True, slots=True)
class ServiceStateChanged:
    """A virtual service gained (``up``) or lost its quorum.  ``reason`` is the sum of weights, for a mail."""

    service: str
    up: bool
    reason: str = ""


# ---------------------------------------------------------------- taking up after a restart


@dataclass(frozen=True, slots=True)
class Restored:
    """What the supervisor remembers of a child that died.

    ``died_at`` is when the supervisor noticed its end.  Only the last state per subject is in here.
    """

    died_at: int
    states: tuple[RouterStateChanged, ...] = ()
    verdicts: tuple[VerdictChanged, ...] = ()
    services: tuple[ServiceStateChanged, ...] = ()
    bfd: tuple[BfdSessionMemo, ...] = ()
    trackers: tuple[TrackerObserved, ...] = ()
    drained: tuple[ServerDrained, ...] = ()


# ---------------------------------------------------------------- dumps


class DumpKind(enum.StrEnum):
    """What a signal asked for; STATS_CLEAR sets counters to zero after reading them."""

    DATA = "data"
    STATS = "stats"
    STATS_CLEAR = "stats-clear"
    JSON = "json"
    STATUS = "status"
    """For the control socket: with details, and no file is written."""


@dataclass(frozen=True, slots=True)
class DumpRequest:
    """Tell what only the process knows.  The supervisor lays it out and writes the file.

    The vrrp process answers with InstanceSnapshots, the last of which says ``last``; the checker process
    with VerdictSnapshots.
    """

    request_id: int
    kind: DumpKind


@dataclass(frozen=True, slots=True)
class InstanceCounters:
    """Counters of one instance; names and order are those of keepalived's JSON ``stats`` object."""

    advert_rcvd: int = 0
    advert_sent: int = 0
    become_master: int = 0
    release_master: int = 0
    packet_len_err: int = 0
    advert_interval_err: int = 0
    ip_ttl_err: int = 0
    invalid_type_rcvd: int = 0
    addr_list_err: int = 0
    invalid_authtype: int = 0
    authtype_mismatch: int = 0
    auth_failure: int = 0
    auth_ext_missing: int = 0
    auth_ext_malformed: int = 0
    auth_ext_unknown_key: int = 0
    auth_ext_invalid_hmac: int = 0
    auth_ext_stale: int = 0
    auth_ext_replay: int = 0
    pri_zero_rcvd: int = 0
    pri_zero_sent: int = 0


@dataclass(frozen=True, slots=True)
class InstanceSnapshot:
    """What only the vrrp process knows of one instance; the rest of a dump comes from the configuration.

    ``last_transition_ns`` is CLOCK_REALTIME (0: none yet); ``master_adver_interval_ns`` and
    ``master_priority`` are what the present Master advertised; ``master_address`` is empty when unknown.
    """

    name: str
    state: RouterState
    wanted_state: RouterState
    effective_priority: int
    master_priority: int
    master_adver_interval_ns: int
    last_transition_ns: int
    addresses_set: bool
    counters: InstanceCounters
    master_address: str = ""
    master_down_interval_ns: int = 0
    source_address: str = ""
    interface_ok: bool = True
    detail: InstanceDetail | None = None


@dataclass(frozen=True, slots=True)
class InstanceSnapshots:
    """Answer to DumpRequest, in portions so that no advertisement waits for a long one.

    ``host`` comes with the last portion for a state file.
    """

    request_id: int
    instances: tuple[InstanceSnapshot, ...]
    last: bool = True
    host: HostReport | None = None


@dataclass(frozen=True, slots=True)
class VerdictSnapshots:
    """Answer of the checker process to DumpRequest."""

    request_id: int
    verdicts: tuple[VerdictChanged, ...]
    services: tuple[ServiceStateChanged, ...]
    last: bool = True
    details: tuple[ServiceReport, ...] = ()


@dataclass(frozen=True, slots=True)
class BfdSnapshot:
    """One BFD session as its process sees it; states are those of RFC 5880 in words.

    ``remote_…`` numbers are those of the neighbour's last packet, 0 before it.
    """

    name: str
    neighbor: str
    state: str
    remote_state: str
    reported_up: bool
    diagnostic: int
    remote_diagnostic: int
    discriminator: int
    remote_discriminator: int
    transmit_interval_ns: int
    receive_interval_ns: int
    detection_ns: int
    sent: int
    received: int
    send_errors: int
    remote_min_tx_ns: int = 0
    remote_min_rx_ns: int = 0
    remote_multiplier: int = 0
    polling: bool = False


@dataclass(frozen=True, slots=True)
class BfdSnapshots:
    """Answer of the BFD process to DumpRequest; ``discards`` are refused packets by reason."""

    request_id: int
    sessions: tuple[BfdSnapshot, ...]
    discards: tuple[tuple[str, int], ...] = ()
    last: bool = True


@dataclass(frozen=True, slots=True)
class WatchSnapshots:
    """Answer of the notifier process to DumpRequest: what it counts for the vrrp process."""

    request_id: int
    processes: tuple[ProcessReport, ...] = ()
    last: bool = True


# ---------------------------------------------------------------- scripts


@dataclass(frozen=True, slots=True)
class ScriptUser:
    """Whom a script runs as: numeric, resolved when the configuration was loaded."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RunScript:
    """Run this command now.  ``name`` is for the log; the exit status goes to the log only."""

    argv: tuple[str, ...]
    user: ScriptUser
    name: str


Message = (
    Ready
    | Stop
    | Reload
    | ReloadDone
    | PeerRestarted
    | PeerGone
    | RouterStateChanged
    | PriorityChanged
    | LowerPriorityReceived
    | InstanceState
    | ServicesApplied
    | TrackerObserved
    | BfdStateChanged
    | BfdSessionMemo
    | VerdictChanged
    | ServiceStateChanged
    | DumpRequest
    | InstanceSnapshots
    | VerdictSnapshots
    | BfdSnapshots
    | WatchSnapshots
    | ManagementRequest
    | SettingChanges
    | AnnounceAgain
    | DrainRequest
    | DrainAnswer
    | ServerDrained
    | RunScript
)
"""What :class:`pykeepalived.ipc.channels.Channel` sends and receives."""
