"""Virtual servers by SNMP, with real counters: snmpd beside the daemon in the director's namespace."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.in_guest import needs_guest
from tests.support.lvs_site import VIP4, LvsSite, eventually
from tests.vm.test_lvs_daemon import Daemon

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


@pytest.fixture(scope="module")
def site() -> Iterator[LvsSite]:
    with LvsSite() as made:
        made.hold("d", VIP4)
        yield made


def test_a_manager_sees_servers_and_traffic(site: LvsSite, tmp_path: Path) -> None:
    assert SNMPD is not None
    inside, agentx = ["ip", "netns", "exec", site.ns("d")], tmp_path / "agentx"
    conf = tmp_path / "snmpd.conf"
    conf.write_text(f"rocommunity public 127.0.0.1\nmaster agentx\nagentXSocket unix:{agentx}\n")
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
    daemon = Daemon(site.ns("d"), tmp_path, configuration(agentx))

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
        site.counts(REQUESTS, VIP4)
        wanted = f"Gauge32: {int(before.removeprefix('Gauge32: ')) + REQUESTS}"
        eventually(lambda: wanted == get(f"{SERVICE}.27.1"), "the connections are counted")
        assert wanted.replace("Gauge32", "Counter64") == get(f"{SERVICE}.38.1")
        each = [int(value.removeprefix("Gauge32: ")) for value in walk(f"{SERVER}.14")]
        assert REQUESTS == sum(each) and {3, 4} == set(each[1:3])
        assert 0 < int(get(f"{SERVICE}.30.1").removeprefix("Counter64: "))
        assert 100 < len(walk(CHECK))
        daemon.end()
    finally:
        agent.terminate()
        agent.wait(20)
        if daemon.process.poll() is None:
            daemon.process.kill()
