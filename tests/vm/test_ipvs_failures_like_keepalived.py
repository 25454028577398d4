"""Servers fail and return under keepalived and under ours: the kernel's table is the same after each step.

One file with a virtual server for each way to react; its checks connect to
listeners of this test, or are scripts that give a weight.
"""

from __future__ import annotations

import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pykeepalived.kernel.ipvs import open_ipvs
from tests.support.eventually import eventually
from tests.support.in_guest import needs_guest
from tests.support.ipvsadm import saved

pytestmark = [pytest.mark.vm, needs_guest]

SORRY = "sorry_server 10.99.0.9 80"
WAYS = {
    "plain": ("", ""),
    "alpha": ("alpha", ""),
    "quorum-sorry": (f"quorum 2\n{SORRY}", ""),
    "quorum-without-sorry": ("quorum 2", ""),
    "hysteresis": (f"quorum 2\nhysteresis 1\n{SORRY}", ""),
    "alpha-hysteresis": (f"alpha\nquorum 2\nhysteresis 1\n{SORRY}", ""),
    "inhibit": ("inhibit_on_failure", ""),
    "inhibit-sorry": (f"inhibit_on_failure\nquorum 2\n{SORRY}", ""),
    "sorry-inhibit": (f"{SORRY}\nsorry_server_inhibit", ""),
    "sorry-inhibit-alpha": (f"alpha\nquorum 2\n{SORRY}\nsorry_server_inhibit", "inhibit_on_failure"),
    "sorry-method": (f"{SORRY}\nsorry_server_lvs_method DR", "lvs_method TUN"),
    "weights": (f"quorum 10\n{SORRY}", "weight 4"),
    "weight-0": (SORRY, "weight 0"),
    "persistent": (f"persistence_timeout 60\n{SORRY}", "uthreshold 9\nlthreshold 2"),
    "dynamic": ("", "weight 3"),
    "dynamic-quorum": (f"quorum 9\n{SORRY}", "weight 3\ninhibit_on_failure"),
}
"""Name, what stands in the virtual server, what in each real server."""

STEPS = [
    {1: 0, 2: 0, 3: 1}, {3: 0}, {1: 1}, {2: 1}, {3: 1}, {3: 9}, {2: 0}, {1: 17}, {3: 1}, {1: 0, 2: 7, 3: 0},
]  # fmt: skip
"""What the files of the servers say from then on: 1 is down, others are up (dynamic ones with a weight).

No step has one server go and another come: with hysteresis their order would decide.
"""


PORT = 8099


class Listeners:
    """Who of the three servers takes connections."""

    def __init__(self) -> None:
        self._open: dict[int, socketserver.TCPServer] = {}

    def set(self, last: int, up: bool) -> None:
        if up and last not in self._open:
            server = socketserver.TCPServer(
                (f"127.0.0.{last}", PORT), socketserver.BaseRequestHandler, bind_and_activate=False
            )
            server.allow_reuse_address = True
            server.server_bind()
            server.server_activate()
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            self._open[last] = server
        elif not up and last in self._open:
            server = self._open.pop(last)
            server.shutdown()
            server.server_close()


def config(folder: Path) -> str:
    """All ways, each with the same three servers."""
    text = "global_defs {\n script_user root\n}\n"
    for number, (name, (service, server)) in enumerate(WAYS.items(), 1):
        text += f"virtual_server 10.98.0.{number} 80 {{\ndelay_loop 1\nretry 0\nlb_algo wrr\nlb_kind NAT\n"
        text += f"protocol TCP\n{service}\n"
        for last in (1, 2, 3):
            check = f"TCP_CHECK {{\nconnect_ip 127.0.0.{last}\nconnect_port {PORT}\n}}"
            if name.startswith("dynamic"):
                check = f'MISC_CHECK {{\nmisc_path "{folder}/weight {last}"\nmisc_dynamic\n}}'
            text += f"real_server 10.99.0.{last} 80 {{\n{server}\n{check}\n}}\n"
        text += "}\n"
    return text


@contextmanager
def running(program: list[str], folder: Path, name: str) -> Iterator[None]:
    """The checkers alone, from the file; ended by a kill."""
    files = [word for letter in "pc" for word in (f"-{letter}", str(folder / f"{name}-{letter}.pid"))]
    argv = [*program, "-n", "-l", "-D", "-C", "-f", str(folder / "keepalived.conf"), *files]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield
        assert process.poll() is None
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_the_table_is_the_same_after_each_failure_and_return(tmp_path: Path) -> None:
    ipvs = open_ipvs()
    listeners = Listeners()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

    def table() -> list[str]:
        return saved(ipvs.read_table())

    def says(step: dict[int, int]) -> None:
        for last, status in step.items():
            fresh = tmp_path / f"{last}.new"
            fresh.write_text(f"{status}\n")
            fresh.replace(tmp_path / str(last))
            listeners.set(last, status != 1)

    def settled() -> list[str]:
        last, since = table(), time.monotonic()
        while time.monotonic() < since + 2:
            time.sleep(0.1)
            if (now := table()) != last:
                last, since = now, time.monotonic()
        return last

    def play(program: list[str], name: str, look: Callable[[int], list[str]]) -> list[list[str]]:
        ipvs.flush()
        says(STEPS[0])
        with running(program, tmp_path, name):
            eventually(lambda: len(ipvs.read_table()) == len(WAYS), f"{name}: services", 30)
            seen = [look(0)]
            for number, step in enumerate(STEPS[1:], 1):
                says(step)
                seen.append(look(number))
        ipvs.flush()
        return seen

    (tmp_path / "keepalived.conf").write_text(config(tmp_path))
    script = tmp_path / "weight"
    script.write_text(f'#!/bin/sh\nread -r status < "{tmp_path}/$1"\nexit "$status"\n')
    script.chmod(0o755)

    theirs = play(["keepalived"], "keepalived", lambda _: settled())

    def like_theirs(number: int) -> list[str]:
        deadline = time.monotonic() + 15
        while (now := table()) != theirs[number] and time.monotonic() < deadline:
            time.sleep(0.1)
        return now

    ours = play([sys.executable, "-m", "pykeepalived"], "ours", like_theirs)

    assert len(STEPS) == len({tuple(one) for one in theirs})  # each step changes something
    for number, step in enumerate(STEPS):
        assert theirs[number] == ours[number], f"after step {number}: {step}"
    for last in (1, 2, 3):
        listeners.set(last, False)
    ipvs.close()
