"""Routes that need more of a kernel than the project's machines have: VRFs, tunnels, MPLS labels, ILA."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pykeepalived.ipc.messages import Stop
from tests.support.in_guest import needs_guest
from tests.support.routing_lines import plan_of
from tests.support.vrrp_lab import Lan, eventually, running

pytestmark = [pytest.mark.vm, needs_guest]

MODULES = ("vrf", "ipip", "ip6_tunnel", "mpls_router", "mpls_iptunnel", "ila", "dummy")

# ILA wants more than a locator as destination, and a type in it that is not that of an interface identifier.
CASES = {
    "203.0.113.0/28 dev red0 vrf red": "203.0.113.0/28 dev red0 table 1001",
    "203.0.113.16/28 encap ip id 7 dst 10.0.0.9 ttl 9 tos 16 dev tun4": (
        "203.0.113.16/28 encap ip id 7 src 0.0.0.0 dst 10.0.0.9 ttl 9 tos 16 dev tun4"
    ),
    "2001:db8:1::/48 encap ip6 id 7 dst 2001:db8::9 hoplimit 9 tc 16 dev tun6": (
        "2001:db8:1::/48 encap ip6 id 7 src :: dst 2001:db8::9 hoplimit 9 tc 16 dev tun6"
    ),
    "203.0.113.32/28 encap mpls 100/200 via 192.0.2.254 dev eth0 ttl-propagate disabled": (
        "203.0.113.32/28 encap mpls 100/200 via 192.0.2.254 dev eth0"
    ),
    "203.0.113.48/28 nexthop via 192.0.2.254 dev eth0 encap mpls 17 nexthop via 192.0.2.253 dev eth0": (
        "203.0.113.48/28 nexthop encap mpls 17 via 192.0.2.254 dev eth0 weight 1"
        " nexthop via 192.0.2.253 dev eth0 weight 1"
    ),
    "2001:db8:2:0:2000::/80 encap ila 2001:db8:1:2 via 2001:db8::254 dev eth0": (
        "2001:db8:2:0:2000::/80 encap ila 2001:db8:1:2"
    ),
}


def present() -> set[str]:
    """The modules that this guest has."""
    return {
        name for name in MODULES if subprocess.run(["modprobe", name], capture_output=True).returncode == 0
    }


def test_routes_of_every_encapsulation_and_in_a_vrf(tmp_path: Path) -> None:
    modules = present()
    with Lan("kinds") as lan:
        for words in (
            "red type vrf table 1001",
            "red0 type veth peer name red1",
            "tun4 type ipip external",
            "tun6 type ip6tnl external",
        ):
            subprocess.run(["ip", "-n", lan.names["a"], "link", "add", *words.split()], check=False)
            subprocess.run(["ip", "-n", lan.names["a"], "link", "set", words.split()[0], "up"], check=False)
        subprocess.run(["ip", "-n", lan.names["a"], "link", "set", "red0", "master", "red"], check=False)
        subprocess.run(["ip", "-n", lan.names["a"], "link", "set", "red1", "up"], check=False)
        lines = "\n".join(CASES)
        configured = plan_of(
            "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nversion 3\nadvert_int 0.1\n"
            f"virtual_ipaddress {{ 198.51.100.1/24 }}\nvirtual_routes {{\n{lines}\n}}\n}}\n"
        )

        def shown() -> list[str]:
            found = []
            for family in ("-4", "-6"):
                text = lan.ip("a", family, "route", "show", "table", "all", "proto", "18").replace(
                    "\n\t", " "
                )
                found += [" ".join(line.split()) for line in text.splitlines()]
            return found

        with running(lan, "a", configured, str(tmp_path / "log")) as process:
            process.until_state("VI_1", "MASTER")
            eventually(shown, "routes")
            for wanted in CASES.values():
                assert any(line.startswith(wanted) for line in shown()), (
                    wanted,
                    shown(),
                    modules,
                    process.log(),
                )
            assert "cannot add" not in process.log()
            process.channel.send(Stop())
            process.wait()
            assert [] == shown(), process.log()
