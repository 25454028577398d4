"""``status`` and ``explain`` of real daemons: a pair of them, and what an operator would ask."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.cli.asking import ask
from pykeepalived.daemon.control_socket import path_beside
from tests.support.vrrp_lab import Lan, eventually
from tests.support.whole_daemon import LanDaemon

pytestmark = pytest.mark.netns

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


def started(lan: Lan, letter: str, folder: Path, priority: int, password: str) -> LanDaemon:
    return LanDaemon(lan, letter, folder, CONFIG.format(priority=priority, password=password))


def told(daemon: LanDaemon, *words: str) -> str:
    """What a command beside the daemon prints."""
    return daemon.say(*words)[1]


def instance(daemon: LanDaemon, name: str) -> dict[str, Any]:
    """What ``status`` knows of it, which looks into the kernel, too."""
    document = json.loads(told(daemon, "status", "--json"))
    return next(one for one in document["instances"] if one["name"] == name)


def refuses(daemon: LanDaemon, name: str) -> bool:
    return bool(daemon.instance(name).get("discards"))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Lan, LanDaemon, LanDaemon]]:
    with Lan("s-status") as lan:
        one = started(lan, "a", tmp_path, 150, "secret1")
        other = started(lan, "b", tmp_path, 100, "secret2")
        yield lan, one, other
        for daemon in (one, other):
            daemon.stop()


def test_an_operator_asks_a_pair_what_it_does_and_why(pair: tuple[Lan, LanDaemon, LanDaemon]) -> None:
    lan, one, other = pair
    one.until("VI_1", "MASTER")
    other.until("VI_1", "BACKUP")
    eventually(
        lambda: ask(other.pid_file, "status")["instances"][0]["master"] is not None,
        "the Backup hears the Master",
    )
    master, backup = instance(one, "VI_1"), instance(other, "VI_1")
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
    expected = "192.0.2.1 advertises priority 150, more than its own 100; last heard"
    assert expected in told(other, "explain", "VI_1")

    # Nobody puts back what is not tracked.
    lan.ip("a", "addr", "del", "192.0.2.101/24", "dev", "eth0")
    assert "! VI_1 is Master, and the kernel does not have 192.0.2.101/24 dev eth0" in told(one, "status")

    # What is tracked is back before anybody has looked, and that is told.
    lan.ip("a", "addr", "del", "192.0.2.100/24", "dev", "eth0")
    eventually(
        lambda: instance(one, "VI_1")["addresses_put_back"] == 1, "the address is put back and that counted"
    )
    assert "! VI_1: an address was added again" in told(one, "status")

    # The passwords of VI_2 differ: two Masters, and each says why.
    for daemon, stranger in ((one, "192.0.2.2"), (other, "192.0.2.1")):
        daemon.until("VI_2", "MASTER")
        eventually(partial(refuses, daemon, "VI_2"), "refused packets")
        (ledger,) = instance(daemon, "VI_2")["peers"]
        assert (stranger, 0, ["auth_failure"]) == (
            ledger["source"],
            ledger["adverts"],
            list(ledger["discards"]),
        )
        expected = f"Packets of {stranger} are refused because the password differs (auth_pass)"
        assert expected in told(daemon, "explain", "VI_2")
    reason = 'vrrp_refused_packets_by_reason_total{vrrp_instance="VI_2",reason="auth_failure"}'
    assert reason in told(other, "status", "--metrics")

    one.stop()
    assert not path_beside(Path(one.pid_file)).exists()
    other.until("VI_1", "MASTER")
    text = told(other, "explain", "VI_1")
    assert "because the Master gave up its role (an advert with priority 0)" in text
    assert f"no daemon runs with pid file {one.pid_file}" in told(one, "explain", "VI_1")


def test_a_killed_daemon_leaves_a_socket_that_the_next_one_replaces(tmp_path: Path) -> None:
    with Lan("s-statusk") as lan:
        daemon = started(lan, "a", tmp_path, 150, "secret1")
        try:
            daemon.until("VI_1", "MASTER")
            daemon.process.send_signal(signal.SIGKILL)
            daemon.process.wait(10)
            assert "is what one that was killed left behind" in told(daemon, "status")
            eventually(lambda: lan.lacks("a", "192.0.2.100"), "the children of the killed one end")

            daemon.start()

            daemon.until("VI_1", "MASTER")
            daemon.reload("vrrp_instance VI_1 {")
            eventually(lambda: "! the reload of " in told(daemon, "status"), "the refused reload is told")
            text = told(daemon, "status", "VI_1", "--json")
            assert json.loads(text)["daemon"]["reload"]["refused"]
            assert "MASTER" == daemon.state("VI_1")
        finally:
            daemon.stop()
