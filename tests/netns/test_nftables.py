"""nf_tables in a namespace: what we send is what ``nft`` then shows; an owned table dies with its socket."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator

import pytest

from pykeepalived.kernel.nft_expressions import (
    Meta,
    accept,
    compare,
    counter,
    drop,
    goto,
    icmp_type,
    ipv6_destination,
    lookup,
    masked,
    meta,
)
from pykeepalived.kernel.nft_messages import (
    INTERFACE_INDEX,
    INTERFACE_NAME,
    IPV4_ADDRESS,
    IPV6_ADDRESS,
    BaseChain,
    Family,
    Hook,
    Table,
    add_chain,
    add_elements,
    add_rule,
    add_set,
    add_table,
    concatenated,
    delete_elements,
    delete_table,
    interface_name,
)
from pykeepalived.kernel.nftables import NftSocket, TableInKernel
from pykeepalived.lab import netns
from tests.support.kernel_can import needs_nftables

pytestmark = [pytest.mark.netns, needs_nftables]

TABLE4 = Table(Family.IPV4, "pknft")
TABLE6 = Table(Family.IPV6, "pknft")
LINK_LOCAL_MASK = b"\xff\xc0" + bytes(14)
LINK_LOCAL = b"\xfe\x80" + bytes(14)


@pytest.fixture
def namespace() -> Iterator[str]:
    name = f"nf-{os.getpid()}"
    netns.run(["ip", "netns", "add", name])
    try:
        yield name
    finally:
        netns.run(["ip", "netns", "del", name])


def shown(namespace: str) -> str:
    """The rule set as ``nft`` prints it, without indentation."""
    listing = netns.run(["ip", "netns", "exec", namespace, "nft", "list", "ruleset"])
    return "\n".join(line.strip() for line in listing.splitlines())


def opened(namespace: str) -> NftSocket:
    with netns.inside(namespace):
        return NftSocket()


def test_what_we_send_is_what_nft_shows(namespace: str) -> None:
    sock = opened(namespace)
    batch = [
        add_table(TABLE4),
        add_chain(TABLE4, "in", BaseChain(Hook.INPUT, -1)),
        add_set(TABLE4, "vips", IPV4_ADDRESS),
        *add_elements(TABLE4, "vips", [ipaddress.ip_address("192.0.2.9").packed]),
        add_set(TABLE4, "names", INTERFACE_NAME),
        *add_elements(TABLE4, "names", [interface_name("eth0.7")]),
        add_table(TABLE6),
        add_chain(TABLE6, "near"),
        add_chain(TABLE6, "out", BaseChain(Hook.OUTPUT, 5)),
        add_set(TABLE6, "by_index", IPV6_ADDRESS + INTERFACE_INDEX),
        add_set(TABLE6, "by_name", IPV6_ADDRESS + INTERFACE_NAME),
        *add_elements(TABLE6, "by_name", [concatenated(LINK_LOCAL[:15] + b"\x01", interface_name("lo"))]),
        add_rule(
            TABLE6, "out", meta(Meta.L4PROTO), compare(b"\x3a"), icmp_type(), compare(b"\x87"), accept()
        ),
        add_rule(
            TABLE6, "out", ipv6_destination(), masked(LINK_LOCAL_MASK), compare(LINK_LOCAL), goto("near")
        ),
        add_rule(TABLE6, "near", ipv6_destination(), meta(Meta.OIF, to=4), lookup("by_index"), drop()),
        add_rule(
            TABLE6, "near", ipv6_destination(), meta(Meta.OIFNAME, to=4), lookup("by_name"), counter(), drop()
        ),
    ]
    assert [] == sock.apply(batch)
    listing = shown(namespace)
    for line in (
        "type filter hook input priority filter - 1; policy accept;",
        "elements = { 192.0.2.9 }",
        'elements = { "eth0.7" }',
        "type filter hook output priority filter + 5; policy accept;",
        "icmpv6 type nd-neighbor-solicit accept",
        "ip6 daddr fe80::/10 goto near",
        "ip6 daddr . oif @by_index drop",
        "ip6 daddr . oifname @by_name counter packets 0 bytes 0 drop",
        'elements = { fe80::1 . "lo" }',
    ):
        assert line in listing
    assert [ipaddress.ip_address("192.0.2.9").packed] == sock.elements(TABLE4, "vips")
    assert [] == sock.remove_tables(TABLE4, TABLE6)
    assert "" == shown(namespace)
    sock.close()


def test_an_owned_table_is_nobody_elses_and_goes_with_its_socket(namespace: str) -> None:
    owner, other = opened(namespace), opened(namespace)
    assert [] == owner.apply([add_table(TABLE4, owned=True)])
    assert [TableInKernel(TABLE4, owner.port)] == other.tables()
    netns.run(["ip", "netns", "exec", namespace, "nft", "flush", "ruleset"])
    assert [TableInKernel(TABLE4, owner.port)] == other.tables()
    (refused,) = other.remove_tables(TABLE4)
    assert "Operation not permitted" == refused.text
    owner.close()
    assert [] == other.tables()
    other.close()


def test_a_batch_with_one_refused_message_does_nothing(namespace: str) -> None:
    sock = opened(namespace)
    batch = [
        add_table(TABLE4),
        add_set(TABLE4, "vips", IPV4_ADDRESS),
        *delete_elements(TABLE4, "vips", [bytes(4)]),
        add_chain(TABLE4, "in"),
    ]
    (refused,) = sock.apply(batch)
    assert (2, "No such file or directory") == (refused.index, refused.text)
    assert [] == sock.tables()
    # The connection is still good.
    assert [] == sock.apply([add_table(TABLE4), delete_table(TABLE4)])
    sock.close()


def test_thousands_of_elements_go_in_one_batch(namespace: str) -> None:
    sock = opened(namespace)
    keys = [number.to_bytes(4, "big") for number in range(5000)]
    assert [] == sock.apply(
        [add_table(TABLE4), add_set(TABLE4, "vips", IPV4_ADDRESS), *add_elements(TABLE4, "vips", keys)]
    )
    assert sorted(keys) == sorted(sock.elements(TABLE4, "vips"))
    sock.close()
