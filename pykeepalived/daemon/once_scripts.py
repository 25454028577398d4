"""startup_script and shutdown_script: run once, before the first child starts and after the last has ended.

The supervisor waits for each, but never longer than its timeout: then the script's whole process group gets
SIGTERM and, a moment later, SIGKILL.  A failure is logged and hinders nothing, as in keepalived.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pykeepalived.daemon.log import get_logger
from pykeepalived.ipc.process_end import open_end

if TYPE_CHECKING:
    from _typeshed import HasFileno

    from pykeepalived.config.blocks.root import Config
    from pykeepalived.notify.plan import Command, PlanBuilder

KILL_AFTER_SECONDS = 0.3
"""Between SIGTERM and SIGKILL."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class OnceScript:
    """``name`` is the keyword; ``timeout_s`` at least 1."""

    name: str
    command: Command
    timeout_s: int


def once_scripts(
    config: Config, builder: PlanBuilder
) -> tuple[OnceScript | None, OnceScript | None, list[str]]:
    """The script before, the one after, and why a configured one will not run."""
    block = config.global_defs
    before = builder.command(block.startup_script, "startup_script")
    after = builder.command(block.shutdown_script, "shutdown_script")
    return (
        OnceScript("startup_script", before, block.startup_script_timeout) if before else None,
        OnceScript("shutdown_script", after, block.shutdown_script_timeout) if after else None,
        builder.problems,
    )


def run_once(
    script: OnceScript,
    umask: int,
    signals: HasFileno | None = None,
    stop_asked: Callable[[], bool] = lambda: False,
) -> bool:
    """Run to the end, the timeout or a stop; whether it ended with status 0.

    ``stop_asked`` is called whenever ``signals`` can be read; True ends the script.
    """
    # Who has no such script does not load these.
    from pykeepalived.notify.scripts import spawn
    from pykeepalived.programs.starting import START_ERRORS

    try:
        process = spawn(script.command, umask)
    except START_ERRORS as problem:
        log.error(f"{script.name}: cannot run {' '.join(script.command.argv)}: {problem}")
        return False
    log.info(f"{script.name}: running {' '.join(script.command.argv)}, pid={process.pid}")
    end = open_end(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(end, selectors.EVENT_READ)
            if signals is not None:
                selector.register(signals, selectors.EVENT_READ)
            if not _ended(selector, end, time.monotonic() + script.timeout_s, stop_asked):
                log.error(f"{script.name}: did not end within {script.timeout_s} s or before the stop: ended")
                _signal(process.pid, signal.SIGTERM)
                if signals is not None and signals in selector.get_map():
                    selector.unregister(signals)
                _ended(selector, end, time.monotonic() + KILL_AFTER_SECONDS, lambda: False)
                _signal(process.pid, signal.SIGKILL)  # also what of its group is left
        status = process.wait()
    finally:
        os.close(end)
    if status:
        log.warning(f"{script.name}: ended with status {status}")
    return status == 0


def _ended(
    selector: selectors.BaseSelector, end: int, deadline: float, stop_asked: Callable[[], bool]
) -> bool:
    while (left := deadline - time.monotonic()) > 0:
        ready = {key.fileobj for key, _ in selector.select(left)}
        if end in ready:
            return True
        if ready and stop_asked():
            return False
    return False


def _signal(pid: int, number: signal.Signals) -> None:
    """To the whole group.  Its leader has not been waited for yet, so that the number is still its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
