"""Somebody sets the wall clock of the machine by an hour while routers run: nothing happens."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.config.load import load_text
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from tests.support.in_guest import needs_guest
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, Listener, running

pytestmark = [pytest.mark.vm, needs_guest]

ADVERT_NS = 100 * NANOSECONDS_PER_MILLISECOND
HOUR_NS = 3600 * NANOSECONDS_PER_SECOND


@pytest.fixture(scope="module", autouse=True)
def modules() -> None:
    for module in ("ipv6", "bridge", "veth"):
        subprocess.run(["modprobe", module], check=True)


def plan(priority: int) -> VrrpPlan:
    text = f"""
    vrrp_instance V1 {{
        interface eth0
        virtual_router_id 51
        version 3
        advert_int 0.1
        priority {priority}
        virtual_ipaddress {{
            192.0.2.100/24
        }}
    }}
    """
    return plan_vrrp(load_text(text).config)


@contextmanager
def clock_to_play_with() -> Iterator[None]:
    """The wall clock goes right again."""
    offset = time.clock_gettime_ns(time.CLOCK_REALTIME) - time.monotonic_ns()
    try:
        yield
    finally:
        time.clock_settime_ns(time.CLOCK_REALTIME, time.monotonic_ns() + offset)


def hear(listener: Listener, seconds: float) -> None:
    """Take frames in as they come, for their times."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        listener.pump()
        time.sleep(0.002)


@repeat_when_stalled(ADVERT_NS)
def test_a_wall_clock_that_is_set_by_an_hour_stops_no_advert_and_moves_nobody(tmp_path: Path) -> None:
    with (
        Lan("clk") as lan,
        running(lan, "a", plan(150), str(tmp_path / "a")) as master,
        running(lan, "b", plan(100), str(tmp_path / "b")) as backup,
        clock_to_play_with(),
    ):
        master.until_state("V1", "MASTER")
        backup.until_state("V1", "BACKUP")
        before = master.states("V1"), backup.states("V1")
        listener = Listener(lan, "a")
        listener.clear()
        for jump_ns in (HOUR_NS, -2 * HOUR_NS, HOUR_NS):
            now = time.clock_gettime_ns(time.CLOCK_REALTIME)
            time.clock_settime_ns(time.CLOCK_REALTIME, now + jump_ns)
            hear(listener, 0.7)

        heard = [at for at, frame in listener.pump() if frame[12:14] == b"\x08\0" and frame[23] == 112]
        listener.close()
        assert len(heard) >= 15
        assert max(late - early for early, late in pairwise(heard)) < 3 * ADVERT_NS, (
            "what the other waits for"
        )
        assert before == (master.states("V1"), backup.states("V1"))
