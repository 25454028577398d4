"""Duplicate address detection, promotion of secondaries, and hosts that use an address of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.ipc.messages import Reload, ReloadDone, Stop
from pykeepalived.lab import netns
from pykeepalived.plan.vrrp import VrrpPlan
from tests.support.routing_lines import plan_of
from tests.support.vrrp_lab import Lan, Listener, eventually, running

pytestmark = pytest.mark.netns

PROMOTE = "net/ipv4/conf/eth0/promote_secondaries"


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan("care") as made:
        yield made


@pytest.fixture
def log_path(tmp_path: Path) -> str:
    return str(tmp_path / "log")


def plan(*lines: str, addresses: str = "198.51.100.1/24", delay: str = "0") -> VrrpPlan:
    return plan_of(
        "\n".join(
            [
                "vrrp_instance VI_1 {",
                "interface eth0\nvirtual_router_id 51\nversion 3\nadvert_int 0.1\npriority 150",
                f"garp_master_delay {delay}",
                *lines,
                "virtual_ipaddress {",
                addresses,
                "}\n}\n",
            ]
        )
    )


def sysctl(lan: Lan, name: str) -> str:
    return netns.run(["ip", "netns", "exec", lan.names["a"], "cat", f"/proc/sys/{name}"]).strip()


def test_an_address_with_duplicate_detection_is_announced_when_it_is_sure(lan: Lan, log_path: str) -> None:
    lan.shell(lan.names["a"], "echo 1 > /proc/sys/net/ipv6/conf/eth0/accept_dad")
    lan.ip("b", "addr", "add", "2001:db8::52/64", "dev", "eth0", "nodad")
    listener = Listener(lan, "a")
    wanted = "fe80::51\n2001:db8::51/64 -nodad\n2001:db8::52/64 -nodad"
    with running(lan, "a", plan("garp_master_repeat 2", addresses=wanted), log_path) as process:
        process.until_state("VI_1", "MASTER")
        eventually(lambda: listener.announced().count("fe80::51") == 2, "one that asks nobody, at once")
        assert "2001:db8::51" not in listener.announced()
        eventually(lambda: listener.announced().count("2001:db8::51") == 2, "the other one a second later")

        told = "(VI_1) 2001:db8::52/64 dev eth0: another host has this address"
        eventually(lambda: process.log().count(told) == 1, process.log)
        assert "2001:db8::52" not in listener.announced()
        assert ["BACKUP", "MASTER"] == process.states("VI_1")


def test_promotion_is_set_while_it_is_wanted_and_put_back_afterwards(lan: Lan, log_path: str) -> None:
    assert "0" == sysctl(lan, PROMOTE)
    with running(lan, "a", plan("promote_secondaries"), log_path) as process:
        process.until_state("VI_1", "MASTER")
        assert "1" == sysctl(lan, PROMOTE)
        process.channel.send(Reload(1, plan()))
        eventually(lambda: any(isinstance(one, ReloadDone) for one in process.pump()), "the reload")
        assert "0" == sysctl(lan, PROMOTE)
        process.channel.send(Reload(2, plan("promote_secondaries")))
        eventually(lambda: "1" == sysctl(lan, PROMOTE), "it is set again")
        process.channel.send(Stop())
        process.wait()
    assert "0" == sysctl(lan, PROMOTE)


def test_an_interface_that_is_made_anew_is_promoted_again(lan: Lan, log_path: str) -> None:
    lan.ip("a", "link", "add", "side0", "type", "veth", "peer", "name", "side1")
    configured = plan_of(
        "vrrp_instance VI_1 {\ninterface side0\nvirtual_router_id 5\npromote_secondaries\n"
        "virtual_ipaddress { 203.0.113.1 }\n}\n"
    )
    name = "net/ipv4/conf/side0/promote_secondaries"
    with running(lan, "a", configured, log_path):
        eventually(lambda: "1" == sysctl(lan, name), "it is set")
        lan.ip("a", "link", "del", "side0")
        lan.ip("a", "link", "add", "side0", "type", "veth", "peer", "name", "side1")
        eventually(lambda: "1" == sysctl(lan, name), "it is set again")
