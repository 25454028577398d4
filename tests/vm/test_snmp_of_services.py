"""Virtual servers by SNMP, with real counters: snmpd beside the daemon in the director's namespace."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.lab import netns
from tests.support.eventually import eventually
from tests.support.in_guest import needs_guest
from tests.support.lvs_site import VIP4
from tests.support.whole_daemon import WholeDaemon

SNMPD = shutil.which("snmpd", path="/usr/sbin:/usr/bin")

pytestmark = [
    pytest.mark.vm,
    needs_guest,
    pytest.mark.skipif(SNMPD is None, reason="needs snmpd"),
]

CHECK = ".1.3.6.1.4.1.9586.100.5.3"
SERVICE, SERVER = f"{CHECK}.3.1", f"{CHECK}.4.1"
REQUESTS = 7


def configuration(agentx: Path) -> str:
    servers = "\n".join(f"real_server 198.51.100.{host} 80 {{\nTCP_CHECK {{\n}}\n}}" for host in (11, 12, 99))
    return f"""
global_defs {{
    enable_snmp_checker
    snmp_vs_stats_update_interval 0.01
    snmp_socket unix:{agentx}
}}
virtual_server {VIP4} 80 {{
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    snmp_name shop
    sorry_server 198.51.100.12 81
    connect_timeout 1
    {servers}
}}
"""


@pytest.fixture
def director(tmp_path: Path) -> Iterator[str]:
    """A namespace that is director, client and two of the servers at once."""
    name = f"s-snmp-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    netns.ip_batch(
        [
            "link set lo up",
            *(f"addr add {address}/32 dev lo" for address in (VIP4, "198.51.100.11", "198.51.100.12")),
        ],
        name,
    )
    with network_namespace(name):
        listening = [socket.create_server((f"198.51.100.{host}", 80), backlog=64) for host in (11, 12)]
    yield name
    for server in listening:
        server.close()
    subprocess.run(["ip", "netns", "del", name], check=True)


def connect(director: str) -> None:
    with network_namespace(director):
        client = socket.socket()
    with client:
        client.settimeout(20)
        client.connect((VIP4, 80))


def test_a_manager_sees_servers_and_traffic(director: str, tmp_path: Path) -> None:
    assert SNMPD is not None
    inside, agentx = ["ip", "netns", "exec", director], tmp_path / "agentx"
    conf = tmp_path / "snmpd.conf"
    conf.write_text(f"rwcommunity public 127.0.0.1\nmaster agentx\nagentXSocket unix:{agentx}\n")
    command = [
        *inside,
        SNMPD,
        "-f",
        "-Lf",
        str(tmp_path / "snmpd.log"),
        "-C",
        "-c",
        str(conf),
        "udp:127.0.0.1:1161",
    ]
    agent = subprocess.Popen(command)
    daemon = WholeDaemon(director, tmp_path, configuration(agentx))

    def get(name: str) -> str:
        words = ["snmpget", "-v2c", "-cpublic", "-On", "-t5", "127.0.0.1:1161", name]
        return (
            subprocess.run([*inside, *words], capture_output=True, text=True)
            .stdout.partition(" = ")[2]
            .strip()
        )

    def walk(root: str) -> list[str]:
        words = ["snmpbulkwalk", "-v2c", "-cpublic", "-On", "-t5", "-Cr50", "127.0.0.1:1161", root]
        lines = subprocess.run([*inside, *words], capture_output=True, text=True).stdout.splitlines()
        return [line.partition(" = ")[2] for line in lines]

    try:
        daemon.wait_for("connected to the SNMP master agent")
        eventually(lambda: "Gauge32: 2" == get(f"{SERVICE}.21.1"), "one of three servers is down", 60)
        assert ["INTEGER: 2", *["INTEGER: 1"] * 3] == walk(f"{SERVER}.2")
        assert ["INTEGER: 1", "INTEGER: 1", "INTEGER: 2"] == walk(f"{SERVER}.6")
        assert ('STRING: "shop"', "Gauge32: 3") == (get(f"{SERVICE}.71.1"), get(f"{SERVICE}.20.1"))
        before = get(f"{SERVICE}.27.1")
        for _ in range(REQUESTS):
            connect(director)
        wanted = f"Gauge32: {int(before.removeprefix('Gauge32: ')) + REQUESTS}"
        eventually(lambda: wanted == get(f"{SERVICE}.27.1"), "the connections are counted")
        assert wanted.replace("Gauge32", "Counter64") == get(f"{SERVICE}.38.1")
        each = [int(value.removeprefix("Gauge32: ")) for value in walk(f"{SERVER}.14")]
        assert REQUESTS == sum(each) and {3, 4} == set(each[1:3])
        assert 0 < int(get(f"{SERVICE}.30.1").removeprefix("Counter64: "))
        assert 100 < len(walk(CHECK))
        words = ["snmpset", "-v2c", "-cpublic", "-t5", "127.0.0.1:1161", f"{SERVER}.7.1.2", "i", "9"]
        subprocess.run([*inside, *words], check=True, capture_output=True)
        eventually(lambda: "INTEGER: 9" == get(f"{SERVER}.7.1.2"), "another weight")
        table = subprocess.run([*inside, "ipvsadm", "-Sn"], capture_output=True, text=True).stdout
        rows = [line.split() for line in table.splitlines() if line.startswith("-a")]
        weights = {words[words.index("-r") + 1]: words[words.index("-w") + 1] for words in rows}
        assert {"198.51.100.11:80": "9", "198.51.100.12:80": "1"} == weights
        daemon.stop()
    finally:
        agent.terminate()
        agent.wait(20)
        if daemon.process.poll() is None:
            daemon.process.kill()
