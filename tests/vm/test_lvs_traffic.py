"""Traffic through what we put into a real IPVS table: modes, schedulers, persistence, marks, groups, sync."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.ipc.messages import RouterState
from pykeepalived.lvs.service import KNOWN_SCHEDULERS
from pykeepalived.plan.ports import SyncRole
from tests.support.eventually import eventually
from tests.support.in_guest import IN_GUEST, needs_guest
from tests.support.lvs_site import CLIENT4, CLIENT6, VIP4, VIP6, Box, LvsSite, said

pytestmark = [pytest.mark.vm, needs_guest]

SERVERS = {"NAT": ("n1", "n2"), "DR": ("r1", "r2"), "TUN": ("t1", "t2")}
ADDRESSES = {
    "n1": ("198.51.100.11", "2001:db8:2::11"), "n2": ("198.51.100.12", "2001:db8:2::12"),
    "t1": ("192.0.2.21", "2001:db8:1::21"), "t2": ("192.0.2.22", "2001:db8:1::22"),
    "r1": ("192.0.2.11", "2001:db8:1::11"), "r2": ("192.0.2.12", "2001:db8:1::12"),
}  # fmt: skip


def servers(*names: str, six: bool = False, port: int | str = 80, more: str = "") -> str:
    return "".join(f"real_server {ADDRESSES[name][six]} {port} {{\n {more}\n}}\n" for name in names)


def service(head: str, kind: str, body: str, algorithm: str = "rr", protocol: str = "protocol TCP") -> str:
    return f"virtual_server {head} {{\nlb_algo {algorithm}\nlb_kind {kind}\n{protocol}\n{body}}}\n"


@pytest.fixture(scope="module")
def site() -> Iterator[LvsSite]:
    with LvsSite() as made:
        made.hold("d", VIP4, VIP6)
        yield made


@pytest.fixture(scope="module")
def director(site: LvsSite) -> Box:
    return site.box("d")


@pytest.mark.parametrize("six", [False, True], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("kind", SERVERS)
def test_each_mode_carries_traffic_to_both_servers(
    kind: str, six: bool, site: LvsSite, director: Box
) -> None:
    vip = VIP6 if six else VIP4
    director.apply(service(f"{vip} 80", kind, servers(*SERVERS[kind], six=six)))

    answers = [site.ask(vip) for _ in range(6)]

    assert dict.fromkeys(SERVERS[kind], 3) == Counter(name for name, _ in answers)
    assert {CLIENT6 if six else CLIENT4} == {seen for _, seen in answers}


def test_nat_translates_ports(site: LvsSite, director: Box) -> None:
    director.apply(service(f"{VIP4} 8000", "NAT", servers("n1", "n2", port=8080)))

    assert {"n1": 2, "n2": 2} == site.counts(4, VIP4, 8000)


def modules() -> list[str]:
    """The schedulers that this kernel has as modules."""
    found = Path("/lib/modules", os.uname().release).rglob("ip_vs_*.ko*")
    names = {path.name.split(".")[0].removeprefix("ip_vs_") for path in found}
    return [name for name in KNOWN_SCHEDULERS if name in names]


def test_the_kernel_has_the_schedulers() -> None:
    assert {*KNOWN_SCHEDULERS} - {"twos"} <= {*modules()}


@pytest.mark.parametrize("scheduler", modules() if IN_GUEST else ["rr"])
def test_every_scheduler_is_accepted_and_balances(scheduler: str, site: LvsSite, director: Box) -> None:
    weighted = servers("n1", more="weight 2") + servers("n2", more="weight 1")
    director.apply(service(f"{VIP4} 80", "NAT", weighted, algorithm=scheduler))

    assert {scheduler} == {one.scheduler for one, _ in director.ipvs.read_table().values()}
    assert site.ask(VIP4)[0] in ("n1", "n2")


def test_weights_count_with_wrr(site: LvsSite, director: Box) -> None:
    weighted = servers("n1", more="weight 2") + servers("n2", more="weight 1")
    director.apply(service(f"{VIP4} 80", "NAT", weighted, algorithm="wrr"))

    assert {"n1": 6, "n2": 3} == site.counts(9, VIP4)


@pytest.mark.parametrize(
    ("flags", "algorithm"),
    [
        ("sh-port", "sh"), ("sh-fallback", "sh"), ("mh-port\nmh-fallback", "mh"),
        ("persistence_timeout 60\npersistence_granularity 255.255.255.0", "rr"),
    ],
)  # fmt: skip
def test_options_of_a_scheduler_and_persistence_stand_in_the_kernel(
    flags: str, algorithm: str, site: LvsSite, director: Box
) -> None:
    text = service(f"{VIP4} 80", "NAT", f"{flags}\n{servers('n1', 'n2')}", algorithm)
    plan = director.apply(text)

    assert {plan.pools[0].services[0]} == {one for one, _ in director.ipvs.read_table().values()}
    assert site.ask(VIP4)[0] in ("n1", "n2")


@pytest.mark.parametrize("vip", [VIP4, VIP6])
def test_persistence_keeps_a_client_with_its_server(vip: str, site: LvsSite, director: Box) -> None:
    six = ":" in vip
    body = f"persistence_timeout 60\n{servers('n1', 'n2', six=six)}"
    director.apply(service(f"{vip} 80", "NAT", body))

    assert [5] == list(site.counts(5, vip).values())


def test_a_service_without_a_port_takes_every_port(site: LvsSite, director: Box) -> None:
    director.apply(service(VIP4, "NAT", f"persistence_timeout 60\n{servers('n1', port='')}"))

    assert ("n1", CLIENT4) == site.ask(VIP4, 80)
    assert ("n1", CLIENT4) == site.ask(VIP4, 8080)


def test_a_firewall_mark_is_a_service(site: LvsSite, director: Box) -> None:
    """The director itself is the client here: its socket carries the mark."""
    director.apply(service("fwmark 7", "NAT", servers("n1", "n2"), protocol=""))

    assert {"n1": 2, "n2": 2} == site.counts(4, VIP4, host="d", source="192.0.2.1", mark=7)


GROUP = f"""
virtual_server_group G {{
    {VIP4} 80
    192.0.2.101-103 80
    {VIP6} 80
    fwmark 9 inet
}}
"""


def test_a_group_has_ranges_marks_and_both_families(site: LvsSite, director: Box) -> None:
    """As keepalived allows it: one list of servers for all; with TUN also across the families."""
    body = servers("n1", more="lvs_method TUN") + servers("n2", six=True, more="lvs_method TUN")
    director.apply(GROUP + service("group G", "TUN", body))
    table = director.ipvs.read_table()
    site.hold("d", "192.0.2.103")

    assert {
        "[192.0.2.100]:tcp:80", "[192.0.2.101]:tcp:80", "[192.0.2.102]:tcp:80", "[192.0.2.103]:tcp:80",
        "[2001:db8:1::100]:tcp:80", "FWM 9",
    } == {str(key) for key in table}  # fmt: skip
    assert {2} == {len(destinations) for _, destinations in table.values()}

    director.apply(GROUP + service("group G", "DR", servers("r1", "r2")))
    site.drop("d", "192.0.2.103")


def test_a_group_of_ranges_carries_traffic(site: LvsSite, director: Box) -> None:
    group = "virtual_server_group G {\n 192.0.2.100-102 80\n 192.0.2.100 8000\n}\n"
    director.apply(group + service("group G", "NAT", servers("n1", "n2")))
    site.hold("d", "192.0.2.102")

    assert {"n1": 1, "n2": 1} == site.counts(2, "192.0.2.102")
    assert {"n1": 1, "n2": 1} == site.counts(2, VIP4, 8000)
    site.drop("d", "192.0.2.102")


@pytest.mark.parametrize(
    "tunnel", ["type ipip", "type gue port 6080", "type gue port 6080 remcsum", "type gre csum"]
)
def test_tunnel_types_stand_in_the_kernel(tunnel: str, director: Box) -> None:
    plan = director.apply(service(f"{VIP4} 80", f"TUN {tunnel}", servers("r1", "r2")))
    ((_, destinations),) = director.ipvs.read_table().values()

    assert {one.destination for one in plan.pools[0].servers} == {
        type(one)(
            one.key, one.forwarding, one.weight, 0, 0, one.tunnel_type, one.tunnel_port, one.tunnel_flags
        )
        for one in destinations.values()
    }


def test_sip_persistence_and_one_packet_scheduling_stand_in_the_kernel(director: Box) -> None:
    body = f"persistence_engine sip\npersistence_timeout 30\nops\n{servers('n1')}"
    plan = director.apply(service(f"{VIP4} 5060", "NAT", body, protocol="protocol UDP"))

    assert {plan.pools[0].services[0]} == {one for one, _ in director.ipvs.read_table().values()}
    assert "sip" == plan.pools[0].services[0].persistence_engine


def test_methods_and_thresholds_per_server(site: LvsSite, director: Box) -> None:
    body = servers("n1", more="uthreshold 50\nlthreshold 10") + servers("r1", more="lvs_method DR\nweight 3")
    director.apply(service(f"{VIP4} 80", "NAT", body))
    ((_, destinations),) = director.ipvs.read_table().values()

    assert {(50, 10), (0, 0)} == {(one.upper_threshold, one.lower_threshold) for one in destinations.values()}
    assert {"n1", "r1"} == set(site.counts(8, VIP4))


# ---------------------------------------------------------------- sync daemon

SYNCED = """
global_defs {
    lvs_sync_daemon eth1 inst VI id 7
    # pykeepalived: ipvs_sysctl needed
}
vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.99
    }
}
""" + service(f"{VIP4} 80", "NAT", servers("n1", "n2"))


def test_the_backup_learns_connections_and_carries_them_on(site: LvsSite, director: Box) -> None:
    backup = site.box("e")
    director.apply(SYNCED)
    backup.apply(SYNCED)
    director.sync.instance_is("VI", RouterState.MASTER)
    backup.sync.instance_is("VI", RouterState.BACKUP)

    assert [SyncRole.MASTER] == [one.role for one in director.ipvs.daemons()]
    assert [SyncRole.BACKUP] == [one.role for one in backup.ipvs.daemons()]
    assert "2\t50" == director.read("/proc/sys/net/ipv4/vs/sync_threshold").strip()

    with site.connect(VIP4) as connection:
        before = said(connection)
        eventually(
            lambda: "C000020A" in backup.read("/proc/net/ip_vs_conn"), "the connection is known on the backup"
        )
        # The Master goes; its gateway address moves along, so that answers find the other one.
        site.drop("d", VIP4)
        site.hold("e", VIP4)
        netns_gateway(site, "e")
        site.forget_neighbours()
        assert before == said(connection)

    netns_gateway(site, "d")
    site.drop("e", VIP4)
    site.hold("d", VIP4)
    site.forget_neighbours()
    backup.close()
    director.sync.configure(None)
    assert [] == list(director.ipvs.daemons())


def netns_gateway(site: LvsSite, director: str) -> None:
    """Answers of the NAT servers go back through this director."""
    from pykeepalived.lab import netns

    last = {"d": 1, "e": 2}[director]
    for name in SERVERS["NAT"]:
        netns.ip_batch([f"route replace default via 198.51.100.{last}"], site.ns(name))


def test_parameters_that_were_set_are_put_back(site: LvsSite) -> None:
    box = site.box("e")
    box.apply(SYNCED)
    box.close()

    assert "3\t50" == box.read("/proc/sys/net/ipv4/vs/sync_threshold").strip()
