"""What a virtual router has to say, as data: one member per line, text and urgency in one table.

The wording is keepalived's, because people and tools search for it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class LogLevel(enum.IntEnum):
    """Numbered as in syslog."""

    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6


class LogEvent(enum.Enum):
    """Template of each line; the name of the instance or group stands before it."""

    ENTERING_STATE = "Entering {state} STATE"
    ENTERING_STATE_INIT = "Entering {state} STATE (init)"
    ADVERTISEMENT_TIMEOUT = "Receive advertisement timeout"
    TAKING_ADDRESSES = "setting VIPs."
    TAKING_EXCLUDED_ADDRESSES = "setting E-VIPs."
    RELEASING_ADDRESSES = "removing VIPs."
    RELEASING_EXCLUDED_ADDRESSES = "removing E-VIPs."
    TAKING_ROUTES = "setting Virtual Routes"
    TAKING_RULES = "setting Virtual Rules"
    RELEASING_ROUTES = "removing Virtual Routes"
    RELEASING_RULES = "removing Virtual Rules"
    SENT_RELEASE = "sent 0 priority"
    LOWER_PRIORITY = (
        "Received advert from {source} with lower priority {priority}, ours {ours}, forcing new election"
    )
    LOWER_ADDRESS = (
        "Received advert from {source} with equal priority {priority} but lower address, forcing new election"
    )
    LOWER_PRIORITY_DISCARDED = "received lower priority ({priority}) advert from {source} - discarding"
    HIGHER_PRIORITY = "Master received advert from {source} with higher priority {priority}, ours {ours}"
    HIGHER_ADDRESS = (
        "Master received advert from {source} with same priority {priority} but higher IP address than ours"
    )
    TWO_OWNERS = "{source} also claims to own the addresses (priority 255); check the configuration of both"
    OWNER_IGNORED = "address owner ignores the advert of {source}"
    RELEASE_HEARD = "Backup received priority 0 advertisement from {source}"
    RELEASE_HEARD_BY_MASTER = "Master received priority 0 advertisement from {source}"
    MASTER_IS = "master set to {source}"
    MASTER_CHANGED = "master changed from {previous} to {source}"
    ADDRESSES_DIFFER = "the address list of {source} differs from ours"
    INTERVAL_DIFFERS = "advertisement interval of {source} is {theirs}, ours {ours}; using theirs"
    PREEMPT_DELAY_STARTED = "start preempt delay ({delay})"
    PREEMPT_DELAY_STOPPED = "stop preempt delay"
    PREEMPT_DELAY_EXPIRED = "preempt delay expired"
    PRIORITY_CHANGED = "Changing effective priority from {old} to {new}"
    FAULT = "fault: {reason}"
    FAULT_CLEARED = "no longer at fault: {reason}"
    GROUP_SYNCING = "Syncing instances to {state} state"
    OVERSLEPT = "did not run for {slept}; {consequence}"
    PREEMPTION_WAITS = "the virtual services are not there yet; the Master is preempted when they are"
    SERVICES_LATE = "virtual services were not confirmed within {limit}; taking the addresses"


_QUIET = frozenset(
    {
        LogEvent.ENTERING_STATE,
        LogEvent.ENTERING_STATE_INIT,
        LogEvent.TWO_OWNERS,
        LogEvent.OVERSLEPT,
        LogEvent.ADDRESSES_DIFFER,
        LogEvent.INTERVAL_DIFFERS,
        LogEvent.HIGHER_PRIORITY,
        LogEvent.HIGHER_ADDRESS,
        LogEvent.LOWER_PRIORITY,
        LogEvent.LOWER_ADDRESS,
        LogEvent.LOWER_PRIORITY_DISCARDED,
        LogEvent.GROUP_SYNCING,
        LogEvent.PRIORITY_CHANGED,
        LogEvent.FAULT,
        LogEvent.FAULT_CLEARED,
        LogEvent.SERVICES_LATE,
    }
)
"""Written even without ``-D``; everything else is detail."""


@dataclass(frozen=True, slots=True)
class Log:
    """One line for the log.

    ``fields`` are the values of the template (and of the JSON form).  ``suppressed`` is how many lines of
    the same kind the rate limit swallowed before this one.
    """

    level: LogLevel
    event: LogEvent
    name: str
    fields: tuple[tuple[str, object], ...] = ()
    suppressed: int = 0

    @property
    def detail(self) -> bool:
        """Whether the line is only for ``-D``."""
        return self.event not in _QUIET

    @property
    def text(self) -> str:
        """The line as keepalived would write it."""
        tail = f" ({self.suppressed} more like this before)" if self.suppressed else ""
        subject = f"VRRP_Group({self.name})" if self.event is LogEvent.GROUP_SYNCING else f"({self.name})"
        return f"{subject} {self.event.value.format(**dict(self.fields))}{tail}"
