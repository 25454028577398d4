"""``keepalived_bfd.data``: the lines of a recording of keepalived, and ours after them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from pykeepalived.bfd.settings import SessionSettings
from pykeepalived.daemon.bfd_dumptext import bfd_lines
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
    remote_min_tx_ns=20_000_000,
    remote_min_rx_ns=15_000_000,
    remote_multiplier=5,
)
EXPECTED = """\
------< BFD Data >------
 fd_in = 0
 thread_in = 0x(nil)
------< BFD Topology >------
 BFD Instance = peer
   Neighbor IP = 192.0.2.2
   Required min RX interval = 10000 us
   Desired min TX interval = 10000 us
   Desired idle TX interval = 1000000 us
   Detection multiplier = 5
   TTL = 255
   max_hops = 0
   passive = false
   send event to VRRP process = Yes
   send event to checker process = Yes
   fd_out 0
   thread_open_fd_out 0x(nil)
   thread_out 0x(nil)
   sands_out = [disabled]
   thread_exp 0x(nil)
   sands_exp = [disabled]
   thread_rst 0x(nil)
   sands_rst = [disabled]
   send error = false
   local state = Up
   remote state = Up
   local discriminator = 0x1234
   remote discriminator = 0xabcdef01
   local diag = No Diagnostic
   remote diag = Neighbor Signaled Session Down
   remote min tx intv = 20000 us
   remote min rx intv = 15000 us
   local demand = 0
   remote demand = 0
   remote detect multiplier = 5
   !poll, !final
   local tx intv = 10000 us
   remote tx intv = 20000 us
   local detection time = 100000 us
   remote detection time = 50000 us
   Told to VRRP and checkers = up
   Packets sent = 7
   Packets received = 9
   Send errors = 0
------< Discarded packets >------
 hop_limit = 4
"""


def test_every_session_and_every_reason_has_its_lines() -> None:
    snapshots = BfdSnapshots(1, (SNAPSHOT,), (("hop_limit", 4),))
    settings = SessionSettings("peer", IPv4Address("192.0.2.2"))
    assert EXPECTED == "".join(f"{line}\n" for line in bfd_lines(snapshots, [settings]))
    assert snapshots == decode(encode(snapshots))


def test_a_neighbour_that_was_never_heard_is_said_to_be() -> None:
    silent = replace(SNAPSHOT, received=0)
    lines = list(bfd_lines(BfdSnapshots(1, (silent,)), []))
    assert "   last_seen = [never]" in lines
    assert "   remote tx intv = 0 us" in lines
