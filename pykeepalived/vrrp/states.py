"""The three states of RFC 9568 section 6.4, each owning only its own fields.

A Backup has no advertisement timer and a Master no down timer: what cannot be, cannot be built.
Points in time are nanoseconds of the monotonic clock.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pykeepalived.vrrp.actions import PublicState, Reason
from pykeepalived.vrrp.settings import IPAddress


class InitializeReason(enum.Enum):
    """Why a router does not take part."""

    WAITING = PublicState.INIT
    FAULT = PublicState.FAULT
    STOPPED = PublicState.STOP


@dataclass(frozen=True, slots=True)
class Initialize:
    """Not taking part.  ``reason`` is FAULT while any fault holds."""

    reason: InitializeReason


@dataclass(frozen=True, slots=True)
class Backup:
    """Standing by until ``master_down_at``.

    ``master_adver_interval_ns`` is the interval learned from the Master, our own before one was heard.
    ``master`` and ``master_priority`` describe the last one heard.  ``preempt_at`` is set while
    ``preempt_delay`` runs; ``wants_master`` when the down timer expired and the sync group said "not yet".
    ``released``: that Master sent priority 0.  ``listened_again``: a stall has put the takeover off once.
    ``lower_heard_at``: when a Master that is to be preempted was heard last.  ``put_off_until``: set while
    its preemption waits for our virtual services, the end of that patience.
    """

    master_down_at: int
    master_adver_interval_ns: int
    master: IPAddress | None = None
    master_priority: int = 0
    preempt_at: int | None = None
    wants_master: bool = False
    released: bool = False
    listened_again: bool = False
    lower_heard_at: int | None = None
    put_off_until: int | None = None


@dataclass(frozen=True, slots=True)
class Master:
    """Forwarding; the next own advertisement is due at ``adver_at``.

    ``advertised_at`` is when the last one was sent.  ``services_due_at`` is set while the addresses wait for
    the virtual services, and ``pending_reason`` then says why we became Master.
    """

    adver_at: int
    advertised_at: int
    services_due_at: int | None = None
    pending_reason: Reason | None = None


class ServicesStage(enum.Enum):
    """How far the services of a router are that is not Master."""

    ABSENT = enum.auto()
    ASKED = enum.auto()
    APPLIED = enum.auto()


State = Initialize | Backup | Master


def public_state(state: State) -> PublicState:
    """The name the outside knows a state by."""
    match state:
        case Master():
            return PublicState.MASTER
        case Backup():
            return PublicState.BACKUP
        case Initialize(reason=reason):
            return reason.value
