"""Interfaces of our own that the machines of this project have no module for: ipvlan; a macvlan in a VRF."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.ipc.messages import Stop
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from tests.support.in_guest import needs_guest
from tests.support.vrrp_lab import Lan, Listener, eventually, running

pytestmark = [pytest.mark.vm, needs_guest]

VIP = "192.0.2.100"
PATIENCE_S = 30.0


MODULES = ("ipv6", "bridge", "veth", "macvlan", "ipvlan", "vrf")


@pytest.fixture(scope="module", autouse=True)
def modules() -> None:
    """The guest loads what is asked for."""
    for module in MODULES:
        subprocess.run(["modprobe", module], check=True)


def plan(words: str, priority: int) -> VrrpPlan:
    text = f"""
    vrrp_instance V1 {{
        interface eth0
        virtual_router_id 51
        version 3
        advert_int 0.2
        priority {priority}
        {words}
        virtual_ipaddress {{
            {VIP}/24
        }}
    }}
    """
    return plan_vrrp(load_text(text).config)


def test_an_ipvlan_speaks_from_its_own_address_and_goes_at_the_end(tmp_path: Path) -> None:
    with Lan("iv") as lan:
        listener = Listener(lan, "a")
        spoken = plan("use_ipvlan ipv51 192.0.2.7/24", 150)
        with (
            running(lan, "a", spoken, str(tmp_path / "a")) as master,
            running(lan, "b", plan("use_ipvlan 192.0.2.8/24", 100), str(tmp_path / "b")) as backup,
        ):
            master.until_state("V1", "MASTER")
            backup.until_state("V1", "BACKUP")
            eventually(listener.adverts, "adverts", PATIENCE_S)
            frames = [frame for _, frame in listener.pump() if frame[12:14] == b"\x08\0" and frame[23] == 112]
            assert {bytes((192, 0, 2, 7))} == {frame[26:30] for frame in frames}
            # keepalived's: the addresses stay on the interface below.
            assert VIP in lan.addresses("a")
            assert "ipvlan" in lan.ip("a", "-d", "link", "show", "dev", "ipv51")
            master.channel.send(Stop("test"))
            assert 0 == master.wait()
            backup.until_state("V1", "MASTER")
        assert "ipv51" not in lan.ip("a", "link", "show")
        listener.close()


def test_a_macvlan_is_in_the_vrf_of_its_parent_and_follows_it_out(tmp_path: Path) -> None:
    with Lan("vr") as lan:
        for words in (
            "link add red type vrf table 10",
            "link set red up",
            "link set eth0 master red",
            "addr replace 192.0.2.1/24 dev eth0",
        ):
            lan.ip("a", *words.split())
        with (
            running(lan, "a", plan("use_vmac", 150), str(tmp_path / "a")) as master,
            running(lan, "b", plan("use_vmac", 100), str(tmp_path / "b")) as backup,
        ):
            master.until_state("V1", "MASTER")
            backup.until_state("V1", "BACKUP")
            assert "master red" in lan.ip("a", "link", "show", "dev", "vrrp.51")
            lan.ip("a", "link", "set", "eth0", "nomaster")
            eventually(
                lambda: "master red" not in lan.ip("a", "link", "show", "dev", "vrrp.51"),
                "it follows",
                PATIENCE_S,
            )
            master.until_state("V1", "MASTER")


def test_vrf_lets_unicast_without_an_interface_speak_in_it(tmp_path: Path) -> None:
    def planned(number: int, place: str) -> VrrpPlan:
        text = f"""
        vrrp_instance V1 {{
            {place}
            virtual_router_id 51
            version 3
            advert_int 0.2
            priority {50 + 50 * number}
            unicast_src_ip 192.0.2.{number}
            unicast_peer {{
                192.0.2.{3 - number}
            }}
            virtual_ipaddress {{
                {VIP}/24 dev eth0
            }}
        }}
        """
        return plan_vrrp(load_text(text).config)

    with Lan("vu") as lan:
        for words in (
            "link add red type vrf table 10",
            "link set red up",
            "link set eth0 master red",
            "addr replace 192.0.2.1/24 dev eth0",
        ):
            lan.ip("a", *words.split())
        with (
            running(lan, "a", planned(1, "vrf red"), str(tmp_path / "a")) as in_vrf,
            running(lan, "b", planned(2, "interface eth0"), str(tmp_path / "b")) as other,
        ):
            other.until_state("V1", "MASTER")
            in_vrf.until_state("V1", "BACKUP")
            assert VIP not in lan.addresses("a")
            other.channel.send(Stop("test"))
            assert 0 == other.wait()
            in_vrf.until_state("V1", "MASTER")
            eventually(lambda: VIP in lan.addresses("a"), "the address", PATIENCE_S)
            in_vrf.channel.send(Stop("test"))
            assert 0 == in_vrf.wait()
        assert VIP not in lan.addresses("a")
