"""``status`` and ``explain`` of real daemons: a pair of them, and what an operator would ask."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.cli.asking import NoAnswerError, ask
from pykeepalived.daemon.control_socket import path_beside
from tests.support.vrrp_lab import Lan, eventually

pytestmark = [pytest.mark.netns, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]

ROOT = Path(__file__).parents[2]
CONFIG = """
vrrp_instance VI_1 {{
    interface eth0
    version 3
    virtual_router_id 51
    priority {priority}
    advert_int 0.1
    virtual_ipaddress {{
        192.0.2.100/24
    }}
    virtual_ipaddress_excluded {{
        192.0.2.101/24 dev eth0 no_track
    }}
}}
vrrp_instance VI_2 {{
    interface eth0
    virtual_router_id 52
    priority 100
    authentication {{
        auth_type PASS
        auth_pass {password}
    }}
    virtual_ipaddress {{
        192.0.2.102/24
    }}
}}
"""


class Daemon:
    """A whole daemon in a namespace of the LAN."""

    def __init__(self, lan: Lan, letter: str, folder: Path, priority: int, password: str) -> None:
        self._folder = folder / letter
        self._folder.mkdir()
        self._namespace = lan.names[letter]
        self.pid_file = str(self._folder / "p.pid")
        (self._folder / "conf").write_text(CONFIG.format(priority=priority, password=password))
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        pid_files = [word for option in "prc" for word in (f"-{option}", str(self._folder / f"{option}.pid"))]
        command = ["-m", "pykeepalived", "-n", "-l", "-D", "-f", str(self._folder / "conf"), *pid_files]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self._namespace, sys.executable, *command],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        return self.process

    def reload(self, text: str) -> None:
        (self._folder / "conf").write_text(text)
        self.process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def state(self, name: str) -> str:
        try:
            document = ask(self.pid_file, "status")
        except NoAnswerError:
            return ""
        return next((str(one["state"]) for one in document["instances"] if one["name"] == name), "")

    def refuses(self, name: str) -> bool:
        return any(
            one["discards"] for one in ask(self.pid_file, "status")["instances"] if one["name"] == name
        )

    def until(self, name: str, state: str) -> None:
        eventually(lambda: self.state(name) == state, lambda: f"{name} {state}; log:\n{self.log()}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def say(self, *words: str) -> str:
        """What ``pykeepalived`` prints when it is asked about this daemon."""
        command = [sys.executable, "-m", "pykeepalived", *words, "-p", self.pid_file]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def instance(self, name: str) -> dict[str, Any]:
        document = json.loads(self.say("status", "--json"))
        return next(one for one in document["instances"] if one["name"] == name)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Lan, Daemon, Daemon]]:
    with Lan("s-status") as lan:
        one = Daemon(lan, "a", tmp_path, 150, "secret1")
        other = Daemon(lan, "b", tmp_path, 100, "secret2")
        yield lan, one, other
        for daemon in (one, other):
            if daemon.process.poll() is None:
                daemon.stop()


def test_an_operator_asks_a_pair_what_it_does_and_why(pair: tuple[Lan, Daemon, Daemon]) -> None:
    lan, one, other = pair
    one.until("VI_1", "MASTER")
    other.until("VI_1", "BACKUP")
    eventually(
        lambda: ask(other.pid_file, "status")["instances"][0]["master"] is not None,
        "the Backup hears the Master",
    )
    master, backup = one.instance("VI_1"), other.instance("VI_1")
    assert [True, True] == [address["in_kernel"] for address in master["addresses"]]
    assert [False, False] == [address["in_kernel"] for address in backup["addresses"]]
    assert ("192.0.2.1", 150) == (backup["master"]["address"], backup["master"]["priority"])
    (ledger,) = backup["peers"]
    assert ("192.0.2.1", 150, 0.1, {}) == (
        ledger["source"],
        ledger["priority"],
        ledger["interval_s"],
        ledger["discards"],
    )
    assert ledger["adverts"] > 0
    assert "192.0.2.1 advertises priority 150, more than its own 100; last heard" in other.say(
        "explain", "VI_1"
    )

    # Nobody puts back what is not tracked.
    lan.ip("a", "addr", "del", "192.0.2.101/24", "dev", "eth0")
    assert "! VI_1 is Master, and the kernel does not have 192.0.2.101/24 dev eth0" in one.say("status")

    # What is tracked is back before anybody has looked, and that is told.
    lan.ip("a", "addr", "del", "192.0.2.100/24", "dev", "eth0")
    eventually(
        lambda: one.instance("VI_1")["addresses_put_back"] == 1, "the address is put back and that counted"
    )
    assert "! VI_1: an address was added again" in one.say("status")

    # The passwords of VI_2 differ: two Masters, and each says why.
    for daemon, stranger in ((one, "192.0.2.2"), (other, "192.0.2.1")):
        daemon.until("VI_2", "MASTER")
        eventually(partial(daemon.refuses, "VI_2"), "refused packets")
        (ledger,) = daemon.instance("VI_2")["peers"]
        assert (stranger, 0, ["auth_failure"]) == (
            ledger["source"],
            ledger["adverts"],
            list(ledger["discards"]),
        )
        expected = f"Packets of {stranger} are refused because the password differs (auth_pass)"
        assert expected in daemon.say("explain", "VI_2")
    reason = 'vrrp_refused_packets_by_reason_total{vrrp_instance="VI_2",reason="auth_failure"}'
    assert reason in other.say("status", "--metrics")

    one.stop()
    assert not path_beside(Path(one.pid_file)).exists()
    other.until("VI_1", "MASTER")
    text = other.say("explain", "VI_1")
    assert "because the Master gave up its role (an advert with priority 0)" in text
    assert f"no daemon runs with pid file {one.pid_file}" in one.say("explain", "VI_1")


def test_a_killed_daemon_leaves_a_socket_that_the_next_one_replaces(tmp_path: Path) -> None:
    with Lan("s-statusk") as lan:
        daemon = Daemon(lan, "a", tmp_path, 150, "secret1")
        try:
            daemon.until("VI_1", "MASTER")
            daemon.process.send_signal(signal.SIGKILL)
            daemon.process.wait(10)
            assert "is what one that was killed left behind" in daemon.say("status")
            eventually(lambda: lan.lacks("a", "192.0.2.100"), "the children of the killed one end")

            daemon.start()

            daemon.until("VI_1", "MASTER")
            daemon.reload("vrrp_instance VI_1 {")
            eventually(lambda: "! the reload of " in daemon.say("status"), "the refused reload is told")
            text = daemon.say("status", "VI_1", "--json")
            assert json.loads(text)["daemon"]["reload"]["refused"]
            assert "MASTER" == daemon.state("VI_1")
        finally:
            if daemon.process.poll() is None:
                daemon.stop()
