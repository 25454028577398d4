"""The shipped scenarios that need root only, played on the VRRP pair of conf.examples by `lab run`.

All are started at once: most of their time is waiting.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.lab import examples
from tests.support.stalls import StallWatch

pytestmark = pytest.mark.netns
FILES = [str(path) for path in examples.configuration_files("vrrp").values()]
PATIENCE_S = 240
# A request, or a change of state, may be late by so much before it matters.
STALL_NS = 100_000_000


def changed(folder: Path, name: str, old: str, new: str) -> Path:
    text = Path(FILES[0]).read_text()
    assert old in text
    path = folder / name
    path.write_text(text.replace(old, new))
    return path


class Runs:
    """`lab run` of several scenarios at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self._stalls = StallWatch()
        self._stalls.__enter__()

    def start(self, name: str, *words: str) -> None:
        self._words[name] = words
        scenario, *more = words
        argv = [sys.executable, "-m", "pykeepalived", "lab", "run", *FILES, "--scenario", scenario]
        self._running[name] = subprocess.Popen(
            [*argv, "--phase", "1", "--rate", "20", "--report", str(self._folder / name), *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def end(self, name: str) -> str:
        """What it said. An expectation that did not hold fails the test, if the machine kept time."""
        said, _ = self._running[name].communicate(timeout=PATIENCE_S)
        for _ in range(2):
            if self._running[name].returncode and self._stalls.longest_ns > STALL_NS:
                print(f"{name}: again, as the machine stood still for {self._stalls.longest_ns / 1e6:.0f} ms")
                self.start(name, *self._words[name])
                said, _ = self._running[name].communicate(timeout=PATIENCE_S)
        assert self._running[name].returncode == 0, said
        return said

    def report(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self._folder / name / "report.json").read_text())
        return found

    def log(self, name: str, director: str) -> str:
        return (self._folder / name / f"{director}.log").read_text()

    def close(self) -> None:
        self._stalls.__exit__()
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
                process.wait(30)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("scenarios")
    found = Runs(folder)
    for name in ("suspend", "full-disk", "slow-disk", "slow-log"):
        found.start(name, name)
    better = changed(folder, "better.conf", "priority 150", "priority 151")
    found.start("reload", "reload", "--reload-with", f"a={better}")
    broken = changed(folder, "broken.conf", "virtual_ipaddress {", "virtual_ipaddress")
    found.start("refused", "reload", "--reload-with", str(broken))
    yield found
    found.close()


@pytest.mark.parametrize("name", ["suspend", "full-disk", "slow-disk", "slow-log"])
def test_every_expectation_holds(name: str, runs: Runs) -> None:
    runs.end(name)


def test_a_disk_that_does_not_answer_keeps_no_advert(runs: Runs) -> None:
    """The new Master has lines to write to that disk at its takeover, and goes on without."""
    runs.end("slow-disk")
    record = runs.report("slow-disk")["record"]
    marks = {(mark["kind"], mark["director"]): mark["at"] for mark in record["marks"]}
    sent = [
        advert["at"]
        for advert in record["adverts"]
        if advert["director"] == "b"
        and marks["loses power", "a"] < advert["at"] < marks["has a slow disk", "b"]
    ]

    assert 5 < len(sent)
    assert max(later - earlier for earlier, later in pairwise(sent)) < 600_000_000


def test_a_changed_file_is_what_the_reload_finds(runs: Runs) -> None:
    runs.end("reload")
    priorities = [
        advert["priority"]
        for advert in runs.report("reload")["record"]["adverts"]
        if advert["director"] == "a"
    ]

    assert 150 in priorities
    assert 151 == [one for one in priorities if one][-1]
    assert "priority 150" in Path(FILES[0]).read_text()


def test_a_broken_file_is_refused_and_nobody_notices(runs: Runs) -> None:
    said = runs.end("refused")

    assert "broken.conf:" in said
    sent = [one for one in runs.report("refused")["record"]["adverts"] if one["director"] == "a"]
    assert {150} == {advert["priority"] for advert in sent}


def test_a_changed_file_needs_a_scenario_that_reloads(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pykeepalived", "lab", "run", *FILES, "--scenario", "kill",
         "--reload-with", FILES[0]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert 2 == done.returncode
    assert "--reload-with: scenario kill lets no director reload" in done.stderr
