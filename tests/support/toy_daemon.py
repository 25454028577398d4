"""A supervisor with toy children, for tests of processes: the real supervisor, forks and signals.

``python -m tests.support.toy_daemon -f CONFIG [keepalived options]``.  CONFIG is JSON: ``children`` maps a
process name to the fields of its ToyPlan, ``scripts`` a name to RouterScripts, ``errors`` is a list of words
that count as configuration errors.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.cli.daemonsettings import settings_from
from pykeepalived.cli.optiontable import read
from pykeepalived.daemon.configured import Configured, UnusableConfigurationError
from pykeepalived.daemon.notifier_process import run as run_notifier
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.daemon.signals import hold
from pykeepalived.daemon.startup import start
from pykeepalived.ipc import codec
from pykeepalived.ipc.channels import Channels
from pykeepalived.ipc.messages import (
    Message,
    Process,
    Ready,
    Reload,
    ReloadDone,
    RouterState,
    RouterStateChanged,
    ScriptUser,
    Stop,
    SubjectKind,
)
from pykeepalived.notify.plan import Command, NotifyPlan, RouterScripts


@dataclass(frozen=True, slots=True)
class ToyPlan:
    """What a toy child does; it writes what happens to ``journal``."""

    name: str
    journal: str
    exit: int | None = None
    after: float = 0.0
    ignore_stop: bool = False
    startup: float = 0.0
    version: int = 1


def run_toy(plan: ToyPlan, channels: Channels, options: ProcessOptions) -> int:
    """A child that keeps a "VIP" (a file) while it is Master, as a real one keeps addresses."""
    vip = Path(f"{plan.journal}.vip.{plan.name}")

    def note(text: str) -> None:
        with open(plan.journal, "a", encoding="utf-8") as journal:
            journal.write(f"{plan.name} {os.getpid()} {text}\n")

    take, release = vip.touch, partial(vip.unlink, missing_ok=True)

    async def main() -> int:
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def announce(state: RouterState) -> None:
            now = time.monotonic_ns()
            channels.announce(RouterStateChanged(plan.name, SubjectKind.INSTANCE, state, 100, now))

        def handle(_sender: Process, message: Message) -> None:
            match message:
                case Stop(reason=reason):
                    note(f"stop {reason}".strip())
                    if not plan.ignore_stop and not ended.done():
                        announce(RouterState.STOP)
                        release()
                        ended.set_result(0)
                case Reload(request_id=request_id, plan=ToyPlan(version=version)):
                    note(f"reload {version}")
                    channels.supervisor.send(ReloadDone(request_id))
                case _:
                    note(type(message).__name__)

        channels.attach(asyncio.get_running_loop(), handle)
        restored = options.restored
        states = [f"{one.name}={one.state}" for one in restored.states] if restored else []
        note(f"start {' '.join(states)}".strip())
        take()
        announce(RouterState.MASTER)
        channels.supervisor.send(Ready())
        if plan.exit is not None:
            await asyncio.sleep(plan.after)
            release()
            return plan.exit
        return await ended

    if signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        note("SIGTERM could be lost")
    if plan.startup:
        time.sleep(plan.startup)  # a start that reads no message and takes no signal
    return asyncio.run(main())


def configure(settings: DaemonSettings) -> Configured:
    """Read the JSON file."""
    path = Path(settings.config_file)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise UnusableConfigurationError(f"{path}: {problem}", 6) from problem
    journal = str(data.get("journal", f"{path}.journal"))
    if "bug" in data:
        raise ZeroDivisionError("a bug in the reader")
    plans: dict[Process, object] = {
        Process[name.upper()]: ToyPlan(name, journal, **plan)
        for name, plan in data.get("children", {}).items()
    }
    uid, gid = data.get("script_user", (0, 0))
    user = ScriptUser(uid, gid, (gid,))
    scripts = {
        name: RouterScripts(**{kind: Command(tuple(argv), user) for kind, argv in commands.items()})
        for name, commands in data.get("scripts", {}).items()
    }
    if plans:
        plans[Process.NOTIFIER] = NotifyPlan(instances=scripts)
    return Configured(
        plans=plans,
        diagnostics=tuple(
            Diagnostic("toy-error", Severity.ERROR, word, Span(str(path), number, 1, 2))
            for number, word in enumerate(data.get("errors", ()), 1)
        ),
        child_wait_time=data.get("child_wait_time", 5),
    )


def main() -> int:
    codec.PACKAGES.append(__name__)
    hold()
    argv = sys.argv[1:]
    entries = {Process.NOTIFIER: run_notifier, Process.VRRP: run_toy, Process.CHECKER: run_toy}
    return start(settings_from(read(argv), argv), configure, entries)


if __name__ == "__main__":
    sys.exit(main())
