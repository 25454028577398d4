"""The IPVS table that Debian's keepalived programs from a configuration text, inside the guest."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from pykeepalived.lvs.service import Table
from pykeepalived.plan.ports import IpvsPort

CHECKS = re.compile(
    r"^[ \t]*(HTTP_GET|SSL_GET|(TCP|SMTP|MISC|DNS|UDP|PING|BFD|FILE)_CHECK)[ \t]*\n?[ \t]*\{", re.MULTILINE
)
SCRIPTS = re.compile(r"^[ \t]*(quorum_up|quorum_down|notify_up|notify_down)\b.*\n", re.MULTILINE)


class NotStartedError(Exception):
    """keepalived did not get as far as its table; the text is the end of its log."""


def without_checks(text: str) -> str:
    """The configuration without health checks and notify scripts, so that the table stays as it starts."""
    text = SCRIPTS.sub("", text)
    while match := CHECKS.search(text):
        end = _closing(text, match.end())
        text = text[: match.start()] + text[end:]
    return text


def _closing(text: str, position: int) -> int:
    """Behind the brace that closes the block whose opening brace stands before ``position``."""
    depth = 1
    for found in re.compile(r"[{}]|[#!][^\n]*").finditer(text, position):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if not depth:
            return found.end()
    return len(text)


def keepalived_table(config: Path, ipvs: IpvsPort, folder: Path, settle_s: float = 0.0) -> Table:
    """Start keepalived's checker with ``config``, read the kernel's table, stop it, empty the table.

    ``settle_s``: for how long the table must not change before it is believed (on a slow machine "Startup
    complete" comes too early).
    """
    ipvs.flush()
    log_file = folder / "keepalived.log"
    argv = ["keepalived", "-n", "-l", "-D", "-C", "-f", str(config)]
    argv += ["-p", str(folder / "k.pid"), "-c", str(folder / "kc.pid")]
    with log_file.open("w") as log:
        process = subprocess.Popen(
            argv,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        _wait_for_startup(process, log_file)
        table = ipvs.read_table()
        while settle_s:
            time.sleep(settle_s)
            before, table = table, ipvs.read_table()
            if table == before and all(destinations for _, destinations in table.values()):
                break
        return table
    finally:
        # Its own way to stop takes a second, and we have what we came for.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        ipvs.flush()


def _wait_for_startup(process: subprocess.Popen[bytes], log_file: Path) -> None:
    """The checker says "Startup complete" when its first table is in the kernel."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        text = log_file.read_text(errors="replace")
        if "Startup complete" in text:
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise NotStartedError(log_file.read_text(errors="replace")[-600:])
