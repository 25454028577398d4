"""BFD control packets as bytes: RFC 5880 section 4.1, byte for byte."""

from __future__ import annotations

import pytest

from pykeepalived.wire.bfd import ControlPacket, encode
from pykeepalived.wire.bfd_receive import Accepted, ReceivePolicy, Receiver

MS = 1_000_000
NEIGHBOR, LOCAL = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1))
PACKET = ControlPacket(3, 1, 5, 0x11223344, 0x55667788, 10 * MS, 20 * MS)


def test_a_packet_is_laid_out_as_the_rfc_draws_it() -> None:
    expected = "21 c0 05 18  11 22 33 44  55 66 77 88  00 00 27 10  00 00 4e 20  00 00 00 00"
    assert bytes.fromhex(expected) == encode(PACKET)


@pytest.mark.parametrize(
    ("changes", "second_byte"),
    [
        ({"state": 0}, 0x00),
        ({"state": 1}, 0x40),
        ({"state": 2}, 0x80),
        ({"poll": True}, 0xE0),
        ({"final": True}, 0xD0),
        ({"demand": True}, 0xC2),
    ],
)
def test_state_and_flags_share_the_second_byte(changes: dict[str, int], second_byte: int) -> None:
    assert second_byte == encode(PACKET._replace(**changes))[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"my_discriminator": 0},
        {"multiplier": 0},
        {"poll": True, "final": True},
        {"desired_min_tx_ns": 0x1_0000_0000 * 1000},
    ],
)
def test_what_may_not_be_sent_is_not_made(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"0|together|interval"):
        encode(PACKET._replace(**changes))


@pytest.mark.parametrize(
    "packet",
    [
        PACKET,
        PACKET._replace(poll=True, demand=True, diagnostic=31, multiplier=255),
        PACKET._replace(final=True, desired_min_tx_ns=0xFFFFFFFF * 1000, required_min_rx_ns=0),
        PACKET._replace(state=1, your_discriminator=0, required_min_echo_rx_ns=7 * MS),
    ],
)
def test_what_is_sent_is_what_is_read(packet: ControlPacket) -> None:
    receiver = Receiver([ReceivePolicy("peer", 0x55667788, NEIGHBOR)])
    assert Accepted("peer", packet) == receiver.judge(encode(packet), NEIGHBOR, LOCAL, 3784, 255)
