"""Our BFD process in the whole daemon: two of ours on a LAN, and somebody who means harm."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.lab import netns
from pykeepalived.wire.bfd import ControlPacket, encode
from tests.support.bfd_lab import DOWN, UP, BfdLan, Ours, neighbors
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import eventually

pytestmark = pytest.mark.netns

SLOW = "min_tx 100\nmin_rx 100\nmultiplier 5"
"""A detection time of 500 ms: a process that was killed is there again before it ends."""


@pytest.fixture(scope="module")
def lan() -> Iterator[BfdLan]:
    with BfdLan("s-bfdd", ["a", "b", "c"]) as lan:
        yield lan


@pytest.fixture
def pair(lan: BfdLan, tmp_path: Path) -> Iterator[tuple[Ours, Ours]]:
    one, other = Ours(lan, "a", tmp_path), Ours(lan, "b", tmp_path)
    with neighbors(one, other):
        yield one, other


def block(name: str, neighbor: str, words: str = "") -> str:
    return f"bfd_instance {name} {{\nneighbor_ip {neighbor}\n{words}\n}}\n"


def both_up(
    lan: BfdLan, pair: tuple[Ours, Ours], words: str = "", *, first: str = "", others: str = ""
) -> None:
    one, other = pair
    one.start(first + block("peer", lan.address("b"), words))
    other.start(block("peer", lan.address("a"), words) + others)
    one.until("peer", UP)
    other.until("peer", UP)


def test_what_can_be_seen_of_the_process(lan: BfdLan, pair: tuple[Ours, Ours], tmp_path: Path) -> None:
    """Pid file, name, scheduling, dump file; and an end that surprises nobody."""
    one, other = pair
    one.start(
        "global_defs {\nprocess_names\nbfd_rt_priority 7\n}\n" + block("six", lan.address("b", 6), "passive")
    )
    other.start(block("six", lan.address("a", 6)))
    one.until("six", UP)
    pid = one.pid("bfd")
    assert "keepalived_bfd" == Path(f"/proc/{pid}/comm").read_text().strip()
    assert (os.SCHED_RR, 7) == (os.sched_getscheduler(pid) & 0xFF, os.sched_getparam(pid).sched_priority)

    os.kill(one.pid("keepalived"), signal.SIGUSR1)
    dump = tmp_path / "keepalived_bfd.data"
    eventually(lambda: dump.exists() and dump.read_text().endswith("\n"), "the dump")
    text = dump.read_text()
    assert f"Neighbor IP = {lan.address('b', 6)}" in text
    assert "local state = Up" in text
    assert "local detection time = 50000 us" in text

    began = time.monotonic()
    assert 0 == one.stop()
    took = time.monotonic() - began
    other.until("six", DOWN)
    assert "Remote diagnostic - Administratively Down" in other.log()
    assert "Expired" not in other.log()
    assert took < 2, "an end takes some ten milliseconds; the rest is room for this machine"
    assert not one.pid_file("bfd").exists()


def test_a_killed_process_takes_its_sessions_up_again_and_nobody_notices(
    lan: BfdLan, pair: tuple[Ours, Ours]
) -> None:
    one, other = pair

    @repeat_when_stalled(100_000_000)
    def kill() -> None:
        both_up(lan, pair, SLOW)
        before = one.pid("bfd")
        os.kill(before, signal.SIGKILL)
        eventually(lambda: one.pid_file("bfd").exists() and one.pid("bfd") != before, "the next process")
        time.sleep(1)  # twice the detection time
        falls = one.falls("peer"), other.falls("peer")
        for daemon in pair:
            daemon.stop()
        assert (0, 0) == falls, one.log() + other.log()

    kill()


def test_a_reload_changes_timers_by_a_poll_and_no_session_falls(lan: BfdLan, pair: tuple[Ours, Ours]) -> None:
    one, other = pair
    third = block("third", lan.address("c"))
    both_up(lan, pair, SLOW)
    one.configure(block("peer", lan.address("b"), "min_tx 200\nmin_rx 50\nmultiplier 3") + third)
    os.kill(one.pid("keepalived"), signal.SIGHUP)
    eventually(lambda: "receiving every 200.0ms, detection time 600.0ms" in other.log(), other.log)
    eventually(
        lambda: "sending every 200.0ms, receiving every 100.0ms, detection time 500.0ms" in one.log(), one.log
    )
    assert "(peer) Starting poll sequence" in one.log()
    one.configure(third)
    os.kill(one.pid("keepalived"), signal.SIGHUP)
    other.until("peer", DOWN)
    assert "Remote diagnostic - Administratively Down" in other.log()
    assert (0, 1) == (one.falls("peer"), other.falls("peer"))
    assert "Expired" not in one.log() + other.log()


def test_a_source_address_that_comes_later_is_waited_for(lan: BfdLan, pair: tuple[Ours, Ours]) -> None:
    """A floating address, for one: keepalived disables the instance for a minute."""
    one, other = pair
    one.start(block("peer", lan.address("b"), "source_ip 198.51.100.77"))
    other.start(block("peer", "198.51.100.77"))
    eventually(lambda: "Cannot assign requested address" in one.log(), one.log)
    netns.run(["ip", "-n", lan.names["a"], "addr", "add", "198.51.100.77/32", "dev", "eth0"])
    try:
        one.until("peer", UP)
        assert 1 == one.log().count("cannot send"), "it is said once"
    finally:
        netns.run(["ip", "-n", lan.names["a"], "addr", "del", "198.51.100.77/32", "dev", "eth0"])


def test_a_multihop_session_uses_its_port_and_the_hops_that_are_allowed(
    lan: BfdLan, pair: tuple[Ours, Ours]
) -> None:
    one, _ = pair
    both_up(lan, pair, "multihop\nttl 64\nmax_hops 3")
    inode = netns.run(["ip", "netns", "exec", lan.names["a"], "ss", "-Hlun", "sport", "=", ":4784"])
    assert "4784" in inode
    sources = netns.run(["ip", "netns", "exec", lan.names["a"], "ss", "-Haun"])
    ports = [int(port) for port in re.findall(r":(\d+)\s", sources) if int(port) not in (3784, 4784)]
    assert ports
    assert all(49152 <= port <= 65535 for port in ports), sources
    assert 0 == one.falls("peer")


# ---------------------------------------------------------------- somebody who means harm


def hostile(chance: random.Random, theirs: int) -> bytes:
    """What a stranger might send: everything but the discriminator that only the neighbour knows."""
    packet = ControlPacket(
        chance.randrange(4), 0, chance.randint(1, 255), chance.randint(1, 2**32 - 1),
        chance.choice((0, chance.randint(1, 2**32 - 1), theirs)), 10_000_000, 10_000_000,
        poll=chance.random() < 0.3,
    )  # fmt: skip
    data = bytearray(encode(packet))
    if chance.random() < 0.5:
        data[chance.randrange(4)] ^= 1 << chance.randrange(8)
    return bytes(data[: chance.choice((24, 24, 24, 10))])


def test_a_flood_of_bogus_packets_takes_no_session_down(lan: BfdLan, pair: tuple[Ours, Ours]) -> None:
    """From a stranger, and in the neighbour's own name with a hop limit that says they came from afar."""
    one, _ = pair

    @repeat_when_stalled(50_000_000)
    def flood() -> None:
        both_up(lan, pair)
        log_before, falls = len(one.log()), one.falls("peer")
        sent = send_for(lan, one, 3.0)
        assert falls == one.falls("peer"), one.log()[-3000:]
        assert sent > 3000
        assert len(one.log()) - log_before < 5000, "the log is bounded"
        for daemon in pair:
            daemon.stop()

    flood()


