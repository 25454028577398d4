"""Run one command as root in a throw-away kernel that has IPVS: no root and no kernel module on the host.

    python -m pykeepalived.lab.guest -- python -m pytest -m vm
    python -m pykeepalived.lab.guest                # a shell

The guest sees the host's file system read-only under an overlay in memory: Python, the virtual
environment, keepalived and the work tree are simply there, and what is written vanishes, except in the
``--out`` folder (``$OUT``). ``IN_LAB_VM=1`` is set inside.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.lab import guest_qemu, guest_uml, hostpackages, kernels
from pykeepalived.lab.guest_job import STATUS_FILE, UPTIME_FILE, GuestJob
from pykeepalived.lab.kernels import GuestKind

TIMED_OUT = 124
DIED = 125
UNAVAILABLE = 126


def inside_guest() -> bool:
    return os.environ.get("IN_LAB_VM") == "1"


def run(
    job: GuestJob,
    kind: GuestKind = GuestKind.UML,
    say: Callable[[str], None] = lambda text: None,
) -> int:
    """Boot the guest, run the job, wait; return the command's exit status.

    124 when it took longer than ``job.timeout_s``, 125 when the guest ended without saying how the
    command did (its kernel log then goes to standard error). ``say`` gets progress of the preparation.
    Raises :class:`hostpackages.MissingProgramsError` or :class:`kernels.KernelUnavailableError`.
    """
    module = guest_uml if kind is GuestKind.UML else guest_qemu
    hostpackages.require(module.PROGRAMS, say)
    kernel = kernels.prepare(kind, say)
    if job.out is not None:
        job.out.mkdir(parents=True, exist_ok=True)
        job = replace(job, out=job.out.resolve())
    say(f"starting the guest ({kind}, Linux {kernel.modules.name})")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pykeepalived-guest-") as name:
        scratch = Path(name)
        argv = module.command_line(job, kernel, scratch)
        status = _boot(argv, job, scratch, pinned=kind is GuestKind.UML)
        booted_s = _number(scratch / UPTIME_FILE)
        took_s = time.monotonic() - started
        say(f"guest ended after {took_s:.1f} s (its command began at {booted_s:.1f} s)")
        return status


def _boot(argv: list[str], job: GuestJob, scratch: Path, *, pinned: bool) -> int:
    kernel_log = scratch / "kernel-log"
    with kernel_log.open("ab") as log, _stop_signals_raise():
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL if job.command else None,
            stderr=log,
            # A group of its own, so that all of a User-mode Linux can be killed; a shell needs our terminal.
            start_new_session=bool(job.command),
            preexec_fn=guest_uml.before_start if pinned else None,
        )
        timed_out = False
        try:
            process.wait(job.timeout_s if job.command else None)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL) if job.command else process.kill()
                process.wait()
    if timed_out:
        print(f"guest: stopped after {job.timeout_s:.0f} s", file=sys.stderr)
        return TIMED_OUT
    status = _number(scratch / STATUS_FILE, absent=-1.0)
    if status < 0:
        tail = kernel_log.read_text(errors="replace")[-4000:]
        print(f"guest: died before its command ended; end of its kernel log:\n{tail}", file=sys.stderr)
        return DIED
    return int(status)


def _number(path: Path, absent: float = 0.0) -> float:
    """The first number of a one-line file that the guest wrote."""
    try:
        return float(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return absent


@contextmanager
def _stop_signals_raise() -> Iterator[None]:
    """SIGTERM and SIGHUP end us through our ``finally`` clauses, so that no guest is left running."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    try:
        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    except ValueError:  # not the main thread: its owner handles signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def progress_printer() -> Callable[[str], None]:
    """One line that renews itself on a terminal; elsewhere a line whenever the text really changes."""
    terminal = sys.stderr.isatty()
    last = ""

    def say(text: str) -> None:
        nonlocal last
        if terminal:
            print(f"\r\033[K[guest] {text}", end="", file=sys.stderr, flush=True)
            if text.startswith(("starting", "guest")):
                print(file=sys.stderr, flush=True)
        elif text.split(":")[0] != last.split(":")[0]:
            print(f"[guest] {text}", file=sys.stderr, flush=True)
        last = text

    return say


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m pykeepalived.lab.guest", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--kind", type=GuestKind, choices=list(GuestKind), default=GuestKind.UML)
    parser.add_argument("--out", type=Path, help="the one writable folder, $OUT in the guest")
    parser.add_argument("--cwd", type=Path, default=Path.cwd())
    parser.add_argument("--timeout", type=float, default=900.0, metavar="SECONDS")
    parser.add_argument("--memory", type=int, default=1024, metavar="MIB")
    parser.add_argument("--prepare", action="store_true", help="only bring the kernel into the cache")
    parser.add_argument("command", nargs="*", help="after --; a shell when there is none")
    options = parser.parse_args(argv)
    say = progress_printer()
    job = GuestJob(
        command=tuple(options.command),
        out=options.out,
        cwd=options.cwd.resolve(),
        timeout_s=options.timeout,
        memory_mib=options.memory,
    )
    try:
        if options.prepare:
            kernels.prepare(options.kind, say)
            return 0
        return run(job, options.kind, say)
    except PykeepalivedError as error:
        print(f"guest: {error}", file=sys.stderr)
        return UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main())
