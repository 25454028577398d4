"""BFD sessions of ours with keepalived's and FRR's, each of the two being the passive side once.

All sessions live on one LAN at the same time, with the fastest timers keepalived allows by default: 10 ms,
five packets.  The tests of this file go through their life in order.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.bfd_lab import (
    BFDD,
    DOWN,
    KEEPALIVED,
    UP,
    BfdLan,
    Frr,
    Keepalived,
    Neighbor,
    Ours,
    neighbors,
)
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import eventually

pytestmark = [
    pytest.mark.interop,
    pytest.mark.netns,
    pytest.mark.skipif(KEEPALIVED is None, reason="Debian's keepalived is not installed"),
    pytest.mark.skipif(BFDD is None, reason="FRR's bfdd is not installed"),
]

DETECTION_S = 0.05
ROOM_S = 0.15
"""For reading logs, and for 100 ms stalls of the machine."""
STEADY_S = float(os.environ.get("PYKEEPALIVED_BFD_STEADY", "10"))
"""Seconds without a fall; 30 and more by hand."""


@dataclass(frozen=True)
class Pair:
    """One session: which program is at the other end, the family, and who waits to be spoken to."""

    name: str
    program: type[Neighbor]
    family: int = 4
    we_wait: bool = False
    they_wait: bool = False


PAIRS = (
    Pair("k-act", Keepalived),
    Pair("k-pas", Keepalived, they_wait=True),
    Pair("k-our", Keepalived, we_wait=True),
    Pair("k-six", Keepalived, family=6),
    Pair("f-act", Frr),
    Pair("f-pas", Frr, they_wait=True),
    Pair("f-our", Frr, we_wait=True),
    Pair("f-six", Frr, family=6),
)
IDS = [pair.name for pair in PAIRS]


def block(name: str, neighbor: str, source: str, *words: str) -> str:
    lines = [f"neighbor_ip {neighbor}", f"source_ip {source}", *words]
    return "\n".join([f"bfd_instance {name} {{", *lines, "}", ""])


class Site:
    """Our daemon with a session to every neighbour."""

    def __init__(self, lan: BfdLan, folder: Path) -> None:
        self.lan = lan
        self.ours = Ours(lan, "our", folder)
        self.theirs = {pair.name: pair.program(lan, pair.name, folder) for pair in PAIRS}

    def start(self) -> None:
        for pair in PAIRS:
            self.start_neighbor(pair)
        self.ours.start("".join(self._our_block(pair) for pair in PAIRS))

    def _our_block(self, pair: Pair) -> str:
        neighbor, source = self.lan.address(pair.name, pair.family), self.lan.address("our", pair.family)
        return block(pair.name, neighbor, source, *(["passive"] if pair.we_wait else []))

    def start_neighbor(self, pair: Pair) -> None:
        neighbor, us = self.theirs[pair.name], self.lan.address("our", pair.family)
        source = self.lan.address(pair.name, pair.family)
        if isinstance(neighbor, Keepalived):
            neighbor.start(block("us", us, source, *(["passive"] if pair.they_wait else [])))
        elif isinstance(neighbor, Frr):
            neighbor.start(
                [
                    f" peer {us} local-address {source}",
                    "  receive-interval 10",
                    "  transmit-interval 10",
                    "  detect-multiplier 5",
                    *(["  passive-mode"] if pair.they_wait else []),
                    " exit",
                ]
            )

    def their_session(self, pair: Pair) -> str:
        return "us" if pair.program is Keepalived else self.lan.address("our", pair.family)

    def until_up(self, pair: Pair) -> None:
        self.ours.until(pair.name, UP)
        self.theirs[pair.name].until(self.their_session(pair), UP)

    def falls(self) -> dict[str, tuple[int, int]]:
        return {
            pair.name: (
                self.ours.falls(pair.name),
                self.theirs[pair.name].falls(self.their_session(pair)),
            )
            for pair in PAIRS
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with BfdLan("s-bfd", ["our", *IDS]) as lan:
        site = Site(lan, tmp_path_factory.mktemp("bfd"))
        with neighbors(site.ours, *site.theirs.values()):
            site.start()
            yield site


@pytest.mark.parametrize("pair", PAIRS, ids=IDS)
def test_both_sides_come_up(site: Site, pair: Pair) -> None:
    site.until_up(pair)


def test_all_of_them_stay_up(site: Site) -> None:
    """10 ms, five packets: 50 ms of silence would be the end."""
    for pair in PAIRS:
        site.until_up(pair)

    @repeat_when_stalled(30_000_000)
    def steady() -> None:
        before = site.falls()
        end = time.monotonic() + STEADY_S
        while time.monotonic() < end:
            time.sleep(0.1)
        assert before == site.falls(), site.ours.log()

    steady()


@pytest.mark.parametrize("pair", PAIRS, ids=IDS)
def test_a_cut_is_known_within_the_detection_time_and_mended(site: Site, pair: Pair) -> None:
    @repeat_when_stalled(50_000_000)
    def cut() -> None:
        site.lan.cable(pair.name, plugged=True)
        site.until_up(pair)
        site.lan.cable(pair.name, plugged=False)
        began = time.monotonic()
        eventually(lambda: site.ours.state(pair.name) == DOWN, site.ours.log)
        took = time.monotonic() - began
        # A packet sent just before the cut starts a whole detection time; jitter takes off a quarter of one.
        assert DETECTION_S * 0.7 <= took + 0.01
        assert took <= DETECTION_S + ROOM_S
        site.theirs[pair.name].until(site.their_session(pair), DOWN)

    cut()
    site.lan.cable(pair.name, plugged=True)
    site.until_up(pair)


@pytest.mark.parametrize("pair", PAIRS, ids=IDS)
def test_a_killed_neighbour_is_missed_within_the_detection_time(site: Site, pair: Pair) -> None:
    site.until_up(pair)

    @repeat_when_stalled(50_000_000)
    def killed() -> None:
        site.theirs[pair.name].kill()
        began = time.monotonic()
        eventually(lambda: site.ours.state(pair.name) == DOWN, site.ours.log)
        assert time.monotonic() - began <= DETECTION_S + ROOM_S

    killed()


def test_our_end_is_no_surprise(site: Site) -> None:
    """AdminDown is said to those that live: nobody's detection time runs out."""
    pair = PAIRS[0]
    other = site.theirs[pair.name]
    site.start_neighbor(pair)
    site.until_up(pair)
    expired = other.log().count("Expired")
    assert 0 == site.ours.stop()
    other.until("us", DOWN)
    assert expired == other.log().count("Expired")
