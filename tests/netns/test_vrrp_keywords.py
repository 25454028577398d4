"""Keywords of an instance in the whole vrrp process: what they change on the wire and in the kernel.

Several go together in one start where they do not meet.
"""

from __future__ import annotations

import collections
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address
from itertools import pairwise
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.config.load import load_text
from pykeepalived.ipc.messages import Stop
from pykeepalived.lab import netns
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.wire.ip import PROTOCOL_VRRP, Ipv4Header, encode_ipv4
from pykeepalived.wire.vrrp import encode_v3
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, Listener, RouterProcess, eventually, running

pytestmark = pytest.mark.netns

ADVERT_NS = 100 * NANOSECONDS_PER_MILLISECOND
ADVERT_S = 0.1
INTERFACE_MAC = bytes.fromhex("02000000aa01")
SPEAKER_MAC = bytes.fromhex("02000000bb01")


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan("vkw") as made:
        made.ip("a", "link", "set", "eth0", "address", INTERFACE_MAC.hex(":"))
        yield made


@pytest.fixture
def log(tmp_path: Path) -> str:
    return str(tmp_path / "log")


def instance(number: int, vips: str, *words: str, priority: int = 100) -> str:
    addresses = f"virtual_ipaddress {{\n{vips}\n}}" if vips else "no_virtual_ipaddress"
    return f"""
    vrrp_instance V{number} {{
        interface eth0
        virtual_router_id {number}
        version 3
        advert_int {ADVERT_S}
        priority {priority}
        {addresses}
        {chr(10).join(words)}
    }}
    """


def plan(*texts: str) -> VrrpPlan:
    return plan_vrrp(load_text("\n".join(texts)).config)


class Sent:
    """An IPv4 or IPv6 packet of VRRP, taken apart as far as anybody can be wrong."""

    def __init__(self, frame: bytes) -> None:
        six = frame[12:14] == b"\x86\xdd"
        at, self.hop_limit = (54, frame[21]) if six else (34, frame[22])
        ends = (frame[22:38], frame[38:54]) if six else (frame[26:30], frame[30:34])
        self.source, self.destination = (str(ip_address(end)) for end in ends)
        self.vrid, self.priority, self.count = frame[at + 1], frame[at + 2], frame[at + 3]


def adverts(listener: Listener) -> dict[int, Sent]:
    """The last advert of each virtual router."""
    found = {}
    for _, frame in listener.pump():
        if (frame[12:14], frame[23]) == (b"\x08\0", 112) or (frame[12:14], frame[20]) == (b"\x86\xdd", 112):
            found[Sent(frame).vrid] = Sent(frame)
    return found


class Other:
    """Another router, on the host ``b``, that says what a test wants it to say."""

    def __init__(self, lan: Lan) -> None:
        with netns.inside(lan.names["b"]):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.bind(("eth0", 0x0800))

    def say(
        self, vrid: int, priority: int, source: str, *, to: str = "224.0.0.18", ttl: int = 255,
        vip: str = "192.0.2.100",
    ) -> None:  # fmt: skip
        target = IPv4Address(to)
        message = encode_v3(
            vrid=vrid, priority=priority, interval_ns=ADVERT_NS, addresses=[IPv4Address(vip)],
            source=IPv4Address(source), destination=target,
        )  # fmt: skip
        header = Ipv4Header(IPv4Address(source), target, PROTOCOL_VRRP, ttl, 20 + len(message))
        mac = bytes.fromhex("01005e000012") if target.is_multicast else INTERFACE_MAC
        self._socket.send(mac + SPEAKER_MAC + struct.pack("!H", 0x0800) + encode_ipv4(header) + message)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def other(lan: Lan) -> Iterator[Other]:
    made = Other(lan)
    yield made
    made.close()


def neighbour(lan: Lan, address: str) -> None:
    lan.ip("a", "neigh", "replace", address, "lladdr", SPEAKER_MAC.hex(":"), "dev", "eth0")


def masters(process: RouterProcess, *names: str) -> None:
    for name in names:
        process.until_state(name, "MASTER")


def test_adverts_go_where_and_with_the_ttl_that_the_instance_says(lan: Lan, log: str) -> None:
    """[TX-2] [TX-18]"""
    neighbour(lan, "192.0.2.9")
    peer = ("unicast_src_ip 192.0.2.1", "unicast_peer {\n192.0.2.9\n}", "unicast_ttl 33")
    texts = (
        "global_defs {\nvrrp_mcast_group4 224.0.0.77\nvrrp_mcast_group6 ff02::77\n}",
        instance(1, "192.0.2.101/24"),
        instance(2, "192.0.2.102/24", "mcast_dst_ip 224.0.0.99"),
        instance(3, "fe80::103/64"),
        instance(4, "fe80::104/64", "mcast_dst_ip ff02::99"),
        instance(5, "192.0.2.105/24", *peer),
    )
    with running(lan, "a", plan(*texts), log) as process:
        listener = Listener(lan, "a")
        masters(process, "V1", "V2", "V3", "V4", "V5")
        eventually(lambda: len(adverts(listener)) == 5, process.log)
        heard = adverts(listener)
        listener.close()
    assert {
        1: ("224.0.0.77", 255), 2: ("224.0.0.99", 255), 3: ("ff02::77", 255), 4: ("ff02::99", 255),
        5: ("192.0.2.9", 33),
    } == {vrid: (one.destination, one.hop_limit) for vrid, one in heard.items()}  # fmt: skip
    assert {"192.0.2.1"} == {heard[vrid].source for vrid in (1, 2, 5)}


