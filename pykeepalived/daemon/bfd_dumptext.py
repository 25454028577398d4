"""``keepalived_bfd.data``: BFD sessions, in keepalived 2.4.3's words and order.  Pure.

Addresses of keepalived's timers and descriptors of sockets mean nothing here; those lines have fixed values.
Ours are the counters at the end of each session and the section about discarded packets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pykeepalived.base.units import NANOSECONDS_PER_MICROSECOND
from pykeepalived.bfd.settings import SessionSettings
from pykeepalived.bfd.states import diagnostic_text
from pykeepalived.ipc.messages import BfdSnapshot, BfdSnapshots

_NO_THREAD = "0x(nil)"


def bfd_lines(snapshots: BfdSnapshots, settings: Sequence[SessionSettings]) -> Iterator[str]:
    """Everything after the global part."""
    known = {one.name: one for one in settings}
    yield "------< BFD Data >------"
    yield " fd_in = 0"
    yield f" thread_in = {_NO_THREAD}"
    if snapshots.sessions:
        yield "------< BFD Topology >------"
        for session in snapshots.sessions:
            yield from _session_lines(session, known)
    if snapshots.discards:
        yield "------< Discarded packets >------"
        yield from (f" {reason} = {count}" for reason, count in snapshots.discards)


def _session_lines(session: BfdSnapshot, known: Mapping[str, SessionSettings]) -> Iterator[str]:
    settings = known.get(session.name)
    yield f" BFD Instance = {session.name}"
    yield f"   Neighbor IP = {session.neighbor}"
    if settings is not None:
        yield from _settings_lines(settings)
    yield "   fd_out 0"
    for name in ("open_fd_out", "out"):
        yield f"   thread_{name} {_NO_THREAD}"
    yield "   sands_out = [disabled]"
    for name in ("exp", "rst"):
        yield f"   thread_{name} {_NO_THREAD}"
        yield f"   sands_{name} = [disabled]"
    yield f"   send error = {'true' if session.send_errors else 'false'}"
    yield f"   local state = {session.state}"
    yield f"   remote state = {session.remote_state}"
    yield f"   local discriminator = {session.discriminator:#x}"
    yield f"   remote discriminator = {session.remote_discriminator:#x}"
    yield f"   local diag = {diagnostic_text(session.diagnostic)}"
    yield f"   remote diag = {diagnostic_text(session.remote_diagnostic)}"
    heard = session.received > 0
    yield f"   remote min tx intv = {_us(session.remote_min_tx_ns) if heard else 0} us"
    yield f"   remote min rx intv = {_us(session.remote_min_rx_ns) if heard else 0} us"
    yield "   local demand = 0"
    yield "   remote demand = 0"
    yield f"   remote detect multiplier = {session.remote_multiplier}"
    yield f"   {'' if session.polling else '!'}poll, !final"
    yield f"   local tx intv = {_us(session.transmit_interval_ns)} us"
    yield f"   remote tx intv = {_us(session.receive_interval_ns) if heard else 0} us"
    yield f"   local detection time = {_us(session.detection_ns)} us"
    theirs = session.transmit_interval_ns * settings.multiplier if heard and settings is not None else 0
    yield f"   remote detection time = {_us(theirs)} us"
    if not heard:
        yield "   last_seen = [never]"
    yield f"   Told to VRRP and checkers = {'up' if session.reported_up else 'down'}"
    yield f"   Packets sent = {session.sent}"
    yield f"   Packets received = {session.received}"
    yield f"   Send errors = {session.send_errors}"


def _settings_lines(settings: SessionSettings) -> Iterator[str]:
    if settings.source is not None:
        yield f"   Source IP = {settings.source}"
    yield f"   Required min RX interval = {_us(settings.required_min_rx_ns)} us"
    yield f"   Desired min TX interval = {_us(settings.desired_min_tx_ns)} us"
    yield f"   Desired idle TX interval = {_us(settings.idle_tx_ns)} us"
    yield f"   Detection multiplier = {settings.multiplier}"
    yield f"   {'TTL' if settings.neighbor.version == 4 else 'hoplimit'} = {settings.hop_limit}"
    yield f"   max_hops = {settings.hop_limit - settings.lowest_hop_limit}"
    yield f"   passive = {'true' if settings.passive else 'false'}"
    yield f"   send event to VRRP process = {'Yes' if settings.for_vrrp else 'No'}"
    yield f"   send event to checker process = {'Yes' if settings.for_checker else 'No'}"


def _us(duration_ns: int) -> int:
    return duration_ns // NANOSECONDS_PER_MICROSECOND
