"""Virtual addresses in a real kernel: what we ask for is what ``ip`` then shows."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv6Address
from typing import Any

import pytest

from pykeepalived.kernel.addresses import CHUNK, RTPROT_KEEPALIVED, AddressTable
from pykeepalived.kernel.links import AddressAdded, AddressRemoved, LinkChanged, LinkMonitor, LinkRemoved
from pykeepalived.kernel.netlink import RequestSocket
from pykeepalived.lab import netns
from pykeepalived.vrrp.settings import VirtualAddress

pytestmark = pytest.mark.netns

IFA_F_NODAD = 0x02


class Host:
    """A namespace with ``eth0``, and our sockets in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        with netns.inside(name):
            self.requests = RequestSocket()
            self.monitor = LinkMonitor(self.requests)
        self.table = AddressTable(self.requests, self.index_of)

    def index_of(self, interface: str) -> int | None:
        link = self.monitor.table.link(interface)
        return None if link is None else link.index

    def shown(self) -> dict[str, dict[str, Any]]:
        """Addresses of eth0 by text with prefix length, as ``ip -json`` shows them."""
        (link,) = json.loads(netns.run(["ip", "-n", self.name, "-json", "-d", "addr", "show", "dev", "eth0"]))
        return {f"{entry['local']}/{entry['prefixlen']}": entry for entry in link["addr_info"]}

    def ip(self, *words: str) -> None:
        netns.run(["ip", "-n", self.name, *words])


@pytest.fixture
def host() -> Iterator[Host]:
    name = f"v2-{os.getpid()}-host"
    netns.run(["ip", "netns", "add", name])
    try:
        netns.ip_batch(
            [
                "link add eth0 type veth peer name peer0",
                "link set peer0 up",
                "link set eth0 up",
                "addr add 192.0.2.1/24 dev eth0",
            ],
            name,
        )
        yield Host(name)
    finally:
        netns.run(["ip", "netns", "del", name])


def many(count: int) -> list[VirtualAddress]:
    first = int(IPv4Address("198.51.100.1"))
    return [VirtualAddress(IPv4Address(first + number), 32, "eth0") for number in range(count)]


def test_addresses_appear_with_everything_that_was_asked_for(host: Host) -> None:
    wanted = [
        VirtualAddress(
            IPv4Address("203.0.113.7"),
            24,
            "eth0",
            label="eth0:vip",
            scope=253,
            broadcast=IPv4Address("203.0.113.255"),
        ),
        VirtualAddress(IPv4Address("203.0.113.9"), 32, "eth0", peer=IPv4Address("203.0.113.10")),
        VirtualAddress(IPv6Address("2001:db8::7"), 128, "eth0", flags=IFA_F_NODAD, preferred_lifetime=0),
    ]

    assert [] == host.table.add(wanted).collect()

    shown = host.shown()
    first = shown["203.0.113.7/24"]
    assert ("eth0:vip", "link", "203.0.113.255") == (first["label"], first["scope"], first["broadcast"])
    assert "203.0.113.10" == shown["203.0.113.9/32"]["address"]
    assert 0 == shown["2001:db8::7/128"]["preferred_life_time"]
    assert not shown["2001:db8::7/128"].get("tentative", False)
    changes = [change for change in host.monitor.read() if isinstance(change, AddressAdded)]
    assert {virtual.address for virtual in wanted} <= {change.address.address for change in changes}
    kernel = tuple(int(part) for part in os.uname().release.split(".")[:2])
    if kernel >= (5, 18):
        assert {RTPROT_KEEPALIVED} == {
            change.address.protocol for change in changes if not change.address.address.is_link_local
        }


def test_adding_twice_and_removing_twice_are_no_errors(host: Host) -> None:
    wanted = many(3)

    assert [] == host.table.add(wanted).collect()
    assert [] == host.table.add(wanted).collect()
    assert [] == host.table.remove(wanted)
    assert [] == host.table.remove(wanted)
    assert {"192.0.2.1/24"} == {text for text in host.shown() if ":" not in text}


def test_several_chunks_are_sent_before_the_first_answer_is_read(host: Host) -> None:
    wanted = many(3 * CHUNK + 5)
    host.table.prepare(wanted)

    batches = [host.table.add(wanted[at : at + CHUNK]) for at in range(0, len(wanted), CHUNK)]

    assert [[], [], [], []] == [batch.collect() for batch in batches]
    assert {str(IPv4Interface(virtual.address)) for virtual in wanted} <= set(host.shown())
    assert [] == host.table.remove(wanted)


def test_each_refusal_names_its_address_and_the_others_are_in(host: Host) -> None:
    good = many(4)
    bad = VirtualAddress(IPv4Address("203.0.113.1"), 33, "eth0")
    elsewhere = VirtualAddress(IPv4Address("203.0.113.2"), 32, "eth7")

    refusals = host.table.add([*good[:2], bad, elsewhere, *good[2:]]).collect()

    assert {bad, elsewhere} == {refusal.address for refusal in refusals}
    assert any("203.0.113.1/33 dev eth0: " in str(refusal) for refusal in refusals)
    assert {str(IPv4Interface(virtual.address)) for virtual in good} <= set(host.shown())


def test_an_interface_that_was_made_anew_gets_its_addresses(host: Host) -> None:
    (virtual,) = many(1)
    host.table.add([virtual]).collect()
    host.ip("link", "del", "eth0")
    # The index was free again: take it, so that the new interface gets another one.
    netns.ip_batch(
        ["link add other0 type veth peer name other1", "link add eth0 type veth peer name peer0"], host.name
    )
    changes = host.monitor.read()
    assert any(isinstance(change, LinkRemoved) and change.link.name == "eth0" for change in changes)
    assert any(isinstance(change, LinkChanged) and change.link.name == "eth0" for change in changes)

    host.table.forget("eth0")
    assert [] == host.table.add([virtual]).collect()
    assert "198.51.100.1/32" in host.shown()


def test_the_monitor_sees_carrier_and_administrative_state(host: Host) -> None:
    def usable() -> bool:
        host.monitor.read()
        link = host.monitor.table.link("eth0")
        assert link is not None
        return link.usable

    assert usable()
    host.ip("link", "set", "peer0", "down")
    assert not usable()
    host.ip("link", "set", "peer0", "up")
    assert usable()
    host.ip("link", "set", "eth0", "down")
    assert not usable()


def test_a_removed_address_is_noticed(host: Host) -> None:
    host.table.add(many(1)).collect()
    host.monitor.read()
    host.ip("addr", "del", "198.51.100.1/32", "dev", "eth0")

    (change,) = host.monitor.read()
    assert isinstance(change, AddressRemoved)
    assert IPv4Address("198.51.100.1") == change.address.address


def test_what_was_missed_is_found_by_a_new_dump(host: Host) -> None:
    """The kernel drops events when nobody reads; the table must be right all the same."""
    events = host.monitor._events._socket
    events.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    wanted = many(200)
    for at in range(0, len(wanted), CHUNK):
        host.table.add(wanted[at : at + CHUNK]).collect()

    for _ in range(20):
        host.monitor.read()

    index = host.index_of("eth0")
    assert index is not None
    held = {entry.address for entry in host.monitor.table.addresses(index, 4)}
    assert {virtual.address for virtual in wanted} <= held
