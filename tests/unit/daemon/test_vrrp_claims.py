"""Who is told of a foreign owner, how often, and what a flood of claims costs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from structlog.testing import capture_logs

from pykeepalived.daemon import vrrp_claims
from pykeepalived.daemon.vrrp_actions import Runtime, place_of
from pykeepalived.daemon.vrrp_claims import COUNTER, Claims, ClaimsKey, ClaimsPauseKey
from pykeepalived.kernel.links import ARPHRD_ETHER, IFF_RUNNING, IFF_UP, Link, LinkTable
from pykeepalived.netio.bpf import ACCEPT_WHOLE, JEQ_K, RET_K
from pykeepalived.netio.claims import Claim, word_filter
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.vrrp.virtual_link import VirtualLink

OURS, THEIRS = bytes.fromhex("525400000001"), bytes.fromhex("525400aabbcc")
VIP = VirtualAddress(IPv4Address("198.51.100.1"), 24, "eth0")
SECOND = 1_000_000_000


class FakeSocket:
    """Stands for both kinds."""

    opened: list[FakeSocket]

    def __init__(self, addresses: frozenset[IPv4Address]) -> None:
        self.addresses = addresses
        self.queued: list[Claim] = []
        self.closed = False
        FakeSocket.opened.append(self)

    def listen_for(self, addresses: frozenset[IPv4Address]) -> None:
        self.addresses = addresses

    def fileno(self) -> int:
        return 7

    def read(self, limit: int) -> list[Claim]:
        taken, self.queued = self.queued[:limit], self.queued[limit:]
        return taken

    def close(self) -> None:
        self.closed = True


class World:
    def __init__(self) -> None:
        self.now = 0
        self.deadlines: dict[Hashable, int | None] = {}
        self.readers: dict[int, Callable[[], None]] = {}
        self.probes: list[tuple[str, str, int]] = []
        settings = RouterSettings("VI_1", "eth0", 51, addresses=(VIP,))
        self.runtime = Runtime(settings, VirtualRouter(settings))
        links = LinkTable()
        flags = IFF_UP | IFF_RUNNING
        for index, name in ((2, "eth0"), (3, "eth1")):
            links.links[index] = Link(index, name, flags, 6, OURS[:5] + bytes([index]), 1500, ARPHRD_ETHER)
            links._index_of[name] = index
        self.claims = Claims(
            {"VI_1": self.runtime},
            links,
            send=self._send,
            watch=self.readers.__setitem__,
            unwatch=lambda fd: self.readers.pop(fd, None),
            set_deadline=self.deadlines.__setitem__,
            clock=lambda: self.now,
        )

    def _send(self, router: str, interface: str, frames: Sequence[bytes]) -> None:
        self.probes.append((router, interface, len(frames)))

    def hold(self, *addresses: VirtualAddress) -> None:
        self.runtime.taken = {place_of(one): one for one in addresses}
        self.claims.changed()
        assert self.now + SECOND == self.deadlines[ClaimsKey()]
        self.claims.on_deadline()

    def heard(self, *claims: Claim) -> None:
        (listening,) = FakeSocket.opened
        listening.queued += claims
        if 7 in self.readers:
            self.readers[7]()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    FakeSocket.opened = []
    monkeypatch.setattr(vrrp_claims, "ArpClaims", FakeSocket)
    return World()


def test_only_a_master_listens_and_asks_once_for_each_address(world: World) -> None:
    assert [] == FakeSocket.opened
    world.hold(VIP)
    world.hold(VIP)
    assert [("VI_1", "eth0", 1)] == world.probes
    (listening,) = FakeSocket.opened
    assert {VIP.address} == listening.addresses

    world.hold()
    assert listening.closed
    assert {} == world.readers
    world.hold(VIP)
    assert 2 == len(world.probes)


def test_a_claim_is_told_with_the_mac_address_and_counted(world: World) -> None:
    world.hold(VIP)
    with capture_logs() as lines:
        world.heard(Claim(2, VIP.address, THEIRS))
    (line,) = lines
    assert line["event"].startswith("(VI_1) 198.51.100.1/24 dev eth0 is used by 52:54:00:aa:bb:cc as well")
    assert 1 == world.runtime.counters[COUNTER]
    (known,) = world.runtime.claims.values()
    assert ("198.51.100.1/24", "eth0", "52:54:00:aa:bb:cc", 1) == (
        known.address,
        known.interface,
        known.mac,
        known.times,
    )


def test_only_the_last_few_claimants_are_remembered(world: World) -> None:
    world.hold(VIP)
    for number in range(20):
        world.heard(Claim(2, VIP.address, THEIRS[:5] + bytes([number])))
        world.claims.read_again()

    assert [f"52:54:00:aa:bb:{number:02x}" for number in range(12, 20)] == [
        claim.mac for claim in world.runtime.claims.values()
    ]


def test_a_virtual_mac_address_is_another_master(world: World) -> None:
    world.hold(VIP)
    with capture_logs() as lines:
        world.heard(Claim(2, VIP.address, bytes.fromhex("00005e000133")))
    assert "another router is Master of VRID 51, too" in lines[0]["event"]


@pytest.mark.parametrize(
    "claim",
    [
        Claim(2, VIP.address, OURS[:5] + b"\x03"),  # our own, by another interface
        Claim(3, VIP.address, THEIRS),  # the same address on another network
        Claim(9, VIP.address, THEIRS),  # an interface that is gone
        Claim(2, IPv4Address("198.51.100.9"), THEIRS),
    ],
)
def test_what_concerns_nobody_is_not_told(world: World, claim: Claim) -> None:
    world.hold(VIP)
    with capture_logs() as lines:
        world.heard(claim)
    assert [] == lines


def test_a_flood_wakes_us_once_a_second_and_fills_no_log(world: World) -> None:
    world.hold(VIP)
    with capture_logs() as lines:
        for second in range(5):
            world.now = second * SECOND
            world.heard(*(Claim(2, VIP.address, THEIRS) for _ in range(100)))
            assert {} == world.readers
            assert world.now + SECOND == world.deadlines[ClaimsPauseKey()]
            world.claims.read_again()
            assert 7 in world.readers
    assert 1 == len(lines)


def test_an_interface_on_top_of_the_one_that_was_heard_counts(world: World) -> None:
    on_top = replace(VIP, interface="vrrp.51")
    world.runtime.settings = replace(world.runtime.settings, links=(VirtualLink("vrrp.51", "eth0", 4),))
    world.hold(on_top)
    with capture_logs() as lines:
        world.heard(Claim(2, VIP.address, THEIRS))
    assert 1 == len(lines)


def test_the_filter_knows_each_address_and_gives_up_beyond_what_the_kernel_takes() -> None:
    program = word_filter(28, [5, 3, 5])
    assert [3, 5] == [step.value for step in program if step.code == JEQ_K]
    assert 0 == program[-1].value
    many = word_filter(28, range(2000))
    assert [(RET_K, ACCEPT_WHOLE)] == [(step.code, step.value) for step in many]
