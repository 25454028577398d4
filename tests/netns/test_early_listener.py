"""Ears that were open before the configuration was read: what they heard counts, and so does the time."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.lab import netns
from pykeepalived.netio import early_listener
from pykeepalived.netio.early_listener import EarlyListener
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from tests.support.kernel_can import needs_processors
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, Listener, eventually, running

pytestmark = pytest.mark.netns

READING_SECONDS = 1.3
HALF_A_SECOND = RouterSettings(
    "VI_1",
    "eth0",
    51,
    version=3,
    advertisement_interval_ns=500 * NANOSECONDS_PER_MILLISECOND,
    addresses=(VirtualAddress(IPv4Address("192.0.2.100"), 24, "eth0"),),
)
"""Its Master_Down_Interval is 1.8 s."""


@pytest.fixture(scope="module")
def lan() -> Iterator[Lan]:
    with Lan("vear") as made:
        yield made


@needs_processors
@repeat_when_stalled(100 * NANOSECONDS_PER_MILLISECOND)
def test_the_time_of_reading_counts_as_listening(lan: Lan, tmp_path: Path) -> None:
    listener = Listener(lan, "a")
    began = time.monotonic()
    with running(
        lan, "a", VrrpPlan((HALF_A_SECOND,), ()), str(tmp_path / "log"), reading_seconds=READING_SECONDS
    ):
        eventually(listener.adverts, "an advert")
        waited = (listener.frames[-1][0] / 1e9) - began

    # From the end of the reading on it would be 3.1 s; the rest is for a machine that stalls.
    assert 1.75 < waited < 2.9


def test_a_master_that_was_heard_while_reading_is_known_at_once(lan: Lan, tmp_path: Path) -> None:
    better = replace(HALF_A_SECOND, priority=200)
    worse = replace(HALF_A_SECOND, preempt_mode=False)
    with running(lan, "b", VrrpPlan((better,), ()), str(tmp_path / "b")) as b:
        b.until_state("VI_1", "MASTER")
        with running(
            lan, "a", VrrpPlan((worse,), ()), str(tmp_path / "a"), reading_seconds=READING_SECONDS
        ) as a:
            a.until_state("VI_1", "BACKUP")
            # Two adverts were in the queue, and the first of its own is half a second away at most.
            eventually(lambda: "master set to 192.0.2.2" in a.log(), a.log, 0.3)


@pytest.mark.parametrize("family", [4, 6])
def test_packets_of_both_families_arrive_with_their_interface_and_addresses(lan: Lan, family: int) -> None:
    with netns.inside(lan.names["a"]):
        ears = EarlyListener()
    vips = {4: IPv4Address("192.0.2.100"), 6: IPv6Address("fe80::51")}
    group = {4: HALF_A_SECOND.multicast_group, 6: IPv6Address("ff02::12")}
    router = replace(
        HALF_A_SECOND,
        family=family,
        priority=254,
        multicast_group=group[family],
        addresses=(VirtualAddress(vips[family], 32, "eth0", flags=2 if family == 6 else 0),),
    )
    index = int(lan.ip("a", "-o", "link", "show", "eth0").split(":")[0])
    try:
        with running(lan, "b", VrrpPlan((router,), ()), "/dev/null") as b:
            b.until_state("VI_1", "MASTER")
            heard = list(ears.drain(family))

        assert {index} == {packet.came_by for packet in heard}
        vrid_at = 21 if family == 4 else 1
        assert {51} == {packet.datagram.data[vrid_at] for packet in heard}
        if family == 6:
            assert group[6].packed == heard[0].datagram.destination
            assert 255 == heard[0].datagram.hop_limit
        assert ears.heard_all(family, index)
        assert not ears.heard_all(family, index + 1000)
    finally:
        ears.close()


def test_a_queue_that_ran_over_proves_nothing(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_listener, "_BUFFER_BYTES", 4096)
    index = int(lan.ip("a", "-o", "link", "show", "eth0").split(":")[0])
    with netns.inside(lan.names["a"]):
        ears = EarlyListener()
    try:
        import socket

        with netns.inside(lan.names["b"]):
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
        request = struct.pack("@4s4si", bytes(4), socket.inet_aton("192.0.2.2"), 0)
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)

        assert ears.heard_all(4, index)
        for _ in range(100):
            raw.sendto(bytes(500), ("224.0.0.18", 0))
        eventually(lambda: not ears.heard_all(4, index), "packets are dropped")
        assert ears.heard_all(6, index)
        raw.close()
    finally:
        ears.close()


def test_without_permission_there_are_no_ears_and_no_complaint(lan: Lan) -> None:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            with netns.inside(lan.names["a"]):  # where there is an interface to listen on
                os.setuid(65534)
                early_listener.listen()
                status = 0 if early_listener.take() is None else 2
        finally:
            os._exit(status)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
