"""What the kernel of User-mode Linux was built without: tests that need it cannot run in that guest.

Elsewhere they run, and fail where something is missing. ``.ci/closing.py`` knows the words of the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.support.in_guest import IN_GUEST


def _has_nftables() -> bool:
    """Whether tables for IP can be made; this kernel has them for bridges only."""
    nft = shutil.which("nft", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if nft is None:
        return True  # then it is the program that lacks, and that is no excuse
    command = ["unshare", "-n", nft, "add", "table", "inet", "probe"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_nftables = pytest.mark.skipif(
    IN_GUEST and not _has_nftables(), reason="this kernel was built without nf_tables for IP"
)
needs_process_events = pytest.mark.skipif(
    IN_GUEST and not _has_nftables(),  # the same kernel
    reason="this kernel was built without process events",
)
needs_processors = pytest.mark.skipif(
    IN_GUEST and os.cpu_count() == 1,
    reason="this kernel was built without support for a second processor: who measures stands still itself",
)
