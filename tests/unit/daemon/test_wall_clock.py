"""Who may read the wall clock between a packet or a timer and a decision: it can be set at any moment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "pykeepalived"

DECIDING = (
    "base/*.py",
    "vrrp/*.py",
    "tracking/*.py",
    "bfd/*.py",
    "lvs/*.py",
    "health/*.py",
    "wire/*.py",
    "netio/*.py",
    "kernel/*.py",
    "plan/*.py",
    "daemon/vrrp_*.py",
    "daemon/bfd_*.py",
    "daemon/announcer.py",
    "daemon/loop.py",
    "daemon/timerfd.py",
    "daemon/wakefulness.py",
    "daemon/memory.py",
)

PERMITTED = {
    "daemon/vrrp_transport.py": "sequence numbers of authentication headers, the time in auth_hmac trailers",
    "daemon/vrrp_actions.py": "when a state was entered, for people",
    "netio/receive_clock.py": "converts the kernel's receive stamps, and does not believe one after a jump",
}


def readings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            if name in {"time.time", "time.time_ns", "time.localtime", "time.CLOCK_REALTIME", "datetime.now"}:
                yield name


def test_decisions_are_made_by_clocks_that_nobody_can_set() -> None:
    """[TM-6] CLOCK_MONOTONIC for every timer; CLOCK_BOOTTIME, which goes on in a suspend, to notice one."""
    files = [path for pattern in DECIDING for path in sorted(PACKAGE.glob(pattern))]
    assert len(files) > 80
    found = {str(path.relative_to(PACKAGE)) for path in files if any(readings(path))}
    assert set(PERMITTED) == found, "say here what a new reading is for, or use time.monotonic_ns()"