def send_for(lan: BfdLan, target: Ours, seconds: float) -> int:
    """Flood the target from namespace c; how many packets left."""
    chance = random.Random(1)
    with netns.inside(lan.names["c"]):
        plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    with plain, raw:
        end, sent = time.monotonic() + seconds, 0
        address = lan.address("a")
        packets = [hostile(chance, 7) for _ in range(512)]
        spoofed = [forged(data, lan.address("b"), address, ttl=254) for data in packets]
        while time.monotonic() < end:
            for number in range(64):
                plain.sendto(packets[(sent + number) % 512], (address, 3784))
                raw.sendto(spoofed[(sent + number) % 512], (address, 0))
            sent += 128
            time.sleep(0.002)
        return sent


def forged(data: bytes, source: str, destination: str, *, ttl: int) -> bytes:
    """A UDP packet in somebody else's name; the kernel fills in length and sum of the IP header."""
    udp = (
        (50000).to_bytes(2, "big") + (3784).to_bytes(2, "big") + (8 + len(data)).to_bytes(2, "big") + bytes(2)
    )
    header = bytes((0x45, 0, 0, 0, 0, 0, 0, 0, ttl, 17, 0, 0))
    return header + socket.inet_aton(source) + socket.inet_aton(destination) + udp + data


# ---------------------------------------------------------------- what VRRP makes of it

