"""Traffic through what needs nft rules beside the IPVS table: full NAT, groups that nftables marks.

The kernel of User-mode Linux has no nftables for IP: these run in the QEMU guest (``make vm``).
"""

from __future__ import annotations

import contextlib
import subprocess
from collections import Counter
from collections.abc import Iterator

import pytest

from pykeepalived.ipc.messages import RouterState
from tests.support.datagrams import answering_datagrams, datagram_client, exchanged
from tests.support.eventually import eventually
from tests.support.in_guest import needs_guest
from tests.support.lvs_site import CLIENT4, VIP4, VIP6, Box, LvsSite, heard, said

pytestmark = [pytest.mark.vm, pytest.mark.qemu, needs_guest]

FAR = {False: "203.0.113", True: "2001:db8:3:"}


def servers(six: bool = False, port: int = 80) -> str:
    separator = ":" if six else "."
    return "".join(f"real_server {FAR[six]}{separator}{last} {port} {{\n}}\n" for last in (11, 12))


def service(head: str, source: str, body: str, protocol: str = "protocol TCP") -> str:
    return (
        f"virtual_server {head} {{\nlb_algo rr\nlb_kind NAT\n{protocol}\n"
        f"# pykeepalived: source_nat {source}\n{body}}}\n"
    )


@pytest.fixture(scope="module")
def site() -> Iterator[LvsSite]:
    with LvsSite() as made:
        made.hold("d", VIP4, VIP6)
        yield made


@pytest.fixture(scope="module")
def director(site: LvsSite) -> Box:
    return site.box("d")


