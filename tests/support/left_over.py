"""What a daemon may have left behind."""

from __future__ import annotations

import contextlib
from pathlib import Path


def processes_of(config: Path) -> list[int]:
    """Those that have this file on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(config).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found
