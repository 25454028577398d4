"""Duplicate address detection, promotion of secondaries, and hosts that use an address of ours."""

from __future__ import annotations

import socket

import pytest

from pykeepalived.ipc.messages import Reload, ReloadDone, Stop
from pykeepalived.lab import netns
from pykeepalived.plan.vrrp_plan import VrrpPlan
from tests.support.kernel_can import needs_processors
from tests.support.routing_lines import plan_of
from tests.support.vrrp_lab import Lan, Listener, eventually, running

pytestmark = pytest.mark.netns

PROMOTE = "net/ipv4/conf/eth0/promote_secondaries"


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


def claimed_by(lan: Lan, address: str) -> str:
    mac = lan.ip("b", "-br", "link", "show", "dev", "eth0").split()[2]
    return f"(VI_1) {address} dev eth0 is used by {mac} as well: another host"


def speak_as(lan: Lan, address: str) -> None:
    """The other host asks, as ``address``, who has a third one."""
    with netns.inside(lan.names["b"]), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((address, 0))
        made.sendto(b"", ("198.51.100.77", 9))


def test_a_host_that_has_an_address_already_is_named(lan: Lan, log_path: str) -> None:
    """It does not speak by itself: it is asked, once."""
    lan.ip("b", "addr", "add", "198.51.100.1/24", "dev", "eth0")
    lan.ip("b", "addr", "add", "2001:db8::51/64", "dev", "eth0", "nodad")
    with running(lan, "a", plan(addresses="198.51.100.1/24\n198.51.100.2/24"), log_path) as process:
        process.until_state("VI_1", "MASTER")
        eventually(lambda: claimed_by(lan, "198.51.100.1/24") in process.log(), process.log)
        assert "198.51.100.2/24 dev eth0 is used" not in process.log()
        # Whoever says so again and again is named once in ten minutes.
        for _ in range(3):
            speak_as(lan, "198.51.100.1")
        assert 1 == process.log().count("as well")


def test_a_host_that_has_an_ipv6_address_already_is_named(lan: Lan, log_path: str) -> None:
    lan.ip("b", "addr", "add", "2001:db8::51/64", "dev", "eth0", "nodad")
    with running(lan, "a", plan(addresses="fe80::51\n2001:db8::51/64"), log_path) as process:
        process.until_state("VI_1", "MASTER")
        eventually(lambda: claimed_by(lan, "2001:db8::51/64") in process.log(), process.log)
        assert "fe80::51/128 dev eth0 is used" not in process.log()


@needs_processors
def test_a_host_that_takes_an_address_later_is_named_and_an_ordinary_takeover_names_nobody(
    lan: Lan, log_path: str
) -> None:
    low, high = plan(), plan("priority 200")
    with running(lan, "a", low, log_path) as process:
        process.until_state("VI_1", "MASTER")
        with running(lan, "b", high, log_path + "b") as other:
            other.until_state("VI_1", "MASTER")
            process.until_state("VI_1", "BACKUP")
            other.channel.send(Stop())
            process.until_state("VI_1", "MASTER")
        listener = Listener(lan, "a")
        eventually(lambda: listener.probed("198.51.100.1"), "the address is asked for")
        assert "as well" not in process.log()
        lan.ip("b", "addr", "add", "198.51.100.1/24", "dev", "eth0")
        speak_as(lan, "198.51.100.1")
        eventually(lambda: claimed_by(lan, "198.51.100.1/24") in process.log(), process.log)