def rules(box: Box) -> str:
    argv = ["ip", "netns", "exec", box.namespace, "nft", "list", "ruleset"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("six", [False, True], ids=["ipv4", "ipv6"])
def test_masqueraded_servers_see_the_director_and_need_no_route(
    six: bool, site: LvsSite, director: Box
) -> None:
    vip = VIP6 if six else VIP4
    director.apply(service(f"{vip} 80", "masquerade", servers(six)))

    answers = [site.ask(vip) for _ in range(4)]

    assert {"f1": 2, "f2": 2} == Counter(name for name, _ in answers)
    assert {"2001:db8:3::1" if six else "203.0.113.1"} == {seen for _, seen in answers}


@pytest.mark.parametrize("six", [False, True], ids=["ipv4", "ipv6"])
def test_a_pool_of_addresses_is_used(six: bool, site: LvsSite, director: Box) -> None:
    vip = VIP6 if six else VIP4
    first, last = ("2001:db8:3::50", "2001:db8:3::51") if six else ("203.0.113.50", "203.0.113.51")
    site.hold("d", first, last, dev="eth2")
    director.apply(service(f"{vip} 80", f"{first}-{last}", servers(six)))

    assert {site.ask(vip)[1] for _ in range(4)} <= {first, last}
    site.drop("d", first, last, dev="eth2")


def test_other_services_keep_the_client_s_address(site: LvsSite, director: Box) -> None:
    plain = (
        f"virtual_server {VIP4} 8000 {{\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n"
        "real_server 198.51.100.11 8080 {\n}\n}\n"
    )
    director.apply(service(f"{VIP4} 80", "masquerade", servers()) + plain)

    assert ("n1", CLIENT4) == site.ask(VIP4, 8000)
    assert "203.0.113.1" == site.ask(VIP4)[1]


GROUPS = f"""
global_defs {{
    nftables_ipvs
    nftables_counters
}}
virtual_server_group G {{
    {VIP4} 80
    192.0.2.101-103 80
    {VIP6} 80
}}
"""


def test_a_marked_group_is_one_service_per_family(site: LvsSite, director: Box) -> None:
    """As keepalived does with nftables_ipvs; servers of the other family would need TUN."""
    text = GROUPS.replace(f"    {VIP6} 80\n", "")
    director.apply(text + service("group G", "masquerade", servers()))
    site.hold("d", "192.0.2.102")

    assert {"FWM 1000"} == {str(key) for key in director.ipvs.read_table()}
    assert {"f1": 2, "f2": 2} == site.counts(2, VIP4) + site.counts(2, "192.0.2.102")
    assert "203.0.113.1" == site.ask(VIP4)[1]

    site.drop("d", "192.0.2.102")


def test_a_marked_group_of_ipv6(site: LvsSite, director: Box) -> None:
    text = GROUPS.replace(f"    {VIP4} 80\n    192.0.2.101-103 80\n", "")
    director.apply(text + service("group G", "masquerade", servers(six=True)))

    assert {"f1": 2, "f2": 2} == site.counts(4, VIP6)


def test_nothing_is_left_behind(site: LvsSite) -> None:
    box = site.box("e")
    box.apply(GROUPS + service(f"{VIP4} 80", "masquerade", servers()))
    assert "1" == box.read("/proc/sys/net/ipv4/vs/conntrack").strip()
    assert "table ip pykeepalived_source_nat" in rules(box)

    box.close()

    assert "0" == box.read("/proc/sys/net/ipv4/vs/conntrack").strip()
    assert "" == rules(box)


FLOATING = {False: "203.0.113.50", True: "2001:db8:3::50"}
IN_SYNC_TABLE = {False: "C000020A", True: "2001:0db8:0001:0000:0000:0000:0000:0010"}
"""The client in /proc/net/ip_vs_conn."""


@contextlib.contextmanager
def pair(site: LvsSite, director: Box, six: bool, protocol: str = "protocol TCP") -> Iterator[Box]:
    """Both directors with the same floating source address and sync daemons; gives the backup."""
    floating = FLOATING[six]
    text = (
        "global_defs {\n lvs_sync_daemon eth1 inst VI id 7\n # pykeepalived: ipvs_sysctl needed\n}\n"
        "vrrp_instance VI {\n interface eth0\n virtual_router_id 51\n"
        " virtual_ipaddress {\n 192.0.2.99\n}\n}\n"
        + service(f"{VIP6 if six else VIP4} 80", floating, servers(six), protocol)
    )
    backup = site.box("e")
    site.hold("d", floating, dev="eth2")
    director.apply(text)
    backup.apply(text)
    director.sync.instance_is("VI", RouterState.MASTER)
    backup.sync.instance_is("VI", RouterState.BACKUP)
    yield backup
    backup.close()
    vip = VIP6 if six else VIP4
    site.drop("e", vip)
    site.drop("e", floating, dev="eth2")
    site.hold("d", vip)
    site.forget_neighbours()


def take_over(site: LvsSite, six: bool) -> None:
    """The backup gets both addresses."""
    vip, floating = VIP6 if six else VIP4, FLOATING[six]
    site.drop("d", vip)
    site.drop("d", floating, dev="eth2")
    site.hold("e", floating, dev="eth2")
    site.hold("e", vip)
    site.forget_neighbours()


@pytest.mark.parametrize("six", [False, True], ids=["ipv4", "ipv6"])
def test_open_connections_survive_a_failover_with_a_floating_source_address(
    six: bool, site: LvsSite, director: Box
) -> None:
    """The sync daemon tells the backup which server; the source address and port come out the same there.

    A server that sends first is not answered with a reset: it repeats, and is heard when the client has sent.
    """
    vip, floating = VIP6 if six else VIP4, FLOATING[six]
    with pair(site, director, six) as backup:
        with site.connect(vip) as connection:
            before = said(connection)
            assert floating == before[1]
            eventually(
                lambda: IN_SYNC_TABLE[six].lower() in backup.read("/proc/net/ip_vs_conn").lower(),
                "the connection is known on the backup",
            )
            take_over(site, six)
            site.push(before[0])  # comes to a director that does not know the connection yet
            connection.sendall(b"?\n")
            assert {before, (before[0], "pushed")} == {heard(connection), heard(connection)}
        assert floating == site.ask(vip)[1]


@pytest.mark.parametrize("six", [False, True], ids=["ipv4", "ipv6"])
def test_datagrams_of_a_client_find_their_server_before_and_after_a_failover(
    six: bool, site: LvsSite, director: Box
) -> None:
    """UDP: the kernel synchronises it as well, and connection tracking needs no handshake."""
    vip = VIP6 if six else VIP4
    with (
        answering_datagrams(site, "f1", "f2"),
        pair(site, director, six, "protocol UDP") as backup,
        datagram_client(site, vip) as client,
    ):
        before = exchanged(client)
        assert FLOATING[six] == before[1]
        assert {before} == {exchanged(client) for _ in range(5)}
        eventually(
            lambda: IN_SYNC_TABLE[six].lower() in backup.read("/proc/net/ip_vs_conn").lower(),
            "the backup knows",
        )
        take_over(site, six)
        assert {before} == {exchanged(client) for _ in range(5)}
