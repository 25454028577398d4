"""``*_rlimit_rttime``: how long a real-time process may keep the processor without pausing.

The kernel sends SIGXCPU when the soft limit is passed, and again for every further second; whoever sets it
handles that signal.  There is no hard limit: a daemon that is killed for a busy moment helps nobody.
"""

from __future__ import annotations

import resource

from pykeepalived.daemon.realtime import Outcome


def limit_runtime(microseconds: int) -> Outcome:
    """Set the soft limit."""
    try:
        _, hard = resource.getrlimit(resource.RLIMIT_RTTIME)
        soft = microseconds if hard == resource.RLIM_INFINITY else min(microseconds, hard)
        resource.setrlimit(resource.RLIMIT_RTTIME, (soft, hard))
    except (OSError, ValueError) as refused:
        return Outcome("processor time", False, f"limit of {microseconds} us was refused ({refused})")
    return Outcome("processor time", True, f"told after {soft} us in a row")
