"""Random and mutated BFD packets through ladder and session: whatever arrives, nothing raises.

``PYKEEPALIVED_FUZZ`` is the number of packets (the full run takes a million: ``make fuzz``).  The seed is
fixed, so that a failure can be repeated.
"""

from __future__ import annotations

import itertools
import os
import random
import struct
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address

from pykeepalived.bfd.actions import ReportState, SendPacket
from pykeepalived.bfd.events import PacketReceived, Startup, TimerFired
from pykeepalived.bfd.session import OUT_OF_TURN_GAP_NS, Session
from pykeepalived.bfd.settings import SessionSettings
from pykeepalived.bfd.states import State
from pykeepalived.wire.bfd import ControlPacket, encode
from pykeepalived.wire.bfd_receive import Accepted, Discard, DiscardReason, ReceivePolicy, Receiver

CASES = int(os.environ.get("PYKEEPALIVED_FUZZ", "20000"))
ENOUGH = 10_000
"""With fewer packets a rung may be missed by chance."""
NEIGHBOR, LOCAL, STRANGER = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1)), bytes((192, 0, 2, 9))
OURS = 0x01020304
STEP_NS = 100_000


def good(chance: random.Random) -> bytes:
    """A packet that is in order, with any values; sometimes with an authentication section."""
    poll, final = chance.choice([(False, False), (True, False), (False, True)])
    packet = ControlPacket(
        chance.randrange(4), chance.randrange(32), chance.randint(1, 255), chance.randint(1, 2**32 - 1),
        chance.choice([0, OURS, OURS, chance.getrandbits(32)]),
        chance.choice([0, 1, 10_000, 1_000_000, 2**32 - 1]) * 1000,
        chance.choice([0, 1, 10_000, 1_000_000, 2**32 - 1]) * 1000,
        chance.getrandbits(32) * 1000, poll, final, chance.random() < 0.1,
    )  # fmt: skip
    data = bytearray(encode(packet))
    if chance.random() < 0.05:
        data[1] |= 0x04
        data += chance.randbytes(chance.randint(2, 20))
        data[3] = len(data)
    return bytes(data)


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed)) if changed else 0
        match chance.randrange(6):
            case 0 if changed:
                changed[at] = chance.randrange(256)
            case 1 if changed:
                changed[at] ^= 1 << chance.randrange(8)
            case 2:
                del changed[at:]
            case 3:
                changed += chance.randbytes(chance.randint(1, 40))
            case 4 if changed:
                changed[min(at, 3)] = 0
            case _ if changed:
                changed[at : at + 4] = struct.pack("!I", chance.choice((0, OURS, 2**32 - 1)))
    return bytes(changed)


def packets(chance: random.Random, count: int) -> Iterator[bytes]:
    for number in range(count):
        if number % 10_000 == 0:
            yield chance.randbytes(65535)
        elif number % 10 == 0:
            yield chance.randbytes(chance.randrange(60))
        elif number % 3 == 0:
            yield good(chance)
        else:
            yield mutated(good(chance), chance)


def test_no_packet_raises_and_a_session_keeps_its_promises() -> None:
    chance = random.Random(20261122)
    receiver = Receiver([ReceivePolicy("peer", OURS, NEIGHBOR)])
    session = Session(SessionSettings("peer", IPv4Address("192.0.2.2")), OURS, chance.random)
    now = 10**9
    session.handle(Startup(), now)
    seen: Counter[str] = Counter()
    sent_out_of_turn = 0
    told: list[bool] = [False]
    for data in packets(chance, CASES):
        now += STEP_NS
        source = chance.choice((NEIGHBOR, NEIGHBOR, STRANGER))
        port, hops = chance.choice((3784, 3784, 3784, 4784)), chance.choice((255, 255, 255, 254, 0))
        verdict = receiver.judge(data, source, LOCAL, port, hops)
        if isinstance(verdict, Discard):
            seen[verdict.reason.label] += 1
            assert verdict.detail
            continue
        seen["accepted"] += 1
        actions = session.handle(event_of(verdict), now)
        sent_out_of_turn += sum(isinstance(action, SendPacket) for action in actions)
        if session.deadline is not None and session.deadline <= now:
            actions += session.handle(TimerFired(), now)
        for action in actions:
            if isinstance(action, SendPacket):
                encode(ControlPacket(*action[:7], poll=action.poll, final=action.final))
            elif isinstance(action, ReportState):
                told.append(action.up)
        assert session.state is not State.ADMIN_DOWN
    print(f"\n{CASES} packets: {dict(seen.most_common())}; told {len(told)} times")
    # Whatever is thrown at it, it does not answer faster than once per least distance.
    assert sent_out_of_turn <= CASES * STEP_NS // OUT_OF_TURN_GAP_NS + 1
    assert all(before is not after for before, after in itertools.pairwise(told[1:]))
    if CASES >= ENOUGH:
        # A fuzz run that never gets to a rung proves nothing about it.
        assert set() == {reason.label for reason in DiscardReason} - set(seen)
        assert len(told) > 2


def event_of(accepted: Accepted) -> PacketReceived:
    packet = accepted.packet
    return PacketReceived(
        packet.my_discriminator,
        packet.state,
        packet.diagnostic,
        packet.multiplier,
        packet.desired_min_tx_ns,
        packet.required_min_rx_ns,
        packet.poll,
        packet.final,
        packet.demand,
    )
