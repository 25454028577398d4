"""From keepalived to pykeepalived and back on a live pair, and either as the other's Backup, by `lab run`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pykeepalived.lab import examples

pytestmark = [pytest.mark.interop, pytest.mark.netns]
FILES = [str(path) for path in examples.configuration_files("vrrp").values()]


def run(out: Path, *words: str) -> str:
    argv = [sys.executable, "-m", "pykeepalived", "lab", "run", *FILES, "--report", str(out)]
    done = subprocess.run(
        [*argv, "--phase", "1", *words],
        capture_output=True, text=True, check=False, timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_rolling_upgrade_and_the_way_back(tmp_path: Path) -> None:
    run(tmp_path, "--scenario", "upgrade")
    record = json.loads((tmp_path / "report.json").read_text())["record"]

    switched = [
        (mark["director"], mark["text"]) for mark in record["marks"] if mark["kind"] == "changes daemon"
    ]
    assert [
        ("b", "from keepalived to pykeepalived"),
        ("a", "from keepalived to pykeepalived"),
        ("b", "from pykeepalived to keepalived"),
        ("a", "from pykeepalived to keepalived"),
    ] == switched


@pytest.mark.parametrize("old", ["a", "b"])
def test_a_mixed_pair_fails_over(old: str, tmp_path: Path) -> None:
    said = run(tmp_path, "--scenario", "failover", "--director", f"{old}=keepalived")

    assert f"{old}: keepalived" in said
