"""BFD_CHECK in the whole daemon, with a real session to the real server's host."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bfd_lab import UP, BfdLan, Ours, neighbors
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import eventually

pytestmark = pytest.mark.netns

DETECTION_S = 0.25
TIMERS = "min_tx 50\nmin_rx 50\nmultiplier 5"
DIRECTOR = """
bfd_instance host {{
    neighbor_ip {server}
    {timers}
}}
virtual_server 203.0.113.1 80 {{
    protocol TCP
    lvs_sched rr
    lvs_method NAT
    alpha
    real_server {server} 80 {{
        BFD_CHECK {{
            name host
        }}
    }}
}}
"""
SERVER = "bfd_instance director {{\nneighbor_ip {director}\n{timers}\n}}\n"


@pytest.fixture(scope="module")
def lan() -> Iterator[BfdLan]:
    with BfdLan("s-bfdc", ["a", "b"]) as lan:
        yield lan


VERDICT = re.compile(r"BFD check of \[host\] RS\(\S+\) is (UP|DOWN)")


@repeat_when_stalled(200_000_000)
def test_a_server_leaves_within_the_detection_time_and_returns_with_its_session(
    lan: BfdLan, tmp_path: Path
) -> None:
    director, server = Ours(lan, "a", tmp_path), Ours(lan, "b", tmp_path)

    def verdicts() -> list[str]:
        return VERDICT.findall(director.log())

    def start_server() -> None:
        server.start(SERVER.format(director=lan.address("a"), timers=TIMERS))

    with neighbors(director, server):
        director.start(DIRECTOR.format(server=lan.address("b"), timers=TIMERS))
        eventually(lambda: verdicts() == ["DOWN"], director.log)  # alpha: down until something is known
        start_server()
        eventually(lambda: verdicts() == ["DOWN", "UP"], director.log)
        director.until("host", UP)
        killed_at = time.monotonic()
        server.kill()
        eventually(lambda: verdicts() == ["DOWN", "UP", "DOWN"], director.log)
        assert time.monotonic() - killed_at < DETECTION_S + 0.5
        start_server()
        eventually(lambda: verdicts() == ["DOWN", "UP", "DOWN", "UP"], director.log)
        assert director.log().count("Adding service") == 2
        assert director.log().count("Removing service") == 1
        assert 0 == director.stop()
