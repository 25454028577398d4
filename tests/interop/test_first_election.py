"""Started at the same moment as keepalived, the better router wins although it starts more slowly."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pykeepalived.vrrp.settings import RouterSettings
from tests.interop.test_vrrp_with_keepalived import BASE2, Case, configuration, keepalived, owners
from tests.support.daemon_argv import daemon_argv
from tests.support.kernel_can import needs_processors
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, eventually

pytestmark = [
    pytest.mark.interop,
    pytest.mark.netns,
    pytest.mark.skipif(shutil.which("keepalived", path="/usr/sbin") is None, reason="needs keepalived"),
]

ROOT = Path(__file__).parents[2]
SETTINGS: RouterSettings = replace(BASE2, preempt_mode=False)
"""1 s adverts: with priorities 200 and 150 the better one is 0.2 s ahead, less than a start of ours takes."""


@needs_processors
@repeat_when_stalled(50_000_000)
def test_a_nopreempt_router_that_starts_together_with_a_worse_one_is_elected(tmp_path: Path) -> None:
    case = Case(SETTINGS, ("nopreempt",))
    folders = [tmp_path / letter for letter in "ab"]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    (folders[0] / "ours.conf").write_text(configuration(case, 200))
    with Lan("v1st") as lan, contextlib.ExitStack() as stack:
        with (folders[0] / "log").open("wb") as log:
            ours = subprocess.Popen(
                ["ip", "netns", "exec", lan.names["a"], *daemon_argv(folders[0] / "ours.conf")],
                stdout=log,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )
        stack.callback(end, ours)
        stack.enter_context(keepalived(lan, "b", case, 150, folders[1]))
        eventually(lambda: owners(lan, case.vips), "a Master")

        assert "A" == owners(lan, case.vips), (folders[0] / "log").read_text()


def end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
