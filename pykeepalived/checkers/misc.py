"""MISC_CHECK: a program says whether the server is well."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import ClassVar

from pykeepalived.checkers.port import Check
from pykeepalived.checkers.sockets import wait_ready
from pykeepalived.health.settings import CheckKind, MiscTarget
from pykeepalived.health.verdict import ProbeNotRunError, Verdict
from pykeepalived.ipc.messages import ScriptUser
from pykeepalived.ipc.process_end import open_end
from pykeepalived.programs.starting import START_ERRORS, start

TERM_GRACE_NS = 2_000_000_000
"""Between asking a program that takes too long to end and ending it, as in keepalived."""


class MiscCheck(Check[MiscTarget]):
    """Runs the program as the configured user, in a process group of its own."""

    kind: ClassVar[CheckKind] = CheckKind.MISC
    log_name: ClassVar[str] = "MISC_CHECK"

    async def probe(self, target: MiscTarget, deadline_ns: int) -> Verdict:
        program = _start(target)
        with contextlib.closing(program):
            try:
                status = await program.wait(deadline_ns)
            except TimeoutError:
                await program.end()
                return _failure(target, "timed out", "it took too long")
        if status == 0:
            return Verdict(True)
        if target.dynamic and 2 <= status <= 255:
            return Verdict(True, weight=status - 2)
        if status < 0:
            return _failure(target, "failed", f"due to signal {-status}")
        return _failure(target, "failed", f"exited with status {status}")

    def up_line(self, target: MiscTarget, server: str, service: str) -> str:
        return f"Misc check for [{server} VS {service}] by [{target.argv[0]}] succeeded."

    def down_line(self, verdict: Verdict, server: str, service: str, retries: int) -> str:
        after = (
            f"after {retries} {'retry' if retries == 1 else 'retries'}" if retries else "with retry disabled"
        )
        return f"{self.failed_line(verdict, server, service)} {after} ({verdict.reason})."


class _Program:
    """A running program, watched through a descriptor: no thread, no signal handler."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self._popen = popen
        self._descriptor = open_end(popen.pid)

    async def wait(self, deadline_ns: int) -> int:
        """Its exit status, negative for a signal; TimeoutError."""
        await wait_ready(self._descriptor, deadline_ns)
        return self._popen.wait()

    async def end(self) -> None:
        """First SIGTERM, then SIGKILL, for the program and what it has started."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await self.wait(time.monotonic_ns() + TERM_GRACE_NS)
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill what still runs (the probe was cancelled) and give the descriptor back."""
        if self._popen.poll() is None:
            self._signal(signal.SIGKILL)
            self._popen.wait()
        os.close(self._descriptor)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, number)


def _start(target: MiscTarget) -> _Program:
    user = ScriptUser(target.user or 0, target.group or 0, target.groups)
    try:
        popen = start(target.argv, user, target.umask, by_symlink=target.by_symlink, silent=True)
    except START_ERRORS as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        raise ProbeNotRunError(f"{target.argv[0]} cannot be run: {why}") from problem
    return _Program(popen)


def _failure(target: MiscTarget, words: str, reason: str) -> Verdict:
    name = target.argv[0].replace("{", "{{").replace("}", "}}")
    return Verdict(False, reason, line=f"Misc check for [{{server}} VS {{service}}] by [{name}] {words}")
