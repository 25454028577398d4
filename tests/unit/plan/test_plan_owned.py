"""Route and rule lines as settings: what words mean, what is chosen, what an instance depends on."""

from __future__ import annotations

import json

from pykeepalived.ipc.codec import codec_for
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.routing import Metric, Placing, RuleAction
from tests.support.routing_lines import plan_of, route_of, routes_of, rule_of, rules_of

INSTANCE = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress { 192.0.2.100 }
    %s
}
"""


def test_times_are_in_the_units_of_the_kernel_and_within_its_limits() -> None:
    route = route_of("203.0.113.0/28 dev eth0 rtt 300ms rttvar 2s rto_min .5s")
    assert {Metric.RTT: 2400, Metric.RTTVAR: 8000, Metric.RTO_MIN: 500} == dict(route.metrics)
    # Without a unit the number is the kernel's own.
    assert {Metric.RTT: 2000} == dict(route_of("203.0.113.0/28 dev eth0 rtt 2000").metrics)
    assert {Metric.RTT: 1600} == dict(route_of("203.0.113.0/28 dev eth0 rtt 3").metrics)


def test_rto_min_is_locked_because_the_kernel_ignores_it_otherwise() -> None:
    assert (Metric.RTO_MIN,) == route_of("203.0.113.0/28 dev eth0 mtu 1400 rto_min 300ms").locked


def test_the_last_word_about_placing_counts() -> None:
    placings = [route.placing for route in routes_of("203.0.113.0/28 add append\nadd prepend 203.0.113.0/28")]
    assert [Placing.APPEND, Placing.PREPEND] == placings


def test_a_foreign_protocol_is_for_untracked_lines() -> None:
    tracked, untracked = routes_of("203.0.113.0/28 protocol bird\n203.0.113.0/28 protocol bird no_track")
    assert (18, 12) == (tracked.protocol, untracked.protocol)
    rules = rules_of(
        "table 1 priority 1 protocol 12\ntable 1 priority 1 protocol 12 no_track\ntable 1 priority 1 no_track"
    )
    assert [18, 12, None] == [rule.protocol for rule in rules]


def test_the_old_form_gw_or_is_two_ways() -> None:
    route = route_of("203.0.113.0/28 gw 192.0.2.1 or 192.0.2.2")
    assert route.gateway is None
    assert ["192.0.2.1", "192.0.2.2"] == [str(hop.gateway) for hop in route.nexthops]


def test_a_nexthop_ends_where_the_next_one_begins() -> None:
    route = route_of(
        "203.0.113.0/28 nexthop via 192.0.2.1 encap ip id 4 ttl 9 weight 2 nexthop dev eth1 onlink"
    )
    first, second = route.nexthops
    assert (2, False) == (first.weight, first.onlink)
    assert (None, "eth1", True) == (second.encap, second.interface, second.onlink)


def test_rules_without_a_preference_count_down_in_the_order_of_the_file() -> None:
    plan = plan_of(
        INSTANCE % "virtual_rules { from 10.0.0.1 table 1\n from 2001:db8::1 table 1 }"
        + "static_rules { from 10.0.0.2 table 1\n from 10.0.0.3 table 1 priority 5 }"
    )
    assert [16384, 16384] == [rule.preference for rule in plan.routers[0].rules]
    assert [16383, 5] == [rule.preference for rule in plan.static.rules]


def test_actions_of_rules() -> None:
    rules = rules_of(
        "goto 9 priority 1\nnop priority 1\nblackhole priority 1\ntype prohibit priority 1\n"
        "l3mdev priority 1\nlookup main priority 1"
    )
    assert [
        RuleAction.GOTO,
        RuleAction.NOP,
        RuleAction.BLACKHOLE,
        RuleAction.PROHIBIT,
        RuleAction.TABLE,
        RuleAction.TABLE,
    ] == [rule.action for rule in rules]
    assert 9 == rules[0].goto
    assert (True, 0) == (rules[4].l3mdev, rules[4].table)
    assert 254 == rules[5].table


def test_marks_and_ranges() -> None:
    rule = rule_of("fwmark 0x10/0xff uidrange 5-6 sport 1-2 table 300 priority 0x10")
    assert (16, 255, (5, 6), (1, 2), 300, 16) == (
        rule.mark,
        rule.mask,
        rule.users,
        rule.source_ports,
        rule.table,
        rule.preference,
    )


def test_an_instance_needs_the_interfaces_of_its_tracked_lines_and_of_its_track_groups() -> None:
    plan = plan_of(
        "track_group tied { group { VI_1 } }\n"
        "static_routes { 203.0.113.0/28 dev eth5 track_group tied\n 203.0.113.0/28 dev eth6 }\n"
        "static_ipaddress { 203.0.113.1 dev eth7 no_track track_group tied }\n"
        + INSTANCE
        % """
        virtual_routes { 203.0.113.0/28 dev eth1
 203.0.113.0/28 dev eth2 no_track }
        virtual_rules { iif eth3 oif eth4 table 1 priority 1 }
        """
    )
    assert ("eth1", "eth3", "eth4", "eth5") == plan.routers[0].needed_interfaces


def test_static_addresses_without_an_interface_are_on_the_default_one() -> None:
    assert "eth0" == plan_of("static_ipaddress { 203.0.113.1/24 }").static.addresses[0].address.interface


def test_a_line_that_only_moved_is_no_change() -> None:
    before = plan_of(INSTANCE % "virtual_routes { 203.0.113.0/28 dev eth0 }")
    after = plan_of("# a comment\n" + INSTANCE % "virtual_routes { 203.0.113.0/28   dev eth0 }")
    assert before.routers == after.routers
    assert before.routers[0].routes[0].where != after.routers[0].routes[0].where


def test_a_plan_with_everything_survives_a_message() -> None:
    plan = plan_of(
        "static_ipaddress { 203.0.113.1/24 dev eth0 }\nstatic_rules { table 1 priority 1 }\n"
        "static_routes {\n203.0.113.0/28 dev eth0 mtu lock 1400\n203.0.113.0/28 encap mpls 1/2 dev eth0\n"
        "203.0.113.0/28 encap ila 1:2:3:4 dev eth0\n203.0.113.0/28 encap ip id 1 dev eth0\n}\n"
    )
    codec = codec_for(VrrpPlan)
    assert plan == codec.decode(json.loads(json.dumps(codec.encode(plan))))
