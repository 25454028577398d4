"""Skew_Time and Master_Down_Interval (RFC 9568 section 6.1, RFC 3768 section 6.1).

Nanoseconds in and out; multiplied first and divided by 256 last, so that nothing is lost to whole units.
"""

from __future__ import annotations

import functools

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.vrrp.settings import RouterSettings

SERVICES_LIMIT_NS = 100 * NANOSECONDS_PER_MILLISECOND
"""How long a takeover waits for its virtual services before it takes the addresses without them."""
SERVICES_FIRST_LIMIT_NS = 2 * NANOSECONDS_PER_SECOND
"""The same while the checker has never answered: it may still be starting, and nobody has served yet."""
PREEMPTION_PATIENCE_NS = 60 * NANOSECONDS_PER_SECOND
"""How long the preemption of a Master that serves waits for virtual services: who cannot serve need not."""


def skew_time_ns(version: int, priority: int, master_adver_interval_ns: int) -> int:
    """How much longer a Backup of this priority waits than the best possible one.

    Version 3 scales with the Master's interval; version 2 divides one second, whatever the interval.
    """
    unit = NANOSECONDS_PER_SECOND if version == 2 else master_adver_interval_ns
    return (256 - priority) * unit // 256


@functools.lru_cache(maxsize=4096)
def master_down_interval_ns(
    version: int, priority: int, master_adver_interval_ns: int, down_timer_adverts: int = 3
) -> int:
    """The silence after which a Backup of this priority declares the Master dead."""
    return down_timer_adverts * master_adver_interval_ns + skew_time_ns(
        version, priority, master_adver_interval_ns
    )


def shortest_down_interval_ns(settings: RouterSettings) -> int:
    """After this silence of ours the quickest possible peer may have taken over."""
    return master_down_interval_ns(
        settings.version,
        settings.quickest_peer_priority,
        settings.advertisement_interval_ns,
        settings.down_timer_adverts,
    )


def tolerated_lateness_ns(master_adver_interval_ns: int) -> int:
    """A timer later than this means that we slept, and may have missed what others sent meanwhile.

    A process that only waited for the processor finds the packets in its queue, so that it must not be
    punished for a few milliseconds; a suspended machine does not.
    """
    return max(master_adver_interval_ns // 2, 50 * NANOSECONDS_PER_MILLISECOND)


def long_sleep_ns(down_interval_ns: int) -> int:
    """After a sleep longer than this nothing that was known before counts."""
    return max(down_interval_ns, NANOSECONDS_PER_SECOND)
