"""``keepalived_bfd.data``: what the BFD process knows, laid out for a person."""

from __future__ import annotations

from pykeepalived.daemon.bfd_dumptext import bfd_text
from pykeepalived.ipc.framing import decode, encode
from pykeepalived.ipc.messages import BfdSnapshot, BfdSnapshots

SNAPSHOT = BfdSnapshot(
    name="peer",
    neighbor="192.0.2.2",
    state="Up",
    remote_state="Up",
    reported_up=True,
    diagnostic=0,
    remote_diagnostic=3,
    discriminator=0x1234,
    remote_discriminator=0xABCDEF01,
    transmit_interval_ns=10_000_000,
    receive_interval_ns=20_000_000,
    detection_ns=100_000_000,
    sent=7,
    received=9,
    send_errors=0,
)
EXPECTED = """\
------< BFD Topology >------
 BFD Instance = peer
   Neighbor IP = 192.0.2.2
   State = Up
   Remote state = Up
   Told to VRRP and checkers = up
   Diagnostic = No Diagnostic
   Remote diagnostic = Neighbor Signaled Session Down
   Discriminator = 0x00001234
   Remote discriminator = 0xabcdef01
   Transmit interval = 10.0ms
   Receive interval = 20.0ms
   Detection time = 100.0ms
   Packets sent = 7
   Packets received = 9
   Send errors = 0
------< Discarded packets >------
 hop_limit = 4
"""


def test_every_session_and_every_reason_has_its_lines() -> None:
    snapshots = BfdSnapshots(1, (SNAPSHOT,), (("hop_limit", 4),))
    assert EXPECTED == bfd_text(snapshots)
    assert snapshots == decode(encode(snapshots))
