"""How soon and how regularly: an ordinary stop, many scripts, very short intervals on a busy machine."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from tests.support.kernel_can import needs_processors
from tests.support.stalls import repeat_when_stalled
from tests.support.tracking_site import site
from tests.support.vrrp_lab import Lan, Listener, eventually, running

pytestmark = [
    pytest.mark.netns,
    needs_processors,
]

STOP_MS = 200.0
ADVERT_MS = 100
SCRIPTS = 200
LATE_MS = 30.0
"""Less than the 100 ms stalls of a shared machine, for which the test is repeated."""


def instances(count: int) -> str:
    return "".join(
        f"vrrp_instance VI_{number} {{\ninterface eth0\nstate MASTER\nversion 3\nvirtual_router_id {number}\n"
        f"priority 200\nadvert_int 0.1\nvirtual_ipaddress {{\n192.0.2.{number + 20}/24\n}}\n}}\n"
        for number in range(1, count + 1)
    )


@pytest.mark.parametrize("count", [1, 100])
@repeat_when_stalled(20 * NANOSECONDS_PER_MILLISECOND)
def test_an_ordinary_stop_takes_a_fifth_of_a_second_at_most(count: int, tmp_path: Path) -> None:
    took_ms = []
    with site("prmt", tmp_path / f"stop-{time.monotonic_ns()}", "pykeepalived") as here:
        for _ in range(3):
            here.start(instances(count))
            addresses = [f"192.0.2.{number + 20}" for number in range(1, count + 1)]
            eventually(lambda wanted=addresses: here.lan.holds("a", *wanted), lambda: here.log)  # type: ignore[misc]
            assert here.daemon is not None
            begun = time.monotonic()
            here.daemon.terminate()
            assert 0 == here.daemon.wait(10)
            took_ms.append((time.monotonic() - begun) * 1e3)
            assert here.lan.lacks("a", *addresses)
    assert min(took_ms) <= STOP_MS, took_ms


@repeat_when_stalled(20 * NANOSECONDS_PER_MILLISECOND)
def test_two_hundred_scripts_a_second_make_no_advert_late(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(SCRIPTS)]
    scripts = "".join(
        f"vrrp_script {name} {{\nscript /bin/true\ninterval 1\nweight 1\n}}\n" for name in names
    )
    tracked = "track_script {\n" + "\n".join(names) + "\n}\n"
    text = "global_defs {\nscript_user root\n}\n" + scripts
    text += instances(1).replace("priority 200", f"priority 30\n{tracked}")
    with site("prms", tmp_path / f"scripts-{time.monotonic_ns()}", "pykeepalived") as here:
        here.start(text)
        eventually(lambda: here.lan.holds("a", "192.0.2.21"), lambda: here.log)
        time.sleep(1)  # until every script has run once, with what starting them all at once takes
        here.listener.clear()
        end = time.monotonic() + 4
        while time.monotonic() < end:
            select.select([here.listener], [], [], 0.5)
            here.listener.pump()
        at = [
            when for when, frame in here.listener.frames if frame[12:14] == b"\x08\x00" and frame[23] == 112
        ]
    gaps_ms = [(later - earlier) / 1e6 for earlier, later in itertools.pairwise(at)]
    assert len(gaps_ms) >= 4 * 1000 / ADVERT_MS - 3
    assert max(gaps_ms) <= ADVERT_MS + LATE_MS, sorted(gaps_ms)[-5:]


@contextlib.contextmanager
def every_processor_busy() -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@repeat_when_stalled(10 * NANOSECONDS_PER_MILLISECOND)
def test_adverts_every_ten_milliseconds_keep_their_master_while_every_processor_is_busy(
    tmp_path: Path,
) -> None:
    router = RouterSettings(
        "VI_1",
        "eth0",
        51,
        version=3,
        advertisement_interval_ns=10 * NANOSECONDS_PER_MILLISECOND,
        addresses=(VirtualAddress(IPv4Address("198.51.100.1"), 32, "eth0"),),
    )
    folder = tmp_path / str(time.monotonic_ns())
    folder.mkdir()
    with (
        Lan("vten") as lan,
        running(lan, "a", VrrpPlan((replace(router, priority=200),), ()), str(folder / "a")) as master,
        running(lan, "b", VrrpPlan((replace(router, priority=100),), ()), str(folder / "b")) as backup,
    ):
        master.until_state("VI_1", "MASTER")
        backup.until_state("VI_1", "BACKUP")
        before = len(backup.states("VI_1"))
        listener = Listener(lan, "b")
        with every_processor_busy():
            time.sleep(5)
        assert [] == listener.adverts()
        assert before == len(backup.states("VI_1")), backup.states("VI_1")
        assert "MASTER" == master.states("VI_1")[-1]
