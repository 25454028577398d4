"""``pykeepalived sniff`` beside real daemons: what is on the wire, and what a firewall keeps from them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from pykeepalived.wire.ip import Ipv4Header, encode_ipv4
from pykeepalived.wire.vrrp import encode_v3
from tests.support.kernel_can import needs_nftables
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, eventually
from tests.support.whole_daemon import LanDaemon

pytestmark = pytest.mark.netns

CONFIG = """
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 0.1
    version 3
    virtual_ipaddress {{
        192.0.2.100/24
    }}
}}
vrrp_instance VI_6 {{
    interface eth0
    virtual_router_id 61
    priority {priority}
    advert_int 0.1
    version 3
    virtual_ipaddress {{
        fe80::100/64
    }}
}}
"""
DROP = """
table inet filter {
    chain input {
        type filter hook input priority 0; policy accept;
        meta l4proto 112 drop
    }
}
"""


SOURCE, GROUP = IPv4Address("192.0.2.77"), IPv4Address("224.0.0.18")
MESSAGE = encode_v3(
    vrid=51,
    priority=200,
    interval_ns=10**9,
    addresses=[IPv4Address("192.0.2.100")],
    source=SOURCE,
    destination=GROUP,
)
TAGGED = (
    bytes.fromhex("01005e000012 020000000077 8100 0007 0800")
    + encode_ipv4(Ipv4Header(SOURCE, GROUP, 112, 255, 20 + len(MESSAGE)))
    + MESSAGE
)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Lan, LanDaemon, LanDaemon]]:
    with Lan("s-sniff") as lan:
        one = LanDaemon(lan, "a", tmp_path, CONFIG.format(priority=150))
        other = LanDaemon(lan, "b", tmp_path, CONFIG.format(priority=100))
        yield lan, one, other
        one.stop()
        other.stop()


@repeat_when_stalled(100_000_000)
@needs_nftables
def test_a_firewall_that_drops_vrrp_is_found_and_the_command_named_that_mends_it(
    pair: tuple[Lan, LanDaemon, LanDaemon], tmp_path: Path
) -> None:
    lan, one, other = pair
    lan.shell(lan.names["b"], "nft flush ruleset")
    for name in ("VI_1", "VI_6"):
        one.until(name, "MASTER")
        other.until(name, "BACKUP")
    capture = tmp_path / "vrrp.pcap"
    status, text = other.say("sniff", "-i", "eth0", "-d", "1", "-w", str(capture))
    assert 0 == status, text
    assert "eth0 192.0.2.1 > 224.0.0.18 v3 vrid 51 prio 150 every 0.1s [192.0.2.100]" in text
    assert "VRID 51 on eth0, IPv4, virtual MAC address 00:00:5e:00:01:33" in text
    assert "* 192.0.2.1 (" in text
    assert "VRID 61 on eth0, IPv6, virtual MAC address 00:00:5e:00:02:3d" in text
    assert "Nothing wrong was seen." in text
    assert "Free VRIDs on eth0: 1-50, 52-60, 62-255" in text

    # Whoever was heard first is heard again from the file.
    status, text = other.say("sniff", "-r", str(capture), "--json", asked=False)
    assert 0 == status, text
    summary = json.loads(text.splitlines()[-1])["summary"]
    owners = {router["vrid"]: router["owner"] for router in summary["virtual_routers"]}
    assert {51, 61} == set(owners)
    assert "192.0.2.1" == owners[51]

    rules = tmp_path / "drop.nft"
    rules.write_text(DROP)
    lan.shell(lan.names["b"], f"nft -f {rules}")
    for name in ("VI_1", "VI_6"):
        other.until(name, "MASTER")
    status, text = other.say("sniff", "-i", "eth0", "-d", "1", "-q")
    assert 1 == status, text
    said = "VI_1: adverts of 192.0.2.1 arrive at eth0 ("
    assert said in text
    assert "but the daemon's socket never gets them: a firewall drops protocol 112 (vrrp)" in text
    command = "nft insert rule inet filter input iifname eth0 ip saddr 192.0.2.1 meta l4proto 112 accept"
    assert f"accept it: {command}" in text
    assert "in chain inet filter input drops the protocol" in text
    assert "VI_6: adverts of fe80::" in text
    assert "several Masters at once: 192.0.2.1 (priority 150), 192.0.2.2 (priority 100)" in text

    # The commands do what they promise.
    for line in text.splitlines():
        if "accept it: " in line:
            lan.shell(lan.names["b"], line.partition("accept it: ")[2])
    for name in ("VI_1", "VI_6"):
        other.until(name, "BACKUP")
    eventually(
        lambda: other.say("sniff", "-i", "eth0", "-d", "0.5", "-q")[0] == 0, "nothing is wrong any more"
    )


@repeat_when_stalled(100_000_000)
def test_a_vlan_is_told_apart_from_the_interface_below(pair: tuple[Lan, LanDaemon, LanDaemon]) -> None:
    """The kernel takes the tag off; what is in a VLAN was never meant for the daemon on the interface."""
    lan, _, other = pair
    other.until("VI_1", "BACKUP")
    send = (
        "import socket, time\n"
        "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n"
        "s.bind(('eth0', 0))\n"
        "for _ in range(100):\n"
        f"    s.send(bytes.fromhex('{TAGGED.hex()}'))\n"
        "    time.sleep(0.1)\n"
    )
    command = ["ip", "netns", "exec", lan.names["a"], sys.executable, "-c", send]
    sender = subprocess.Popen(command)
    try:
        status, text = other.say("sniff", "-i", "eth0", "-d", "1")
    finally:
        sender.kill()
        sender.wait(10)

    assert "eth0 vlan 7 192.0.2.77 > 224.0.0.18 v3 vrid 51 prio 200" in text
    assert "VRID 51 on eth0 VLAN 7, IPv4" in text
    assert "firewall" not in text
    assert 0 == status, text


@repeat_when_stalled(100_000_000)
@needs_nftables
def test_what_iptables_drops_is_let_in_by_the_commands_named(pair: tuple[Lan, LanDaemon, LanDaemon]) -> None:
    lan, one, other = pair
    name = lan.names["b"]
    lan.shell(name, "nft flush ruleset; iptables -A INPUT -p 112 -j DROP; ip6tables -A INPUT -p 112 -j DROP")
    for instance in ("VI_1", "VI_6"):
        one.until(instance, "MASTER")
        other.until(instance, "MASTER")

    status, text = other.say("sniff", "-i", "eth0", "-d", "1", "-q")
    assert 1 == status, text
    commands = [line.partition("accept it: ")[2] for line in text.splitlines() if "accept it: " in line]
    assert "iptables -I INPUT -i eth0 -s 192.0.2.1 -p 112 -j ACCEPT" in commands, text
    assert "in chain ip filter INPUT drops the protocol" in text
    assert "in chain ip6 filter INPUT drops the protocol" in text
    for command in commands:
        lan.shell(name, command)
    for instance in ("VI_1", "VI_6"):
        other.until(instance, "BACKUP")


@repeat_when_stalled(100_000_000)
def test_in_a_flood_it_stays_readable_and_accuses_no_firewall(pair: tuple[Lan, LanDaemon, LanDaemon]) -> None:
    """10,000 a second with a wrong TTL from ever new addresses; the daemon goes on with its Master."""
    lan, one, other = pair
    one.until("VI_1", "MASTER")
    other.until("VI_1", "BACKUP")
    header = encode_ipv4(Ipv4Header(SOURCE, GROUP, 112, 255, 20 + len(MESSAGE)))
    send = (
        "import os, socket, struct, time\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)\n"
        "s.setsockopt(socket.SOL_SOCKET, 25, b'eth0\\0')\n"
        f"head, message = bytes.fromhex('{header.hex()}'), bytes.fromhex('{MESSAGE.hex()}')\n"
        "sent, begun = 0, time.monotonic()\n"
        "while True:\n"
        "    while sent < (time.monotonic() - begun) * 10000:\n"
        "        source = bytes((192, 0, 2)) + bytes((sent % 64 + 128,))\n"
        "        packet = head[:8] + b'\\x40' + head[9:12] + source + head[16:] + message\n"
        "        s.sendto(packet, ('224.0.0.18', 0))\n"
        "        sent += 1\n"
        "    time.sleep(0.001)\n"
    )
    sender = subprocess.Popen(["ip", "netns", "exec", lan.names["a"], sys.executable, "-c", send])
    try:
        status, text = other.say("sniff", "-i", "eth0", "-d", "2")
        state = other.instance("VI_1")
    finally:
        sender.kill()
        sender.wait(10)

    assert 1 == status, text
    lines = text.splitlines()
    assert len(lines) < 700, len(lines)
    assert "more packets, of which only 100 a second are shown" in text
    assert "discarded: TTL or hop limit 64, must be 255" in text
    assert "* 192.0.2.1 (" in text
    assert "firewall" not in text
    heard = int(next(line for line in lines if "virtual routers heard" in line).split()[0])
    assert heard > 5000
    assert "BACKUP" == state["state"]
    counted = sum(peer["discards"].get("hop_limit", 0) for peer in state["peers"])
    assert counted > 1000
