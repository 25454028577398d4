"""Names of the signals that operators send, as ``--signum`` knows them.

The real-time ones are those of keepalived 2.4.3 on Linux with glibc.
"""

from __future__ import annotations

import signal

SIGNALS: dict[str, int] = {
    "STOP": signal.SIGTERM,
    "RELOAD": signal.SIGHUP,
    "DATA": signal.SIGUSR1,
    "STATS": signal.SIGUSR2,
    "STATS_CLEAR": signal.SIGRTMAX - 1,
    "JSON": signal.SIGRTMIN + 2,
}