def test_only_peers_within_their_ttl_are_heard_and_lists_of_addresses_may_differ(
    lan: Lan, log: str, other: Other
) -> None:
    """[RX-17] [RX-18] [RX-7]"""
    peers = "unicast_peer {\n192.0.2.9\n192.0.2.10 min_ttl 5 max_ttl 20\n}"
    texts = (
        instance(1, "192.0.2.101/24", "unicast_src_ip 192.0.2.1", peers, "check_unicast_src"),
        instance(2, "192.0.2.102/24", "skip_check_adv_addr on"),
        instance(3, "192.0.2.103/24", "owner_ignore_adverts", "state MASTER", priority=255),
    )
    with running(lan, "a", plan(*texts), log) as process:
        masters(process, "V1", "V2", "V3")
        other.say(1, 200, "192.0.2.11", to="192.0.2.1")
        eventually(lambda: "192.0.2.11" in process.log(), process.log)  # refused, which is told
        other.say(1, 200, "192.0.2.10", to="192.0.2.1", ttl=4)
        eventually(lambda: "192.0.2.10" in process.log(), process.log)
        other.say(3, 255, "192.0.2.200", vip="192.0.2.103")
        assert {"MASTER"} == {process.states(name)[-1] for name in ("V1", "V2", "V3")}

        other.say(2, 200, "192.0.2.9", vip="192.0.2.222")
        process.until_state("V2", "BACKUP")
        other.say(1, 200, "192.0.2.10", to="192.0.2.1", ttl=20)
        process.until_state("V1", "BACKUP")
        assert "MASTER" == process.states("V3")[-1]


@repeat_when_stalled(ADVERT_NS)
def test_how_long_a_backup_waits_is_the_instances_to_say(lan: Lan, log: str, other: Other) -> None:
    texts = (
        instance(1, "192.0.2.101/24"),
        instance(2, "192.0.2.102/24", "down_timer_adverts 9"),
    )
    with running(lan, "a", plan(*texts), log) as process:
        listener = Listener(lan, "a")
        masters(process, "V1", "V2")
        for vrid in (1, 2):
            other.say(vrid, 200, "192.0.2.9", vip=f"192.0.2.10{vrid}")
        said_at = time.monotonic()
        process.until_state("V1", "BACKUP")
        process.until_state("V2", "BACKUP")
        waited = {}
        listener.clear()
        for vrid in (1, 2):
            eventually(lambda: vrid in adverts(listener), process.log)  # noqa: B023
            waited[vrid] = time.monotonic() - said_at
        listener.close()
    skew = ADVERT_S * (256 - 100) / 256
    assert 3 * ADVERT_S + skew <= waited[1] < 4 * ADVERT_S + skew
    assert 9 * ADVERT_S + skew <= waited[2] < 10 * ADVERT_S + skew


def test_two_routers_without_any_address_elect_one_of_them(lan: Lan, log: str) -> None:
    excluded = "virtual_ipaddress_excluded {\n198.51.100.7/24\n}"
    with (
        running(lan, "a", plan(instance(1, "", excluded, priority=150)), log) as better,
        running(lan, "b", plan(instance(1, "", excluded)), f"{log}b") as worse,
    ):
        listener = Listener(lan, "a")
        better.until_state("V1", "MASTER")
        worse.until_state("V1", "BACKUP")
        eventually(lambda: lan.holds("a", "198.51.100.7") and lan.lacks("b", "198.51.100.7"), better.log)
        eventually(lambda: adverts(listener), better.log)
        assert 0 == adverts(listener)[1].count
        listener.close()

        better.channel.send(Stop("test"))
        assert 0 == better.wait()
        worse.until_state("V1", "MASTER")
        eventually(lambda: lan.holds("b", "198.51.100.7"), worse.log)


