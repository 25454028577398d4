"""The command line of the whole daemon as tests start it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

OURS = (sys.executable, "-m", "pykeepalived")
# keepalived has the same options.
PID_FILES = {"-p": "keepalived", "-r": "vrrp", "-c": "checkers", "-b": "bfd"}


def pid_file(folder: Path, process: str = "keepalived") -> Path:
    """Where a daemon that :func:`daemon_argv` starts notes the number of a process (``PID_FILES``)."""
    return folder / f"{process}.pid"


def daemon_argv(config: Path, *options: str, program: Sequence[str] = OURS) -> list[str]:
    """In the foreground, every detail of the log on its standard error, pid files beside ``config``."""
    folder = config.parent
    pids = [word for letter, name in PID_FILES.items() for word in (letter, str(pid_file(folder, name)))]
    return [*program, "-n", "-l", "-D", "-f", str(config), *pids, *options]
