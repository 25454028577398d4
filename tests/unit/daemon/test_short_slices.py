"""Short turns on the processor: asked for, and given back in a child."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pykeepalived.daemon import short_slices


def in_a_child(*steps: str) -> list[str]:
    """What a forked process sees after each step: its slice in ms, where the kernel tells."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            for step in steps:
                getattr(short_slices, step)()
                found = re.search(
                    r"^se\.slice\s*:\s*(\d+)", Path("/proc/self/sched").read_text(), re.MULTILINE
                )
                told = f"{found[1] if found else '?'} {os.getpriority(os.PRIO_PROCESS, 0)}"
                os.write(writer, f"{told}\n".encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    with open(reader, encoding="ascii") as pipe:
        return pipe.read().splitlines()


@pytest.mark.skipif(
    "se.slice" not in (Path("/proc/self/sched").read_text() if Path("/proc/self/sched").exists() else ""),
    reason="this kernel was built without a word on turns (CONFIG_SCHED_DEBUG, Linux 6.12)",
)
def test_turns_are_short_until_they_are_ordinary_again_and_the_nice_value_stays() -> None:
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    short, ordinary = in_a_child("ask", "forget")
    assert f"{short_slices.SLICE_NS} {nice}" == short
    assert int(ordinary.split()[0]) > short_slices.SLICE_NS
    assert str(nice) == ordinary.split()[1]


def test_an_unknown_machine_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_slices, "_SYSCALLS", {})
    assert not short_slices.ask()


def test_a_process_with_a_policy_of_its_own_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getscheduler", lambda _: os.SCHED_RR)
    assert not short_slices.ask()
