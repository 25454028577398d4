"""A Master with a virtual MAC address is the gateway of whoever sends to it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pykeepalived.lab import netns
from tests.netns.test_vrrp_vmac import MS, VMAC, Prober, ping_frame, plan, with_vmac_master
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, eventually, running

pytestmark = pytest.mark.netns

FAR = "203.0.113.1"


@repeat_when_stalled(150 * MS)
def test_a_master_forwards_what_is_sent_to_its_virtual_mac(tmp_path: Path) -> None:
    """[AC-4]"""
    with Lan("vfw") as lan:
        lan.shell(lan.names["a"], "echo 1 > /proc/sys/net/ipv4/ip_forward")
        netns.ip_batch(
            [
                "link add far type veth peer name outside",
                "addr add 203.0.113.9/24 dev far",
                "link set far up",
                "link set outside up",
                f"neigh add {FAR} lladdr 02:00:00:00:00:01 dev far",
            ],
            lan.names["a"],
        )
        with netns.inside(lan.names["a"]):
            outside = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        outside.bind(("outside", 0x0800))
        outside.setblocking(False)
        prober = Prober(lan, "a")
        with running(lan, "a", plan(), str(tmp_path / "log")) as process:
            with_vmac_master(lan, process)
            prober.send(ping_frame(VMAC, FAR))

            eventually(lambda: FAR in destinations(outside), "the packet on the other side")
        prober.close()
        outside.close()


def destinations(sock: socket.socket) -> set[str]:
    """IPv4 destinations of the frames that are queued."""
    found: set[str] = set()
    while True:
        try:
            found.add(socket.inet_ntoa(sock.recv(2048)[30:34]))
        except BlockingIOError:
            return found
