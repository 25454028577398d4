"""The life of a process that has to be on time: VRRP and BFD."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from typing import Protocol

from pykeepalived.base.uncollected import uncollected
from pykeepalived.daemon import haste, realtime
from pykeepalived.daemon import logging as daemon_logging
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.realtime_loop import Latch, RealtimeLoop
from pykeepalived.daemon.runtime_limit import limit_runtime
from pykeepalived.ipc import messages
from pykeepalived.ipc.channels import Channels, MessageHandler

log = get_logger()


class RealtimeSettings(Protocol):
    """How a process is to run.  ``runtime_limit_us`` 0 or None: as much as it likes."""

    @property
    def realtime_priority(self) -> int | None: ...
    @property
    def nice(self) -> int: ...
    @property
    def cpus(self) -> Iterable[int]: ...
    @property
    def runtime_limit_us(self) -> int | None: ...


class RealtimeProcess(Protocol):
    """What holds the routers, or the sessions."""

    stopped: Latch

    @property
    def on_message(self) -> MessageHandler: ...
    def start(self) -> None: ...
    def close(self) -> None: ...


def run_process(
    make: Callable[[RealtimeLoop], RealtimeProcess],
    settings: RealtimeSettings,
    channels: Channels,
    limit_keyword: str,
) -> int:
    """Make a process and run it until it has stopped; called in the forked child.

    ``limit_keyword`` is what sets the processor time, for the line that tells of its end.  Returns the exit
    status.
    """

    def used_up() -> None:
        log.warning(f"used more processor time in a row than {limit_keyword} allows")

    loop = RealtimeLoop()
    loop.add_signal_handler(signal.SIGXCPU, used_up)
    process = make(loop)
    try:
        # In the hurry of the whole start until the first packets have left; only then as configured, with
        # what the start has made locked in memory and out of the collector's way.
        with uncollected():
            process.start()
        prepare(settings)
        channels.attach(loop, process.on_message)
        daemon_logging.attach(loop)
        channels.supervisor.send(messages.Ready())
        loop.run(process.stopped.is_set)
    finally:
        process.close()
        daemon_logging.flush()
    return 0


def prepare(settings: RealtimeSettings) -> None:
    """Make the process ready to run whenever it is due; what did not work is said."""
    haste.relax()
    outcomes = [realtime.schedule(settings.realtime_priority, settings.nice), realtime.lock_memory()]
    if settings.cpus:
        outcomes.append(realtime.run_on(settings.cpus))
    if settings.runtime_limit_us:
        outcomes.append(limit_runtime(settings.runtime_limit_us))
    outcomes.append(realtime.freeze_garbage())
    for outcome in outcomes:
        say = log.debug if outcome.done else log.warning
        say(f"{outcome.measure}: {outcome.detail}")
