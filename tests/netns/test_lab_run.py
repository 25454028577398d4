"""`pykeepalived lab run` as a user types it, on the VRRP pair of conf.examples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.lab import examples

pytestmark = pytest.mark.netns
FILES = [str(path) for path in examples.configuration_files("vrrp").values()]


def lab(*words: str, timeout_s: float = 90) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pykeepalived", "lab", "run", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def test_a_death_is_taken_over_in_the_protocols_time(tmp_path: Path) -> None:
    done = lab(*FILES, "--scenario", "kill", "--phase", "1", "--report", str(tmp_path))

    assert done.returncode == 0, done.stdout + done.stderr
    found = report(tmp_path)
    (death,) = found["figures"]
    assert found["ok"]
    assert ("killed", "a", ["b"]) == (death["event"], death["who"], death["owners_after"])
    assert death["takeover"]["prescribed"] == pytest.approx(0.721875)
    assert "All 3 expectations held" in (tmp_path / "report.html").read_text()
    assert "takeover by b" in done.stdout


def test_a_partition_makes_two_masters_until_it_heals(tmp_path: Path) -> None:
    done = lab(*FILES, "--scenario", "partition", "--phase", "1", "--report", str(tmp_path))

    assert done.returncode == 0, done.stdout + done.stderr
    cut, healed = report(tmp_path)["figures"]
    assert ["a", "b"] == cut["owners_after"]
    assert ["a"] == healed["owners_after"]


def test_an_expectation_that_does_not_hold_is_exit_status_1(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.scenario"
    wrong.write_text("start all\nwait ready\nexpect owner b\n")

    done = lab(*FILES, "--scenario", str(wrong), "--report", str(tmp_path / "out"))

    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAIL  192.0.2.100 is on a, expected: b alone" in done.stdout


def test_scripts_of_the_files_are_noted_and_not_run(tmp_path: Path) -> None:
    notify = tmp_path / "notify.sh"
    notify.write_text(f"#!/bin/sh\ntouch {tmp_path}/it-ran\n")
    notify.chmod(0o755)
    files = []
    for path in FILES:
        copy = tmp_path / Path(path).name
        text = Path(path).read_text().replace("interface eth0", f"interface eth0\n notify_master {notify}")
        copy.write_text(text.replace("global_defs {", "global_defs {\n script_user root", 1))
        files.append(str(copy))
    short = tmp_path / "short.scenario"
    short.write_text("start all\nwait ready\nstay 500 ms\nexpect owners 1\n")

    done = lab(*files, "--scenario", str(short), "--report", str(tmp_path / "out"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "it-ran").exists()
    assert str(notify) in (tmp_path / "out" / "a-scripts.log").read_text()


def test_nothing_is_left_behind() -> None:
    names = os.listdir("/run/netns") if Path("/run/netns").exists() else []
    own = [name for name in names if name.startswith("pykalab")]

    assert [name for name in own if not Path("/proc", name[7:].partition("-")[0]).exists()] == []