def test_a_tracked_source_address_that_goes_is_a_fault_until_it_is_back(lan: Lan, log: str) -> None:
    lan.ip("a", "addr", "add", "192.0.2.77/24", "dev", "eth0")
    text = instance(1, "192.0.2.101/24", "mcast_src_ip 192.0.2.77", "track_src_ip")
    with running(lan, "a", plan(text), log) as process:
        listener = Listener(lan, "a")
        process.until_state("V1", "MASTER")
        eventually(lambda: adverts(listener), process.log)
        assert "192.0.2.77" == adverts(listener)[1].source
        lan.ip("a", "addr", "del", "192.0.2.77/24", "dev", "eth0")
        process.until_state("V1", "FAULT")
        eventually(lambda: 0 == adverts(listener)[1].priority, "its last word")
        lan.ip("a", "addr", "add", "192.0.2.77/24", "dev", "eth0")
        process.until_state("V1", "MASTER")
        listener.close()


def announcements(listener: Listener, address: str) -> list[tuple[float, bool]]:
    """When, in seconds, and whether by a virtual MAC address."""
    packed = IPv4Address(address).packed
    return [
        (at / 1e9, frame[6:11] == bytes.fromhex("00005e0001"))
        for at, frame in listener.pump()
        if frame[12:14] == b"\x08\x06" and frame[28:32] == packed == frame[38:42]
    ]


def take_in(listener: Listener, seconds: float) -> None:
    """As they come, for their times."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        listener.pump()
        time.sleep(0.005)


@repeat_when_stalled(ADVERT_NS)
def test_announcements_come_as_often_and_as_far_apart_as_asked_for(lan: Lan, log: str) -> None:
    """[AR-2]"""
    quiet = ("garp_master_delay 0", "garp_lower_prio_delay 0")
    texts = (
        instance(1, "192.0.2.101/24", "garp_master_repeat 3", "garp_master_delay 1"),
        instance(2, "192.0.2.102/24", *quiet, "garp_master_repeat 1", "garp_master_refresh 1"),
        instance(3, "192.0.2.103/24", *quiet, "garp_master_repeat 4"),
    )
    with running(lan, "a", plan(*texts), log) as process:
        listener = Listener(lan, "a")
        masters(process, "V1", "V2", "V3")
        take_in(listener, 2.5)
        heard = {n: announcements(listener, f"192.0.2.10{n}") for n in (1, 2, 3)}
        listener.close()
    assert [6, 4] == [len(heard[number]) for number in (1, 3)]
    assert 0.9 < heard[1][3][0] - heard[1][2][0] < 1.3
    assert 3 <= len(heard[2]) <= 4
    assert {False} == {virtual for one in heard.values() for _, virtual in one}


@repeat_when_stalled(ADVERT_NS)
def test_a_group_of_interfaces_shares_the_pause_between_announcements(lan: Lan, log: str) -> None:
    lan.ip("a", "link", "add", "side0", "type", "veth", "peer", "name", "side1")
    for name in ("side0", "side1"):
        lan.ip("a", "link", "set", name, "up")
    group = "garp_group {\ngarp_interval 0.1\ninterfaces {\neth0\nside0\n}\n}"
    vips = "192.0.2.101/24\n192.0.2.102/24\n203.0.113.103/24 dev side0"
    with running(lan, "a", plan(group, instance(1, vips, "garp_master_repeat 2")), log) as process:
        listener = Listener(lan, "a")
        process.until_state("V1", "MASTER")
        take_in(listener, 1.0)
        times = sorted(at for end in ("101", "102") for at, _ in announcements(listener, f"192.0.2.{end}"))
        listener.close()
    assert 4 == len(times)
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.09
    assert times[-1] - times[0] > 0.39, "the addresses of the other interface took their turns"


def test_use_vmac_addr_has_a_macvlan_for_addresses_elsewhere_and_announces_them_again_and_again(
    lan: Lan, log: str
) -> None:
    lan.ip("a", "link", "add", "side0", "type", "veth", "peer", "name", "side1")
    for name in ("side0", "side1"):
        lan.ip("a", "link", "set", name, "up")
    text = instance(
        1, "192.0.2.101/24\n203.0.113.103/24 dev side0", "use_vmac_addr", "garp_extra_if 1",
        "garp_master_delay 0", "garp_master_repeat 1",
    )  # fmt: skip
    with netns.inside(lan.names["a"]):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    tap.bind(("side1", 0x0806))
    tap.settimeout(5)
    with running(lan, "a", plan(text), log) as process:
        process.until_state("V1", "MASTER")
        heard: collections.Counter[str] = collections.Counter()
        while heard["00005e000101"] < 3:
            frame = tap.recv(100)
            if frame[28:32] == IPv4Address("203.0.113.103").packed == frame[38:42]:
                heard[frame[6:12].hex()] += 1
        (line,) = (one for one in lan.ip("a", "-o", "addr").splitlines() if "203.0.113.103" in one)
        made = line.split()[1]
        assert made != "side0"
        assert "macvlan" in lan.ip("a", "-d", "link", "show", "dev", made)
        process.channel.send(Stop("test"))
        assert 0 == process.wait()
    tap.close()
    there = subprocess.run(
        ["ip", "-n", lan.names["a"], "link", "show", "dev", made], capture_output=True, check=False
    )
    assert 0 != there.returncode
