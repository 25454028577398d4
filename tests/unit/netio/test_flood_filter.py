"""What the kernel drops during a flood: never what the receive ladder would accept."""

from __future__ import annotations

import random
import socket
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest

from pykeepalived.netio import bpf
from pykeepalived.netio.flood_filter import FILTERABLE, MOST_SUMMED, SAMPLE, flood_filter
from pykeepalived.wire.ah import AH_LENGTH, encode_ah_packet
from pykeepalived.wire.checksum import checksum
from pykeepalived.wire.ip import Ipv4Header, encode_ipv4
from pykeepalived.wire.vrrp import Advertisement, AuthenticationType, encode_v2, encode_v3
from pykeepalived.wire.vrrp_receive import DiscardReason, ReceivePolicy, Receiver
from tests.support.bpf_machine import run

SOURCE, GROUP = IPv4Address("192.0.2.7"), IPv4Address("224.0.0.18")
SOURCE6, GROUP6 = IPv6Address("fe80::7"), IPv6Address("ff02::12")
UNLUCKY = 1
"""A random number that has a refused packet dropped."""


def addresses(count: int) -> list[IPv4Address]:
    return [IPv4Address("192.0.2.100") + number for number in range(count)]


def ipv4(message: bytes, *, ttl: int = 255, options: bytes = b"", group: IPv4Address = GROUP) -> bytes:
    header = encode_ipv4(Ipv4Header(SOURCE, group, 112, ttl, 20 + len(options) + len(message)))
    return bytes([0x45 + len(options) // 4]) + header[1:20] + options + message


def v2(count: int, *, password: bytes = b"") -> bytes:
    kind = AuthenticationType.PASS if password else AuthenticationType.NONE
    return encode_v2(
        vrid=51,
        priority=100,
        interval_ns=10**9,
        addresses=addresses(count),
        authentication=kind,
        password=password,
    )


def v3(count: int, *, pseudo: bool = True) -> bytes:
    message = encode_v3(
        vrid=51,
        priority=100,
        interval_ns=10**9,
        addresses=addresses(count),
        source=SOURCE,
        destination=GROUP,
    )
    if pseudo:
        return message
    blank = message[:6] + bytes(2) + message[8:]
    return blank[:6] + checksum(blank).to_bytes(2, "big") + blank[8:]


PLAIN2 = ReceivePolicy(51, 2, b"")
PASS2 = replace(PLAIN2, authentication=AuthenticationType.PASS, password=b"right")
PLAIN3 = ReceivePolicy(51, 3, b"")
UNICAST3 = replace(PLAIN3, multicast=False)

GOOD = [
    *((PLAIN2, ipv4(v2(count))) for count in (1, 2, MOST_SUMMED, MOST_SUMMED + 1, 255)),
    *((PLAIN3, ipv4(v3(count))) for count in (1, 2, MOST_SUMMED, MOST_SUMMED + 1, 255)),
    (PLAIN3, ipv4(v3(3, pseudo=False))),
    (PLAIN3, ipv4(v3(3) + b"behind it")),
    (PLAIN3, ipv4(v3(3), options=bytes(8))),
    (PASS2, ipv4(v2(1, password=b"right"))),
    (PASS2, ipv4(v2(30, password=b"right"), options=bytes(4))),
    (UNICAST3, ipv4(v3(1, pseudo=False), ttl=64, group=IPv4Address("192.0.2.1"))),
]


@pytest.mark.parametrize(("policy", "packet"), GOOD, ids=map(str, range(len(GOOD))))
def test_a_good_advert_passes_and_what_is_made_of_it_by_chance_only_if_the_ladder_says_so(
    policy: ReceivePolicy, packet: bytes
) -> None:
    found = flood_filter(4, [policy])
    receiver = Receiver(4, {51: policy})
    assert isinstance(receiver.receive_ipv4(packet), Advertisement)
    assert bpf.ACCEPT_WHOLE == run(found.program, packet, random=UNLUCKY)

    vrid_at = 4 * (packet[0] & 0xF) + 1
    draw = random.Random(packet)
    for _ in range(300):
        changed = bytearray(packet)
        for _ in range(draw.choice((1, 1, 2))):
            # Not the addresses, fragments and lengths of the IP header: the kernel has judged those.
            changed[draw.choice((8, *range(20, min(len(packet), 60))))] = draw.choice(
                (0, 1, 2, 64, 255, draw.randrange(256))
            )
        if draw.random() < 0.2:
            del changed[draw.randrange(vrid_at + 1, len(changed)) :]
            changed[2:4] = len(changed).to_bytes(2, "big")
        verdict = receiver.receive_ipv4(bytes(changed))
        dropped = run(found.program, bytes(changed), random=UNLUCKY) == 0
        if isinstance(verdict, Advertisement):
            assert not dropped, changed.hex()
        elif changed[vrid_at] == policy.vrid:
            weight = found.weight(verdict.reason, bytes(changed))
            assert dropped or weight == 1, (verdict.reason, changed.hex())
            assert (bpf.ACCEPT_WHOLE if weight > 1 else 0) <= run(
                found.program, bytes(changed), random=SAMPLE
            )


@pytest.mark.parametrize(
    ("policy", "packet", "reason"),
    [
        (PLAIN3, ipv4(v3(1), ttl=64), DiscardReason.HOP_LIMIT),
        (PLAIN3, ipv4(v2(1)), DiscardReason.VERSION),
        (PLAIN3, ipv4(b"\x32" + v3(1)[1:]), DiscardReason.TYPE),
        (PLAIN3, ipv4(v3(1)[:7]), DiscardReason.TOO_SHORT),
        (PLAIN3, ipv4(v3(2)[:14]), DiscardReason.INCOMPLETE),
        (PLAIN3, ipv4(v3(1)[:6] + b"\x55\x55" + v3(1)[8:]), DiscardReason.CHECKSUM),
        (PASS2, ipv4(v2(1, password=b"wrong")), DiscardReason.AUTH_FAILURE),
        (PASS2, ipv4(v2(1)), DiscardReason.AUTH_TYPE_MISMATCH),
    ],
    ids=lambda value: value.label if isinstance(value, DiscardReason) else "",
)
def test_of_what_is_wrong_one_in_so_many_is_shown_and_counts_for_all(
    policy: ReceivePolicy, packet: bytes, reason: DiscardReason
) -> None:
    found = flood_filter(4, [policy])

    shown = [run(found.program, packet, random=draw) > 0 for draw in range(4 * SAMPLE)]

    assert 4 == sum(shown)
    assert reason is getattr(Receiver(4, {51: policy}).receive_ipv4(packet), "reason", None)
    assert SAMPLE == found.weight(reason, packet)


def test_nothing_is_taken_for_wrong_that_one_of_several_routers_expects() -> None:
    both = flood_filter(4, [PLAIN2, replace(PLAIN3, vrid=52), replace(UNICAST3, vrid=53)])
    other_password = flood_filter(4, [PASS2, replace(PASS2, vrid=52, password=b"other")])

    for packet in (ipv4(v2(1)), ipv4(v3(1)), ipv4(v3(1), ttl=64)):
        assert run(both.program, packet, random=UNLUCKY)
    for password in (b"right", b"other"):
        assert run(other_password.program, ipv4(v2(1, password=password)), random=UNLUCKY)
    assert 1 == both.weight(DiscardReason.VERSION, ipv4(v2(1)))
    assert 1 == other_password.weight(DiscardReason.AUTH_FAILURE, ipv4(v2(1)))


def test_ipv6_adverts_pass_unless_their_hop_limit_version_or_length_is_wrong() -> None:
    vip = IPv6Address("fe80::100")
    message = encode_v3(
        vrid=51, priority=9, interval_ns=10**9, addresses=[vip], source=SOURCE6, destination=GROUP6
    )
    found = flood_filter(6, [PLAIN3])
    header = bytes(7) + b"\xff" + SOURCE6.packed + GROUP6.packed

    assert run(found.program, message, network=header, random=UNLUCKY)
    assert not run(found.program, message, network=header[:7] + b"\x40" + header[8:], random=UNLUCKY)
    assert not run(found.program, b"\x21" + message[1:], network=header, random=UNLUCKY)
    assert not run(found.program, message[:-1], network=header, random=UNLUCKY)
    assert not run(found.program, message[:5], network=header, random=UNLUCKY)


def test_signed_adverts_pass_unless_what_stands_in_front_of_the_signature_is_wrong() -> None:
    policy = replace(PLAIN2, authentication=AuthenticationType.AH, password=b"key")
    message = v2(1)
    message = message[:4] + bytes([AuthenticationType.AH]) + message[5:]
    packet = encode_ah_packet(
        source=SOURCE, destination=GROUP, identification=1, sequence=1, key=b"key", message=message, ttl=255
    )
    found = flood_filter(4, [policy], skip_bytes=AH_LENGTH)

    assert run(found.program, packet, random=UNLUCKY)
    assert not run(found.program, packet[:8] + b"\x40" + packet[9:], random=UNLUCKY)
    start = 20 + AH_LENGTH
    assert not run(found.program, packet[:start] + b"\x31" + packet[start + 1 :], random=UNLUCKY)


@pytest.mark.parametrize("policy", [PLAIN2, PASS2, PLAIN3, UNICAST3])
def test_the_kernel_takes_the_program_and_draws_by_itself(policy: ReceivePolicy) -> None:
    good = next(packet for known, packet in GOOD if known is policy)
    bad = good[:20] + b"\x41" + good[21:]
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sender, receiver:
        bpf.attach(receiver, flood_filter(4, [policy]).program)
        sender.setblocking(False)
        receiver.setblocking(False)
        shown = 0
        for _ in range(SAMPLE * 64):
            sender.send(bad)
            try:
                shown += len(receiver.recv(100)) == len(bad)
            except BlockingIOError:
                continue
        # 64 are to be expected; less than 16 or more than 160 is once in 10^12 runs.
        assert 16 <= shown <= 160
        sender.send(good)
        assert good == receiver.recv(2000)


def test_every_reason_of_a_rule_is_one_that_brings_the_filter() -> None:
    ruled = frozenset[DiscardReason]().union(
        *(flood_filter(4, [policy]).reasons for policy in (PLAIN2, PASS2, PLAIN3, UNICAST3))
    )

    assert FILTERABLE == ruled
