"""Taking servers away and restarting the daemon under traffic: no request and no connection is lost.

The whole daemon on a real kernel; ``drain`` and ``undrain`` are run as a person would.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.kernel.ipvs import open_ipvs
from pykeepalived.kernel.namespaces import network_namespace
from tests.support.daemon_argv import OURS, PID_FILES
from tests.support.datagrams import answering_datagrams, datagram_client, exchanged
from tests.support.eventually import eventually
from tests.support.in_guest import needs_guest
from tests.support.lvs_site import VIP4, LvsSite, heard, said
from tests.support.whole_daemon import WholeDaemon

pytestmark = [pytest.mark.vm, needs_guest]

CONFIG = f"""
virtual_server {VIP4} 80 {{
    delay_loop 1
    lb_algo wlc
    lb_kind NAT
    protocol TCP
    weight 20
    real_server 198.51.100.11 80 {{
        TCP_CHECK {{
        }}
    }}
    real_server 198.51.100.12 80 {{
        TCP_CHECK {{
        }}
    }}
}}
"""
FIRST, SECOND = "198.51.100.11", "198.51.100.12"


@pytest.fixture(scope="module")
def site() -> Iterator[LvsSite]:
    with LvsSite() as made:
        made.hold("d", VIP4)
        yield made


@pytest.fixture
def daemon(site: LvsSite, tmp_path: Path) -> Iterator[WholeDaemon]:
    started = WholeDaemon(site.ns("d"), tmp_path, CONFIG)
    eventually(lambda: {FIRST: 20, SECOND: 20} == weights(site), "both servers are in the table", 60)
    yield started
    started.stop()


def weights(site: LvsSite) -> dict[str, int]:
    """What the kernel of the director holds."""
    with network_namespace(site.ns("d")):
        ipvs = open_ipvs()
    try:
        table = ipvs.read_table()
    finally:
        ipvs.close()
    return {str(key.address): one.weight for _, inside in table.values() for key, one in inside.items()}


def command(daemon: WholeDaemon, *words: str) -> list[str]:
    return [*OURS, words[0], "-p", daemon.pid_file, "--json", *words[1:]]


def carried_out(daemon: WholeDaemon, *words: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(command(daemon, *words), capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def listed(daemon: WholeDaemon) -> list[dict[str, Any]]:
    """The servers as ``drain --list`` tells, once a checker process answers."""
    found: list[dict[str, Any]] = []

    def answers() -> bool:
        done = subprocess.run(
            command(daemon, "drain", "--list"), capture_output=True, text=True, timeout=60, check=False
        )
        found[:] = json.loads(done.stdout)["servers"] if done.returncode == 0 else []
        return bool(found)

    eventually(answers, "a checker process answers", 40)
    return found


def repeat(what: Callable[[], object], ended: threading.Event, failures: list[str]) -> threading.Thread:
    """Do something again and again beside the test, and keep what fails."""

    def work() -> None:
        while not ended.is_set():
            try:
                what()
            except OSError as problem:
                failures.append(f"{time.monotonic():.3f} {problem!r}")
            ended.wait(0.02)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


class Traffic:
    """Requests on connections of their own, and connections that stay open and ask again and again."""

    def __init__(self, site: LvsSite) -> None:
        self.answers: list[str] = []
        self.failures: list[str] = []
        self.open: dict[str, list[socket.socket]] = {"n1": [], "n2": []}
        self._site = site
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Traffic:
        for _ in range(4):
            connection = self._site.connect(VIP4)
            self.open[said(connection)[0]].append(connection)
        self._threads = [
            repeat(lambda: self.answers.append(self._site.ask(VIP4)[0]), self._ended, self.failures),
            repeat(self._use_open_ones, self._ended, self.failures),
        ]
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(20)
        for connection in [one for some in self.open.values() for one in some]:
            connection.close()

    def _use_open_ones(self) -> None:
        with self._lock:
            for name, some in self.open.items():
                for connection in some:
                    assert name == said(connection)[0]

    def hang_up(self, name: str) -> None:
        """The clients with open connections to this server are done."""
        with self._lock:
            for connection in self.open[name]:
                connection.close()
            self.open[name] = []

    def next_answers(self, number: int) -> Counter[str]:
        """Who answers from now on."""
        begin = len(self.answers) + 1  # one may be under way
        eventually(lambda: len(self.answers) >= begin + number, f"{number} more answers", 30)
        return Counter(self.answers[begin : begin + number])


def test_a_server_is_drained_without_one_lost_request(site: LvsSite, daemon: WholeDaemon) -> None:
    with Traffic(site) as traffic:
        assert traffic.open["n1"]
        assert {"n1", "n2"} == set(traffic.next_answers(8))

        draining = subprocess.Popen(
            command(daemon, "drain", FIRST, "--timeout", "120"), stdout=subprocess.PIPE, text=True
        )
        eventually(lambda: {FIRST: 0, SECOND: 20} == weights(site), "the weight is 0")
        assert {"n2": 20} == traffic.next_answers(20)

        daemon.reload(CONFIG.replace("weight 20", "weight 30"))
        eventually(lambda: {FIRST: 0, SECOND: 30} == weights(site), "the reload changes the other one only")

        os.kill(daemon.pid("checkers"), signal.SIGKILL)
        daemon.wait_for("Starting Healthcheck child process", 2)
        assert [True, False] == [one["drained"] for one in listed(daemon)]
        assert {FIRST: 0, SECOND: 30} == weights(site)
        assert {"n2": 10} == traffic.next_answers(10)

        assert None is draining.poll()
        traffic.hang_up("n1")
        out, _ = draining.communicate(timeout=60)
        assert 0 == draining.returncode
        document = json.loads(out)
        assert ("drained", 0) == (document["result"], document["servers"][0]["active"])

        status, document = carried_out(daemon, "undrain", FIRST, "--slow-start", "3")
        assert (0, False) == (status, document["servers"][0]["drained"])
        seen = rising(lambda: weights(site)[FIRST], 30)
        assert 4 <= len(set(seen)), seen
        assert "n1" in traffic.next_answers(40)

    assert [] == traffic.failures
    print(f"{len(traffic.answers)} requests, none lost; weights seen: {sorted(set(seen))}")


def rising(weight: Callable[[], int], full: int) -> list[int]:
    """The weights seen until it is full; they never fall."""
    seen = [weight()]

    def is_full() -> bool:
        seen.append(weight())
        assert seen[-1] >= seen[-2]
        return seen[-1] == full

    eventually(is_full, f"the weight is {full}", 30)
    return seen


def test_a_drain_that_takes_too_long_ends_with_3_and_stays(site: LvsSite, daemon: WholeDaemon) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            said(stack.enter_context(site.connect(VIP4)))
        status, document = carried_out(daemon, "drain", FIRST, "--timeout", "0.5")
        assert (3, "timeout", 1) == (status, document["result"], document["servers"][0]["active"])
        assert {FIRST: 0, SECOND: 20} == weights(site)

    refused = subprocess.run(command(daemon, "drain", SECOND), capture_output=True, text=True, check=False)
    assert (1, {FIRST: 0, SECOND: 20}) == (refused.returncode, weights(site))
    assert "nothing else of virtual server [192.0.2.100]:tcp:80 would take" in refused.stderr


def test_of_a_udp_service_what_is_not_forgotten_yet_counts(site: LvsSite, tmp_path: Path) -> None:
    text = CONFIG.replace("protocol TCP", "protocol UDP").replace("TCP_CHECK", "PING_CHECK")
    daemon = WholeDaemon(site.ns("d"), tmp_path, "global_defs {\n lvs_timeouts udp 3\n}\n" + text)
    try:
        eventually(lambda: 2 == len(weights(site)), "both servers are in the table", 60)
        with answering_datagrams(site, "n1", "n2"), datagram_client(site, VIP4) as client:
            name, _ = exchanged(client)
            server = {"n1": FIRST, "n2": SECOND}[name]
            status, document = carried_out(daemon, "drain", server, "--timeout", "0")
            (report,) = document["servers"]
            assert (3, 0, 1) == (status, report["active"], report["inactive"])
            status, document = carried_out(daemon, "drain", server, "--timeout", "60")
            assert (0, "drained", 0) == (status, document["result"], document["servers"][0]["inactive"])
    finally:
        daemon.stop()


def test_persistent_clients_stick_to_a_drained_server_unless_the_kernel_is_told(
    site: LvsSite, tmp_path: Path
) -> None:
    text = CONFIG.replace("protocol TCP", "protocol TCP\n    persistence_timeout 120")
    daemon = WholeDaemon(site.ns("d"), tmp_path, text)
    try:
        eventually(lambda: 2 == len(weights(site)), "both servers are in the table", 60)
        name, _ = site.ask(VIP4)
        server, other = (FIRST, "n2") if name == "n1" else (SECOND, "n1")
        status, document = carried_out(daemon, "drain", server, "--timeout", "0")
        (report,) = document["servers"]
        assert (3, True, 1) == (status, report["sticks"], report["persistent"])
        assert name == site.ask(VIP4)[0]

        wish = "global_defs {\n # pykeepalived: ipvs_sysctl expire_quiescent_template 1\n}\n"
        daemon.reload(wish + text)
        daemon.wait_for("Reload finished")
        assert other == site.ask(VIP4)[0]
        status, document = carried_out(daemon, "drain", server, "--timeout", "60")
        assert (0, False) == (status, document["servers"][0]["sticks"])
    finally:
        daemon.stop()


def test_with_drain_removed_a_reload_lets_connections_end(site: LvsSite, tmp_path: Path) -> None:
    text = CONFIG.replace("protocol TCP", "protocol TCP\n    # pykeepalived: drain_removed 600")
    first = text.index(f"    real_server {FIRST}")
    without_first = text[:first] + text[text.index(f"    real_server {SECOND}") :]
    daemon = WholeDaemon(site.ns("d"), tmp_path, text)
    try:
        eventually(lambda: 2 == len(weights(site)), "both servers are in the table", 60)
        with open_connections(site) as connections:
            daemon.reload(without_first)
            eventually(lambda: {FIRST: 0, SECOND: 20} == weights(site), "the removed server is drained")
            time.sleep(1.5)  # it looks every second
            answered(connections)
            assert {"n2": 4} == site.counts(4, VIP4)
            assert {FIRST: 0, SECOND: 20} == weights(site)
        eventually(lambda: {SECOND: 20} == weights(site), "it goes with its last connection")
    finally:
        daemon.stop()


INSTANCE = f"""
vrrp_instance VI {{
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.2
    virtual_ipaddress {{
        {VIP4}
    }}
}}
"""
THIRD = CONFIG.replace(
    f"    real_server {SECOND}", f"    real_server 198.51.100.13 80 {{\n    }}\n    real_server {SECOND}"
)


def test_open_connections_survive_reloads(site: LvsSite, daemon: WholeDaemon) -> None:
    """Those to servers that stay, when another one comes and goes."""
    with open_connections(site) as connections:
        for text, number in ((THIRD, 3), (CONFIG, 2)):
            daemon.reload(text)
            eventually(lambda number=number: number == len(weights(site)), f"{number} servers")  # type: ignore[misc]
            answered(connections)


@pytest.mark.parametrize("how", ["stop and start", "kept over the restart", "killed"])
def test_open_connections_survive_a_restart(site: LvsSite, tmp_path: Path, how: str) -> None:
    """A stop takes address and services away, and a start finds the connections where they were.

    An address that is not VRRP's stays meanwhile, and the director would answer with a reset: that needs -I
    (--dont-release-ipvs).
    """
    kept = how == "kept over the restart"
    text, flags = (CONFIG, ("-I",)) if kept else (INSTANCE + CONFIG, ())
    if not kept:
        site.drop("d", VIP4)
    daemon = WholeDaemon(site.ns("d"), tmp_path, text, *flags)
    try:
        eventually(lambda: serves(site), "the service answers", 60)
        with open_connections(site) as connections:
            if how == "killed":
                for number in (signal.SIGSTOP, signal.SIGKILL):  # none sees another end, and stops in order
                    for name in PID_FILES.values():
                        with contextlib.suppress(FileNotFoundError):
                            os.kill(daemon.pid(name), number)
                daemon.process.wait(10)
            else:
                daemon.stop()
                assert kept == bool(weights(site))
            for one in connections:
                one.settimeout(60)
                one.sendall(b"?\n")
            earlier = daemon.log().count("Startup complete")  # the log goes on
            began = time.monotonic()
            daemon = WholeDaemon(site.ns("d"), tmp_path, text, *flags)
            answered(connections, asked=True)
            print(f"{how}: answered {time.monotonic() - began:.2f} s after the new start")
            daemon.wait_for("Startup complete", earlier + 1)
            eventually(lambda: serves(site), "the service answers", 60)
            answered(connections)
    finally:
        daemon.stop()
        if kept:
            with network_namespace(site.ns("d")):
                ipvs = open_ipvs()
            ipvs.flush()
            ipvs.close()
        else:
            site.hold("d", VIP4)


def serves(site: LvsSite) -> bool:
    try:
        return bool(site.ask(VIP4))
    except OSError:
        return False


@contextlib.contextmanager
def open_connections(site: LvsSite) -> Iterator[dict[socket.socket, tuple[str, str]]]:
    """Connections to both servers, with what they answered."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(site.connect(VIP4)) for _ in range(4)]
        before = {one: said(one) for one in connections}
        assert {"n1", "n2"} == {name for name, _ in before.values()}
        yield before


def answered(connections: dict[socket.socket, tuple[str, str]], *, asked: bool = False) -> None:
    """Each still answers, the same server as before."""
    assert connections == {one: heard(one) if asked else said(one) for one in connections}
