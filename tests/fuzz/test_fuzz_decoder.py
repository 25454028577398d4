"""Random and mutated packets through the receive ladder: whatever arrives, it answers and never raises.

``PYKEEPALIVED_FUZZ`` is the number of packets (the full run takes a million: ``make fuzz``).  The seed is
fixed, so that a failure can be repeated.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from pykeepalived.wire.auth_hmac import HmacPolicy, HmacSigner
from pykeepalived.wire.checksum import checksum, pseudo_header_sum
from pykeepalived.wire.ip import decode_ipv4
from pykeepalived.wire.vrrp import Advertisement, AuthenticationType
from pykeepalived.wire.vrrp_receive import Discard, DiscardReason, ReceivePolicy, Receiver

CASES = int(os.environ.get("PYKEEPALIVED_FUZZ", "20000"))
ENOUGH = 10_000
"""With fewer packets a rung may be missed by chance."""
GOLDEN = Path(__file__).parents[1] / "golden" / "wire"
GROUP, GROUP6 = ip_address("224.0.0.18").packed, ip_address("ff02::12").packed
HMAC = HmacPolicy({1: bytes(32)}, 1)
NOW_NS = 1_700_000_000 * 10**9
VIP4, VIP6 = ip_address("192.0.2.100").packed, ip_address("fe80::62").packed


def corpus() -> list[bytes]:
    return [bytes.fromhex("".join(path.read_text().split())) for path in sorted(GOLDEN.glob("*.hex"))]


def receivers() -> tuple[Receiver, Receiver]:
    """All 255 ids, so that most packets get past the look-up; every kind of policy occurs."""
    four, six = {}, {}
    kinds = list(AuthenticationType)
    for vrid in range(1, 256):
        kind = kinds[vrid % 3]
        version = 3 if vrid >= 60 else 2
        multicast = vrid % 5 != 0
        four[vrid] = ReceivePolicy(
            vrid,
            version,
            VIP4,
            1,
            kind if vrid % 17 else AuthenticationType.NONE,
            b"s3cret12",
            multicast,
            {VIP4: (1, 255)},
            vrid % 7 == 0,
            None if vrid % 17 else HMAC,
            GROUP if vrid % 2 else b"",
        )
        six[vrid] = ReceivePolicy(vrid, 3, VIP6, multicast=multicast)
    own = frozenset({b"\x0a\0\0\1"})
    return Receiver(4, four, own, realtime_ns=lambda: NOW_NS), Receiver(6, six)


def mutated(packet: bytes, chance: random.Random) -> bytes:
    data = bytearray(packet)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data)) if data else 0
        match chance.randrange(7):
            case 0 if data:
                data[at] = chance.randrange(256)
            case 1 if data:
                data[at] ^= 1 << chance.randrange(8)
            case 2:
                del data[at:]
            case 3:
                data += chance.randbytes(chance.randint(1, 40))
            case 4 if data:
                del data[at : at + chance.randint(1, 8)]
            case 5:
                data[at:at] = chance.randbytes(chance.randint(1, 8))
            case _ if data:
                data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
    if len(data) >= 28 and chance.random() < 0.5:
        repair(data, chance)
    return bytes(data)


def repair(data: bytearray, chance: random.Random) -> None:
    """Make lengths, addresses and sums right again, so that the rungs behind them are reached."""
    data[0] = 0x45
    at = 44 if data[9] == 51 and len(data) >= 52 else 20
    if chance.random() < 0.9:
        data[16:20] = GROUP if data[at + 1] % 5 else VIP4
    end = len(data)
    if data[at + 1] % 17 == 0 and chance.random() < 0.8:
        del data[at + 8 + 4 * data[at + 3] + (8 if data[at] >> 4 == 2 else 0) :]
        end = len(data)
        data += trailer(bytes(data[at:]), bytes(data[12:16]), chance)
    data[2:4] = min(len(data), 0xFFFF).to_bytes(2, "big")
    data[at + 6 : at + 8] = b"\0\0"
    initial = 0
    if data[at] >> 4 == 3:
        initial = pseudo_header_sum(bytes(data[12:16]), bytes(data[16:20]), 112, end - at)
    data[at + 6 : at + 8] = checksum(bytes(data[at:end]), initial).to_bytes(2, "big")


def trailer(message: bytes, source: bytes, chance: random.Random) -> bytes:
    """A right one, an old one, one with a key that nobody has, or a spoilt one."""
    policy = HMAC if chance.random() < 0.8 else HmacPolicy({9: bytes(32)}, 9)
    made = bytearray(
        HmacSigner(policy).trailer(message, source, NOW_NS - chance.choice((0, 0, 0, 60)) * 10**9)
    )
    if chance.random() < 0.3:
        made[chance.choice((0, 2, 27))] ^= 0x40
    return bytes(made)


def packets(chance: random.Random, count: int) -> Iterator[bytes]:
    seeds = corpus()
    for number in range(count):
        if number % 10_000 == 0:
            yield chance.randbytes(65535)
        elif number % 10 == 0:
            yield chance.randbytes(chance.randrange(120))
        else:
            yield mutated(chance.choice(seeds), chance)


def test_no_packet_raises_and_only_sound_ones_pass() -> None:
    """[RX-21] [RX-4]"""
    chance = random.Random(20261122)
    four, six = receivers()
    seen: Counter[str] = Counter()
    for packet in packets(chance, CASES):
        source = chance.randbytes(16) if chance.random() < 0.9 else chance.randbytes(chance.randrange(20))
        for verdict in (
            four.receive_ipv4(packet),
            six.receive_ipv6(packet, source, GROUP6, 255),
            six.receive_ipv6(packet[40:], packet[8:24], packet[24:40], 255),
        ):
            if isinstance(verdict, Discard):
                seen[verdict.reason.label] += 1
                assert verdict.detail
            else:
                seen["accepted"] += 1
                assert_sound(verdict)
        decode_ipv4(packet, verify_checksum=True)
    print(f"\n{CASES} packets, {seen.total()} verdicts: {dict(seen.most_common())}")
    assert len(four._sequences) <= len(four.policies)
    expected = {reason.label for reason in DiscardReason} | {"accepted"}
    # A fuzz run that never gets to a rung proves nothing about it.
    if CASES >= ENOUGH:
        assert set() == expected - set(seen) - {"own_packet", "ah_replay"}


def assert_sound(verdict: Advertisement) -> None:
    size = 4 if verdict.source.version == 4 else 16
    assert 1 <= verdict.vrid <= 255
    assert 0 <= verdict.priority <= 255
    assert verdict.interval_ns > 0
    assert verdict.address_bytes
    assert len(verdict.address_bytes) % size == 0
    assert len(verdict.addresses) == len(verdict.address_bytes) // size
