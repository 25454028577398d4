"""Scenarios of the lab that need a kernel of their own: the clock jumps, a daemon of each kind with IPVS."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pykeepalived.lab import examples
from tests.support.in_guest import needs_guest

pytestmark = [pytest.mark.vm, needs_guest]


def lab(out: Path, example: str, *words: str) -> str:
    files = [str(path) for path in examples.configuration_files(example).values()]
    argv = [sys.executable, "-m", "pykeepalived", "lab", "run", *files, "--report", str(out)]
    done = subprocess.run(
        [*argv, "--phase", "1", *words], capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nobody_counts_time_by_the_wall_clock(tmp_path: Path) -> None:
    said = lab(tmp_path, "vrrp", "--scenario", "clock-jump")

    assert 3 == said.count(">>> the clock jumps")


def test_requests_survive_disks_that_do_not_answer(tmp_path: Path) -> None:
    lab(tmp_path, "dr", "--scenario", "slow-disk")
