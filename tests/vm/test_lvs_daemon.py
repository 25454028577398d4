"""The whole daemon beside the table: sync daemons in the role of the instance, parameters, the end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.kernel.ipvs import open_ipvs
from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.lab import netns
from pykeepalived.plan.ports import SyncDaemon, SyncRole
from tests.support.eventually import eventually
from tests.support.in_guest import needs_guest
from tests.support.whole_daemon import WholeDaemon

pytestmark = [pytest.mark.vm, needs_guest]

CONFIG = """
{root}
global_defs {{
    lvs_sync_daemon {sync}
    # pykeepalived: ipvs_sysctl expire_nodest_conn 1
}}
vrrp_instance VI {{
    interface eth0
    virtual_router_id 51
    priority 150
    version 3
    advert_int 0.2
    virtual_ipaddress {{
        192.0.2.100/24
    }}
}}
virtual_server 192.0.2.100 80 {{
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 192.0.2.11 80 {{
    }}
    real_server 192.0.2.12 80 {{
    }}
}}
"""
SYNC = "eth0 inst VI id 9 maxlen 1400 port 9000 ttl 3 group 224.0.0.99"
PARAMETER = Path("/proc/sys/net/ipv4/vs/expire_nodest_conn")


@pytest.fixture
def namespaces() -> Iterator[tuple[str, str]]:
    """Where VRRP is, and another one for the IPVS table; each with an eth0."""
    names = (f"lvsd-{os.getpid()}-a", f"lvsd-{os.getpid()}-b")
    for name in names:
        netns.run(["ip", "netns", "add", name])
    first, second = names
    netns.ip_batch([f"link add eth0 type veth peer name eth0 netns {second}"], first)
    for number, name in enumerate(names, 1):
        netns.ip_batch(["link set lo up", "link set eth0 up", f"addr add 192.0.2.{number}/24 dev eth0"], name)
    yield names
    for name in names:
        netns.run(["ip", "netns", "del", name])


def daemons(namespace: str) -> dict[SyncRole, SyncDaemon]:
    with network_namespace(namespace):
        ipvs = open_ipvs()
    try:
        return {one.role: one for one in ipvs.daemons()}
    finally:
        ipvs.close()


def services(namespace: str) -> int:
    with network_namespace(namespace):
        ipvs = open_ipvs()
    try:
        return len(ipvs.read_table())
    finally:
        ipvs.close()


def parameter(namespace: str) -> str:
    with network_namespace(namespace):
        return PARAMETER.read_text().strip()


def test_from_start_to_stop(namespaces: tuple[str, str], tmp_path: Path) -> None:
    namespace = namespaces[0]
    daemon = WholeDaemon(namespace, tmp_path, CONFIG.format(root="", sync=SYNC))
    daemon.wait_for("sync daemon (master) on eth0, syncid 9 started")
    (running,) = daemons(namespace).values()
    assert (SyncRole.MASTER, 9, 1400, 9000, 3, "224.0.0.99") == (
        running.role, running.sync_id, running.maxlen, running.port, running.ttl, str(running.group)
    )  # fmt: skip
    assert (1, "1") == (services(namespace), parameter(namespace))

    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for("Reload finished")
    assert 1 == daemon.log().count("sync daemon (master) on eth0")

    daemon.reload(CONFIG.format(root="", sync=SYNC.replace("id 9", "id 10")))
    daemon.wait_for("sync daemon (master) on eth0, syncid 10 started")
    assert 10 == daemons(namespace)[SyncRole.MASTER].sync_id

    took = daemon.stop()

    lines = [line.partition(": ")[2] for line in daemon.log().splitlines()]
    shutting_down = [line for line in lines if line.startswith("Shutting down service")]
    assert [
        f"Shutting down service [192.0.2.{last}]:tcp:80 from VS [192.0.2.100]:tcp:80" for last in (11, 12)
    ] == shutting_down
    assert lines.index("(VI) removing VIPs.", lines.index("(VI) setting VIPs.")) < lines.index(
        shutting_down[0]
    )
    assert ({}, 0, "0") == (daemons(namespace), services(namespace), parameter(namespace))
    print(f"stopping took {took:.2f} s")


def test_ipvs_in_another_namespace(namespaces: tuple[str, str], tmp_path: Path) -> None:
    vrrp, ipvs = namespaces
    text = CONFIG.format(root=f"net_namespace {vrrp}\nnet_namespace_ipvs {ipvs}", sync="eth0 id 3")
    daemon = WholeDaemon(vrrp, tmp_path, text)
    eventually(
        lambda: (0, 1) == (services(vrrp), services(ipvs)), "the service is in the other namespace", 40
    )
    assert {SyncRole.MASTER, SyncRole.BACKUP} == set(daemons(ipvs))
    assert ("0", "1") == (parameter(vrrp), parameter(ipvs))

    daemon.stop()

    assert ({}, 0, "0") == (daemons(ipvs), services(ipvs), parameter(ipvs))


RESTING = """
global_defs {{
    script_user root
    lvs_sync_daemon {sync}
}}
vrrp_instance VI {{
    interface eth0
    virtual_router_id 51
    priority {priority}
    version 3
    advert_int 0.2
    virtual_ipaddress {{
        192.0.2.100/24
    }}
}}
vrrp_instance OTHER {{
    interface eth0
    virtual_router_id 52
    priority 100
    version 3
    advert_int 0.2
    virtual_ipaddress {{
        192.0.2.101/24
    }}
}}
virtual_server 192.0.2.100 80 {{
    delay_loop 0.2
    ha_suspend
    lb_algo rr
    lb_kind NAT
    real_server 192.0.2.11 80 {{
        MISC_CHECK {{
            misc_path "/bin/sh -c 'echo x >> {folder}/asked'"
        }}
    }}
}}
"""


def test_checks_and_the_sync_daemon_follow_the_instance(namespaces: tuple[str, str], tmp_path: Path) -> None:
    """A better router comes and goes; then a reload gives the sync daemon another instance and interface."""
    here, there = namespaces
    netns.ip_batch(
        ["link add eth1 type dummy", "link set eth1 up multicast on", "addr add 198.51.100.1/24 dev eth1"],
        here,
    )

    def text(sync: str, priority: int = 100) -> str:
        return RESTING.format(sync=sync, priority=priority, folder=tmp_path)

    def asked() -> int:
        return (tmp_path / "asked").stat().st_size if (tmp_path / "asked").exists() else 0

    def runs() -> tuple[SyncRole, int, str] | None:
        for one in daemons(here).values():
            return one.role, one.sync_id, one.interface
        return None

    daemon = WholeDaemon(here, tmp_path, text("eth0 inst VI"))
    eventually(lambda: 2 <= asked() and 1 == services(here), "checks of a Master", 40)
    eventually(lambda: (SyncRole.MASTER, 51, "eth0") == runs(), "the sync daemon speaks")

    other = tmp_path / "other"
    other.mkdir()
    better = WholeDaemon(there, other, text("eth0 inst VI", 200).replace(f"{tmp_path}/asked", "/dev/null"))
    eventually(lambda: 0 == services(here) and 1 == services(there), "the better router has it", 40)
    eventually(lambda: (SyncRole.BACKUP, 51, "eth0") == runs(), "the sync daemon listens")
    time.sleep(0.5)  # a check that was under way
    before = asked()
    time.sleep(1.5)  # seven rounds
    assert before == asked()

    daemon.reload(text("eth1 inst OTHER"))
    eventually(lambda: (SyncRole.MASTER, 52, "eth1") == runs(), "it follows OTHER on eth1")

    better.stop()
    eventually(lambda: before < asked() and 1 == services(here), "checks go on")
    daemon.stop()
