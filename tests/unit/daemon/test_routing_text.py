"""Routes and rules as state files show them: in the words of keepalived 2.4.3."""

from __future__ import annotations

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.daemon.dump_state import VrrpState, vrrp_lines
from pykeepalived.daemon.routing_text import route_text, rule_text
from tests.support.routing_lines import plan_of, route_of, rule_of

ROUTES = {
    "203.0.113.0/28 via 192.0.2.2 dev eth0 metric 10": (
        "prepend 203.0.113.0/28 via inet 192.0.2.2 dev eth0 proto 18 metric 10"
    ),
    "default dev eth0": "prepend 0.0.0.0/0 dev eth0 proto 18",
    "append blackhole 203.0.113.0/28 table 7 no_track": "append blackhole 203.0.113.0/28 table 7 no_track",
    "203.0.113.1 dev eth0 protocol bird no_track": "prepend 203.0.113.1 dev eth0 proto 12 no_track",
    "203.0.113.0/28 dev eth0 onlink realms 3/4 scope link src 192.0.2.1 tos 16": (
        "prepend 203.0.113.0/28 src 192.0.2.1 tos 16 dev eth0 proto 18 scope 253 onlink realms 3/4"
    ),
    "203.0.113.0/28 dev eth0 rtt lock 300ms rttvar 2s mtu lock 1400 features ecn quickack 1": (
        "prepend 203.0.113.0/28 dev eth0 proto 18 rtt lock 300ms rttvar 2s features ecn"
        " mtu lock 1400 quickack 1"
    ),
    "2001:db8::/32 from 2001:db8:9::/48 via fe80::1 dev eth0 pref low expires 9 ttl-propagate enabled": (
        "prepend 2001:db8::/32 from 2001:db8:9::/48 via inet6 fe80::1 dev eth0 proto 18"
        " expires 9sec pref low ttl-propagate enabled"
    ),
    "203.0.113.0/28 nexthop via 192.0.2.2 dev eth0 weight 3 onlink nexthop via 192.0.2.3 realms 7": (
        "prepend 203.0.113.0/28 proto 18 nexthop via inet 192.0.2.2 dev eth0 weight 3 onlink"
        " nexthop via inet 192.0.2.3 realm 7"
    ),
    "203.0.113.0/28 encap ip id 7 dst 10.0.0.1 tos 16 ttl 9 flags 1 dev eth0": (
        "prepend 203.0.113.0/28 encap ip id 7 dst 10.0.0.1 tos 16 ttl 9 flags 0x1 dev eth0 proto 18"
    ),
    "203.0.113.0/28 encap mpls 100/200 dev eth0": (
        "prepend 203.0.113.0/28 encap mpls 100/200 dev eth0 proto 18"
    ),
    "203.0.113.0/28 encap ila 2001:db8:0:9 congctl lock reno dev eth0": (
        "prepend 203.0.113.0/28 encap ila 2001:db8:0:9 dev eth0 proto 18 congctl lock reno"
    ),
}

RULES = {
    "from 203.0.113.0/28 lookup 100 priority 1000": (
        "from 203.0.113.0/28 priority 1000 tos 0x0 protocol 18 lookup 100"
    ),
    "not to 203.0.113.0/28 fwmark 16/255 iif eth0 oif eth1 blackhole priority 7": (
        "not from all to 203.0.113.0/28 priority 7 tos 0x0 fwmark 0x10/0xff iif eth0 oif eth1"
        " protocol 18 type blackhole"
    ),
    "inet6 swallowed table 100 suppress_prefixlength 0 suppress_ifgroup 5 priority 8": (
        "inet6 from all priority 8 tos 0x0 suppress_prefixlen 0 suppress_ifgroup 5 protocol 18 lookup 100"
    ),
    "uidrange 1-2 ipproto tcp sport 1-2 dport 3-4 tunnel-id 9 goto 90 priority 9": (
        "from all priority 9 tos 0x0 tunnel-id 9 uidrange 1-2 protocol 18 ipproto 6"
        " sport 1-2 dport 3-4 goto 90"
    ),
    "l3mdev no_track priority 10": "from all priority 10 tos 0x0 l3mdev lookup 0 no_track",
}


@pytest.mark.parametrize("line", ROUTES)
def test_a_route_reads_as_keepalived_writes_it(line: str) -> None:
    assert ROUTES[line] == route_text(route_of(line))


@pytest.mark.parametrize("line", RULES)
def test_a_rule_reads_as_keepalived_writes_it(line: str) -> None:
    assert RULES[line] == rule_text(rule_of(line))


def test_static_entries_have_sections_of_their_own() -> None:
    plan = plan_of(
        "static_ipaddress { 203.0.113.200/32 dev eth1 }\n"
        "static_routes { 203.0.113.208/28 via 198.51.100.2 dev eth1 }\n"
        "static_rules { from 203.0.113.208/28 table 200 priority 2000 }\n"
    )

    # As recorded in shared/reference/golden.
    assert [
        "------< Static Addresses >------",
        "     203.0.113.200 dev eth1 scope global set",
        "------< Static Routes >------",
        "     prepend 203.0.113.208/28 via inet 198.51.100.2 dev eth1 proto 18",
        "------< Static Rules >------",
        "     from 203.0.113.208/28 priority 2000 tos 0x0 protocol 18 lookup 200",
    ] == list(vrrp_lines(VrrpState(static=plan.static), load_text("").config, lambda account: "0:0"))
