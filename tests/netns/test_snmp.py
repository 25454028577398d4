"""The SNMP process in the whole daemon: Debian's snmpd as its master, and masters that mean harm."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pykeepalived.wire import agentx
from pykeepalived.wire.agentx import Pdu, Response, SearchRange, Type
from pykeepalived.wire.agentx_codec import encode, take
from tests.support.bfd_lab import BfdLan
from tests.support.snmp_site import KA, SNMPD, SNMPTRAPD, Site
from tests.support.vrrp_lab import eventually

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(SNMPD is None or SNMPTRAPD is None, reason="needs snmpd"),
]

RFC_2787, RFC_6527 = ".1.3.6.1.2.1.68", ".1.3.6.1.2.1.207"
MASTER = 2


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
    assert "notWritable" in site.ask("snmpset", f"{KA}.2.3.1.2.1", "s", "other")
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
    site.daemon.send_signal(signal.SIGHUP)
    eventually(lambda: site.value(f"{KA}.2.3.1.7.1") == "INTEGER: 101", "the reload", 20)
    assert 1 == site.log().count("Starting VRRP child process")
    assert 1 == site.log().count("(SIX) Entering MASTER")


def test_what_a_manager_sets_holds_until_the_next_reload(site: Site) -> None:
    """Two at once: all of them or none."""
    base, effective, preempt = (f"{KA}.2.3.1.{column}" for column in (7, 8, 13))
    site.master_agent()
    site.begin(f"enable_snmp_vrrp\nsnmp_socket unix:{site.socket}")
    site.until("(SIX) Entering MASTER")
    site.served()
    assert "wrongValue" in site.ask("snmpset", f"{preempt}.1", "i", "2", f"{base}.1", "i", "255")
    assert "notWritable" in site.ask("snmpset", f"{base}.2", "i", "5")
    assert ("INTEGER: 100", "INTEGER: 1") == (site.value(f"{base}.1"), site.value(f"{preempt}.1"))
    site.ask("snmpset", f"{preempt}.1", "i", "2", f"{base}.1", "i", "90")
    assert ("INTEGER: 90", "INTEGER: 2") == (site.value(f"{base}.1"), site.value(f"{preempt}.1"))
    site.until("(SIX) base priority changed from 100 to 90 via SNMP")
    eventually(lambda: site.value(f"{effective}.1") == "INTEGER: 90", "what the router has")
    assert site.daemon is not None
    site.daemon.send_signal(signal.SIGHUP)
    eventually(lambda: site.value(f"{effective}.1") == "INTEGER: 100", "the file's value", 20)
    assert "INTEGER: 1" == site.value(f"{preempt}.1")
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
