"""For tests that root runs: a while as somebody else."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

NOBODY = 65534


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """With the effective user and group of nobody, and so without capabilities in effect."""
    uid, gid = os.geteuid(), os.getegid()
    os.setegid(NOBODY)
    try:
        os.seteuid(NOBODY)
        yield
    finally:
        os.seteuid(uid)
        os.setegid(gid)


@contextlib.contextmanager
def everybodys_folder() -> Iterator[Path]:
    """One that everybody may enter: pytest's own are closed to others."""
    path = Path(tempfile.mkdtemp(prefix="pykeepalived-test-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)
