"""The kernel's process connector, and /proc, with real processes (root of the host only)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pykeepalived.kernel.process_events import ProcessEvents, look_up, scan
from pykeepalived.tracking.processes import Executed, Exited, Forked, ProcessEvent, Renamed
from tests.support.kernel_can import needs_process_events
from tests.support.vrrp_lab import eventually

pytestmark = [
    pytest.mark.netns,
    needs_process_events,
]

PROGRAM = """
import ctypes, os, sys, threading
threading.Thread(target=int).start()
print("ready", flush=True)
sys.stdin.readline()
ctypes.CDLL(None).prctl(15, b"tk-renamed", 0, 0, 0)
if os.fork() == 0:
    os._exit(0)
os.wait()
"""


def test_processes_are_told_of_and_threads_are_not() -> None:
    events = ProcessEvents(1 << 20, force=True)
    try:
        seen: list[ProcessEvent] = []

        def read() -> list[ProcessEvent]:
            new, lost = events.read(comm=True, cmdline=True)
            assert not lost
            seen.extend(new)
            return seen

        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin is not None and process.stdout is not None
        pid = process.pid
        process.stdout.readline()
        eventually(lambda: any(isinstance(one, Executed) and one.facts.pid == pid for one in read()), "exec")
        facts = look_up(pid, comm=True, cmdline=True)
        assert facts is not None
        assert facts in scan(comm=True, cmdline=True).processes
        assert (facts.cmdline or b"").startswith(sys.executable.encode() + b"\0-c\0")
        process.stdin.write("\n")
        process.stdin.flush()
        process.wait()
        eventually(lambda: Exited(pid) in read(), "its end")

        assert events.confirmed
        assert Renamed(pid, "tk-renamed") in seen
        children = [one.child for one in seen if isinstance(one, Forked) and one.parent == pid]
        assert 1 == len(children), "the thread is no process"
        assert Exited(children[0]) in seen
        assert look_up(pid, comm=True, cmdline=True) is None
    finally:
        events.close()
