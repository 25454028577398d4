"""What ``keepalived_bfd.data`` holds."""

from __future__ import annotations

from collections.abc import Iterator

from pykeepalived.base.units import format_seconds
from pykeepalived.bfd.states import diagnostic_text
from pykeepalived.ipc.messages import BfdSnapshot, BfdSnapshots


def bfd_text(snapshots: BfdSnapshots) -> str:
    """Every session with its timers and counters, then what was refused."""
    lines = ["------< BFD Topology >------"]
    for session in snapshots.sessions:
        lines += _session_lines(session)
    lines.append("------< Discarded packets >------")
    lines += [f" {reason} = {count}" for reason, count in snapshots.discards]
    return "".join(f"{line}\n" for line in lines)


def _session_lines(session: BfdSnapshot) -> Iterator[str]:
    yield f" BFD Instance = {session.name}"
    yield f"   Neighbor IP = {session.neighbor}"
    yield f"   State = {session.state}"
    yield f"   Remote state = {session.remote_state}"
    yield f"   Told to VRRP and checkers = {'up' if session.reported_up else 'down'}"
    yield f"   Diagnostic = {diagnostic_text(session.diagnostic)}"
    yield f"   Remote diagnostic = {diagnostic_text(session.remote_diagnostic)}"
    yield f"   Discriminator = {session.discriminator:#010x}"
    yield f"   Remote discriminator = {session.remote_discriminator:#010x}"
    yield f"   Transmit interval = {format_seconds(session.transmit_interval_ns)}"
    yield f"   Receive interval = {format_seconds(session.receive_interval_ns)}"
    yield f"   Detection time = {format_seconds(session.detection_ns)}"
    yield f"   Packets sent = {session.sent}"
    yield f"   Packets received = {session.received}"
    yield f"   Send errors = {session.send_errors}"
