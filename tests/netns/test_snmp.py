"""The SNMP process in the whole daemon: Debian's snmpd as its master, and masters that mean harm."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pykeepalived.wire import agentx
from pykeepalived.wire.agentx import Pdu, Response, SearchRange, Type
from pykeepalived.wire.agentx_codec import encode, take
from tests.support.bfd_lab import ROOT, BfdLan
from tests.support.vrrp_lab import eventually

PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
SNMPD, SNMPTRAPD = shutil.which("snmpd", path=PATH), shutil.which("snmptrapd", path=PATH)

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(SNMPD is None or SNMPTRAPD is None, reason="needs snmpd"),
]

KA = ".1.3.6.1.4.1.9586.100.5"
RFC_2787, RFC_6527 = ".1.3.6.1.2.1.68", ".1.3.6.1.2.1.207"
MASTER = 2

ROUTERS = """
vrrp_instance SIX {
    interface eth0
    virtual_router_id 61
    version 3
    priority 100
    advert_int 0.1
    virtual_ipaddress { 198.51.100.61/24 }
}
vrrp_instance OWNER {
    state MASTER
    interface eth0
    virtual_router_id 62
    priority 255
    virtual_ipaddress { 198.51.100.62/24 }
}
"""
SNMPD_CONF = """
rwcommunity public 127.0.0.1
master agentx
agentXSocket unix:{socket}
trap2sink 127.0.0.1:1162 public
"""


class Site:
    """A namespace with our daemon, snmpd and snmptrapd; everything that was started ends with it."""

    def __init__(self, lan: BfdLan, folder: Path) -> None:
        self.lan = lan
        self.folder = folder
        self.socket = folder / "agentx"
        self.daemon: subprocess.Popen[bytes] | None = None
        self.started: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str) -> subprocess.Popen[bytes]:
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.lan.names["a"], *command], stdout=log, stderr=log, cwd=ROOT
            )
        self.started.append(process)
        return process

    def begin(self, words: str, *options: str) -> None:
        (self.folder / "conf").write_text(f"global_defs {{\nrouter_id R\n{words}\n}}\n{ROUTERS}")
        pids = [f"-{letter}{self.folder}/{letter}.pid" for letter in "prcb"]
        program = (sys.executable, "-m", "pykeepalived")
        self.daemon = self.run(*program, "-nlDG", "-f", str(self.folder / "conf"), *pids, *options)

    def master_agent(self) -> subprocess.Popen[bytes]:
        assert SNMPD is not None
        (self.folder / "snmpd.conf").write_text(SNMPD_CONF.format(socket=self.socket))
        configuration = ("-C", "-c", str(self.folder / "snmpd.conf"))
        return self.run(SNMPD, "-f", "-Lo", *configuration, "-I-ifTable", "udp:127.0.0.1:1161")

    def ask(self, program: str, *words: str) -> str:
        command = [program, "-v2c", "-c", "public", "-On", "-t", "3", "127.0.0.1:1161", *words]
        namespace = ["ip", "netns", "exec", self.lan.names["a"]]
        done = subprocess.run([*namespace, *command], capture_output=True, text=True, timeout=30)
        return done.stdout + done.stderr

    def walk(self, root: str, program: str = "snmpwalk") -> dict[str, str]:
        lines = (line.partition(" = ") for line in self.ask(program, root).splitlines())
        return {name: value.strip() for name, _, value in lines if value}

    def value(self, name: str) -> str:
        return self.ask("snmpget", name).partition(" = ")[2].strip()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def until(self, what: str, times: int = 1) -> None:
        eventually(lambda: self.log().count(what) >= times, lambda: f"{what}; log:\n{self.log()}", 20)

    def served(self) -> None:
        """Until snmpd answers with what we say."""
        eventually(lambda: '"R"' in self.value(f"{KA}.1.2.0"), lambda: f"an answer; log:\n{self.log()}", 20)

    def pid(self, what: str) -> int:
        """Of the child that the log tells of last."""
        return int(re.findall(rf"Starting {what} child process, pid=(\d+)", self.log())[-1])

    def end(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                process.terminate()
        for process in self.started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def lan() -> Iterator[BfdLan]:
    with BfdLan("s-snmp", ["a"]) as lan:
        yield lan


@pytest.fixture
def site(lan: BfdLan, tmp_path: Path) -> Iterator[Site]:
    site = Site(lan, tmp_path)
    yield site
    site.end()


def test_a_manager_sees_the_routers_and_is_told_of_them(site: Site) -> None:
    assert SNMPTRAPD is not None
    traps = site.folder / "traps"
    trapd = ("-f", "-Lf", str(traps), "-On", "-C", "-c", "/dev/null", "--disableAuthorization=yes")
    site.run(SNMPTRAPD, *trapd, "udp:127.0.0.1:1162")
    site.master_agent()
    eventually(site.socket.exists, "snmpd's socket")
    site.begin(f"enable_snmp_vrrp\nenable_snmp_rfc\nenable_traps\nsnmp_socket unix:{site.socket}")
    site.until("(SIX) Entering MASTER")
    site.served()
    ours = site.walk(KA)
    assert ('STRING: "SIX"', f"INTEGER: {MASTER}") == (ours[f"{KA}.2.3.1.2.1"], ours[f"{KA}.2.3.1.4.1"])
    assert f"INTEGER: {MASTER}" == ours[f"{KA}.2.3.1.4.2"]
    number = ours[f"{KA}.2.6.1.7.1.1"].removeprefix("INTEGER: ")
    old, new = site.walk(RFC_2787), site.walk(RFC_6527)
    assert "INTEGER: 3" == old[f"{RFC_2787}.1.3.1.3.{number}.62"]
    assert f"{RFC_2787}.1.3.1.3.{number}.61" not in old
    assert "IpAddress: 198.51.100.1" == old[f"{RFC_2787}.1.3.1.7.{number}.62"]
    assert "INTEGER: 3" == new[f"{RFC_6527}.1.1.1.1.6.{number}.61.1"]
    assert "INTEGER: 10" == new[f"{RFC_6527}.1.1.1.1.9.{number}.61.1"]
    assert set(site.walk(KA, "snmpbulkwalk")) == set(ours)
    assert "notWritable" in site.ask("snmpset", f"{KA}.2.3.1.7.1", "i", "5")
    assert f"INTEGER: {MASTER}" == site.value(f"{KA}.2.3.1.4.1")
    told = f'{KA}.2.10.0.2\t{KA}.2.3.1.2 = STRING: "SIX"\t{KA}.2.3.1.4 = INTEGER: {MASTER}'
    eventually(lambda: told in traps.read_text(), lambda: f"the trap; {traps.read_text()}")
    assert (
        f"{RFC_6527}.0.1\t{RFC_6527}.1.1.1.1.3.{number}.61.1 = Hex-STRING: C6 33 64 01" in traps.read_text()
    )

    subprocess.run(["ip", "-n", site.lan.names["a"], "link", "set", "eth0", "down"], check=True)
    eventually(lambda: site.value(f"{KA}.2.3.1.4.1") == "INTEGER: 3", "Fault")
    subprocess.run(["ip", "-n", site.lan.names["a"], "link", "set", "eth0", "up"], check=True)
    site.until("(SIX) Entering MASTER", 2)
    assert site.daemon is not None
    site.daemon.terminate()
    assert 0 == site.daemon.wait(15)
    stopped = f'"SIX"\t{KA}.2.3.1.4 = INTEGER: 5'
    eventually(lambda: stopped in traps.read_text(), lambda: f"the trap; {traps.read_text()}")


def test_it_finds_a_master_that_was_away_and_comes_back_when_it_was_killed(site: Site) -> None:
    """Without a keyword in the file: -x and -A.  The VRRP process notices nothing of all that."""
    site.begin("", "-x", "-A", f"unix:{site.socket}")
    site.until("cannot reach the SNMP master agent")
    agent = site.master_agent()
    site.served()
    agent.terminate()
    agent.wait(10)
    site.until("is gone")
    site.master_agent()
    site.served()
    os.kill(site.pid("SNMP"), signal.SIGKILL)
    site.until("Starting SNMP child process", 2)
    site.served()
    assert f"INTEGER: {MASTER}" == site.value(f"{KA}.2.3.1.4.2")
    conf = site.folder / "conf"
    conf.write_text(conf.read_text().replace("priority 100", "priority 101"))
    assert site.daemon is not None
    os.kill(int((site.folder / "p.pid").read_text()), signal.SIGHUP)
    eventually(lambda: site.value(f"{KA}.2.3.1.7.1") == "INTEGER: 101", "the reload", 20)
    assert 1 == site.log().count("Starting VRRP child process")
    assert 1 == site.log().count("(SIX) Entering MASTER")


class HostileMaster:
    """Plays snmpd on the socket."""

    def __init__(self, path: Path) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._listener.settimeout(20)
        self._connection: socket.socket | None = None
        self._buffer = bytearray()

    def accept(self) -> socket.socket:
        if self._connection is not None:
            self._connection.close()
        self._connection, _ = self._listener.accept()
        self._connection.settimeout(20)
        self._buffer.clear()
        return self._connection

    def read(self) -> Pdu:
        assert self._connection is not None
        while True:
            pdu, taken = take(self._buffer)
            if pdu is not None:
                del self._buffer[:taken]
                return pdu
            data = self._connection.recv(65536)
            if not data:
                raise ConnectionError("closed")
            self._buffer += data

    def session(self) -> socket.socket:
        """Let it in."""
        connection = self.accept()
        while not isinstance((pdu := self.read()).body, agentx.Open):
            pass
        connection.sendall(encode(Pdu(Response(), 7, 0, pdu.packet)))
        return connection

    def answer(self, connection: socket.socket, body: agentx.Body) -> Response:
        connection.sendall(encode(Pdu(body, 7, 1, 4711)))
        while True:
            pdu = self.read()
            if pdu.packet == 4711 and isinstance(pdu.body, Response):
                return pdu.body

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._listener.close()


def test_a_hostile_master_harms_nobody(site: Site) -> None:
    master = HostileMaster(site.socket)
    chance = random.Random(7)
    try:
        site.begin(f"enable_snmp_vrrp\nsnmp_socket unix:{site.socket}")
        for _ in range(2):  # noise, before and within a session
            with suppress(OSError, ConnectionError):
                master.accept().sendall(bytes(chance.randrange(256) for _ in range(5000)))
        with suppress(OSError, ConnectionError):
            connection = master.session()
            connection.sendall(encode(Pdu(agentx.Get(()), 7, 1, 1))[:19] + b"\xff" * 500)
            while connection.recv(65536):
                pass
        connection = master.session()  # endless questions, and no answer is read
        question = encode(Pdu(agentx.GetBulk(0, 65535, (SearchRange((1, 3)),) * 50), 7, 1, 1))
        connection.settimeout(1)
        deadline = time.monotonic() + 20
        with suppress(TimeoutError, OSError):
            while time.monotonic() < deadline:
                connection.sendall(question * 20)
        connection = master.session()
        first = master.answer(connection, agentx.GetNext((SearchRange((1, 3, 6, 1, 4, 1, 9586)),)))
        assert Type.OCTET_STRING is first.bindings[0].value.type
        site.until("(SIX) Entering MASTER")
        assert 1 == site.log().count("Starting SNMP child process")
        assert 1 == site.log().count("(SIX) Entering MASTER")
        assert "BACKUP" not in site.log().partition("(SIX) Entering MASTER")[2]
    finally:
        master.close()