INSTANCE = """
vrrp_instance VI_1 {
    interface eth0
    version 3
    virtual_router_id 51
    priority %d
    advert_int 1
    virtual_ipaddress {
        198.51.100.200/24
    }
    track_bfd {
        gateway
    }
}
"""
VIP = "198.51.100.200"


class Routers:
    """Two routers, a (first choice) and b, that watch gateway c by BFD, each over a link of its own."""

    def __init__(self, lan: BfdLan, folder: Path) -> None:
        self.lan = lan
        self.a, self.b, self.gateway = (Ours(lan, member, folder) for member in "abc")

    def start(self) -> None:
        for number, member in enumerate("ab", 1):
            ours, theirs = self.lan.names[member], self.lan.names["c"]
            netns.ip_batch(
                [
                    f"link add up0 type veth peer name to-{member} netns {theirs}",
                    f"addr add 10.9.{number}.1/30 dev up0",
                    "link set up0 up",
                ],
                ours,
            )
            netns.ip_batch(
                [f"addr add 10.9.{number}.2/30 dev to-{member}", f"link set to-{member} up"], theirs
            )
        self.gateway.start("".join(block(f"r{n}", f"10.9.{n}.1", "passive") for n in (1, 2)))
        for number, (router, priority) in enumerate(((self.a, 200), (self.b, 100)), 1):
            router.start(block("gateway", f"10.9.{number}.2") + INSTANCE % priority)
            router.until("gateway", UP)

    def holds(self, router: Ours) -> bool:
        return VIP in netns.run(["ip", "-n", self.lan.names[router.member], "addr", "show", "dev", "eth0"])

    def states(self, router: Ours) -> list[str]:
        return re.findall(r"\(VI_1\) Entering (\w+) STATE", router.log())

    def end(self) -> None:
        for member in "ab":
            netns.run(["ip", "-n", self.lan.names[member], "link", "del", "up0"])


@pytest.fixture(scope="module")
def routers(lan: BfdLan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routers]:
    routers = Routers(lan, tmp_path_factory.mktemp("routers"))
    with neighbors(routers.a, routers.b, routers.gateway):
        try:
            routers.start()
            eventually(lambda: routers.holds(routers.a), lambda: routers.a.log())
            yield routers
        finally:
            routers.end()


def test_a_broken_path_moves_the_address_sooner_than_vrrp_alone_would(routers: Routers) -> None:
    """Three adverts of 1 s and the skew are 3.6 s; detection (50 ms) and the skew are 0.7 s."""
    a, b = routers.a, routers.b
    began = time.monotonic()
    netns.run(["ip", "-n", routers.lan.names["c"], "link", "set", "to-a", "down"])
    eventually(lambda: routers.holds(b), lambda: a.log() + b.log())
    assert time.monotonic() - began < 2.5
    assert "FAULT" == routers.states(a)[-1]
    assert not routers.holds(a)
    netns.run(["ip", "-n", routers.lan.names["c"], "link", "set", "to-a", "up"])
    eventually(lambda: routers.holds(a), lambda: a.log())
    eventually(lambda: not routers.holds(b), lambda: b.log())


@repeat_when_stalled(30_000_000)
def test_a_killed_bfd_process_makes_no_router_flap(routers: Routers) -> None:
    """Neither when the neighbour does not notice nor when it does (50 ms are soon over)."""
    a = routers.a
    eventually(lambda: routers.holds(a), lambda: a.log())
    states = routers.states(a)
    for _ in range(2):
        before = a.pid("bfd")
        os.kill(before, signal.SIGKILL)
        eventually(lambda old=before: a.pid_file("bfd").exists() and a.pid("bfd") != old, "the next process")
        a.until("gateway", UP)
    # Longer than the patience that a session has to come up again.
    time.sleep(3.5)
    a.until("gateway", UP)
    assert states == routers.states(a)
    assert routers.holds(a)


@repeat_when_stalled(30_000_000)
def test_a_killed_vrrp_process_knows_its_sessions_again(routers: Routers) -> None:
    a = routers.a
    eventually(lambda: routers.holds(a), lambda: a.log())
    states, starts = routers.states(a), a.log().count("Starting VRRP child process")
    os.kill(a.pid("vrrp"), signal.SIGKILL)
    eventually(lambda: a.log().count("Starting VRRP child process") > starts, a.log)
    time.sleep(1)
    assert "FAULT" not in routers.states(a)[len(states) :]
    assert routers.holds(a)
