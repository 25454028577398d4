"""What is made up about a site, and what is not."""

from __future__ import annotations

from ipaddress import IPv4Address

from pykeepalived.simulate.site import Port, Site, derive
from tests.support.simulated import plan


def site(**files: str) -> Site:
    return derive({name: plan(text) for name, text in files.items()})


def instance(
    name: str = "VI_1", interface: str = "eth0", vrid: int = 60, vip: str = "192.0.2.9/24", more: str = ""
) -> str:
    return (
        f"vrrp_instance {name} {{\n interface {interface}\n virtual_router_id {vrid}\n"
        f" virtual_ipaddress {{\n {vip}\n }}\n {more}\n}}\n"
    )


def test_interfaces_with_the_same_virtual_address_share_a_lan_whatever_their_names() -> None:
    made = site(A=instance(interface="eth0"), B=instance(interface="ens3"))

    assert made.lans[Port("A", "eth0")] == made.lans[Port("B", "ens3")]
    assert any("taken to be one LAN" in note for note in made.notes)


def test_swapped_interfaces_are_told_apart_by_their_addresses() -> None:
    outside, inside = "192.0.2.9/24", "198.51.100.9/24"
    made = site(
        A=instance("O", "eth0", 1, outside) + instance("I", "eth1", 2, inside),
        B=instance("O", "eth1", 1, outside) + instance("I", "eth0", 2, inside),
    )

    assert made.lans[Port("A", "eth0")] == made.lans[Port("B", "eth1")]
    assert made.lans[Port("A", "eth0")] != made.lans[Port("B", "eth0")]


def test_interfaces_of_one_name_share_a_lan_when_nothing_says_otherwise() -> None:
    made = site(A=instance(), B=instance(vip="192.0.2.77/24"))

    assert made.lans[Port("A", "eth0")] == made.lans[Port("B", "eth0")]


def test_an_interface_that_only_one_file_has_is_mentioned() -> None:
    made = site(A=instance() + instance("X", "eth7", 61, "203.0.113.1/24"), B=instance())

    assert any(note.startswith("A eth7 is alone") for note in made.notes)


def test_the_first_file_gets_the_lowest_free_address() -> None:
    made = site(A=instance(vip="192.0.2.1/24"), B=instance(vip="192.0.2.1/24"))

    assert IPv4Address("192.0.2.2") == made.addresses["A", "VI_1"]
    assert IPv4Address("192.0.2.3") == made.addresses["B", "VI_1"]


def test_a_configured_source_address_is_used() -> None:
    made = site(A=instance(more="mcast_src_ip 192.0.2.50"))

    assert IPv4Address("192.0.2.50") == made.addresses["A", "VI_1"]


def test_unicast_peers_name_each_other() -> None:
    made = site(
        A=instance(more="unicast_peer {\n 10.0.0.2\n 10.0.0.3\n }"),
        B=instance(more="unicast_peer {\n 10.0.0.1\n 10.0.0.3\n }"),
        C=instance(more="unicast_peer {\n 10.0.0.1\n 10.0.0.2\n }"),
    )

    assert ["10.0.0.1", "10.0.0.2", "10.0.0.3"] == [str(made.addresses[host, "VI_1"]) for host in "ABC"]
