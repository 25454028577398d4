"""Traffic through tunnels of every kind and between families: IPVS wraps, a plain Linux server unwraps.

The receiving side is what a user sets up on a real server: ``ip fou add port N gue`` for GUE, a device of
type gre or ip6gre for GRE; a GRE device only takes packets whose checksum option is the same as its own.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.lab import netns
from tests.support.in_guest import needs_guest
from tests.support.lvs_site import CLIENT4, CLIENT6, VIP4, VIP6, Box, LvsSite
from tests.vm.test_lvs_traffic import ADDRESSES, servers, service

pytestmark = [pytest.mark.vm, needs_guest]

SERVERS = ("t1", "t2")
GUE_PORT = 6080


@pytest.fixture(scope="module")
def site() -> Iterator[LvsSite]:
    subprocess.run(["modprobe", "-q", "-a", "fou", "fou6", "ip_gre", "ip6_gre", "sit"], check=True)
    with LvsSite() as made:
        made.hold("d", VIP4, VIP6)
        yield made


@pytest.fixture(scope="module")
def director(site: LvsSite) -> Box:
    return site.box("d")


@contextmanager
def unwrapping(site: LvsSite, tunnel: str, six: bool) -> Iterator[None]:
    """Both real servers take this kind of tunnel, for a while."""
    kind, *options = tunnel.split()
    family = "-6" if six else "-4"
    made = []
    for name in SERVERS:
        if kind == "gue":
            there = f"fou add port {GUE_PORT} gue"
            gone = f"fou del port {GUE_PORT}"
        else:
            device = "ip6gre" if six else "gre"
            checksum = "csum" if "csum" in options else ""
            there = f"link add wrap type {device} local {ADDRESSES[name][six]} {checksum}"
            gone = "link del wrap"
        netns.run(["ip", "-n", site.ns(name), family, *there.split()])
        made.append(["ip", "-n", site.ns(name), family, *gone.split()])
        if kind == "gre":
            netns.run(["ip", "-n", site.ns(name), "link", "set", "wrap", "up"])
    try:
        yield
    finally:
        for command in made:
            netns.run(command)


@pytest.mark.parametrize("six", [False, True], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize(
    "tunnel",
    [
        f"gue port {GUE_PORT}", f"gue port {GUE_PORT} nocsum", f"gue port {GUE_PORT} csum",
        f"gue port {GUE_PORT} remcsum", "gre", "gre csum",
    ],
)  # fmt: skip
def test_wrapped_packets_reach_both_servers(tunnel: str, six: bool, site: LvsSite, director: Box) -> None:
    vip = VIP6 if six else VIP4
    director.apply(service(f"{vip} 80", f"TUN type {tunnel}", servers(*SERVERS, six=six)))

    with unwrapping(site, tunnel, six):
        answers = [site.ask(vip) for _ in range(4)]

    assert ["t1", "t2"] == sorted({name for name, _ in answers})
    assert {CLIENT6 if six else CLIENT4} == {seen for _, seen in answers}


def test_without_the_tunnel_on_the_server_nothing_arrives(site: LvsSite, director: Box) -> None:
    """Otherwise the test above could pass with ipip, which these servers take always."""
    director.apply(service(f"{VIP4} 80", f"TUN type gue port {GUE_PORT}", servers("t1")))

    with network_namespace(site.ns("c")):
        connection = socket.socket()
    with connection, pytest.raises(OSError):
        connection.settimeout(0.7)
        connection.connect((VIP4, 80))


@pytest.mark.parametrize("six", [False, True], ids=["ipv4 in ipv6", "ipv6 in ipv4"])
def test_servers_of_the_other_family_get_packets_too(six: bool, site: LvsSite, director: Box) -> None:
    """``six``: of the service; the servers have the other family."""
    vip = VIP6 if six else VIP4
    device = "type sit" if six else "type ip6tnl mode any"
    here = [site.ns(name) for name in SERVERS]
    for name, namespace in zip(SERVERS, here, strict=True):
        wrap = f"link add wrap {device} local {ADDRESSES[name][not six]}"
        netns.ip_batch([wrap, "link set wrap up"], namespace)
    director.apply(service(f"{vip} 80", "TUN", servers(*SERVERS, six=not six)))

    answers = [site.ask(vip) for _ in range(4)]

    for namespace in here:
        netns.ip_batch(["link del wrap"], namespace)
    assert ["t1", "t2"] == sorted({name for name, _ in answers})
    assert {CLIENT6 if six else CLIENT4} == {seen for _, seen in answers}
