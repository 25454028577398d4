"""Routes and rules as bytes: the same that iproute2 sends for the same words."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.kernel import routes, rules
from pykeepalived.kernel.netlink import HEADER, NLM_F_REQUEST, Reply, attributes
from pykeepalived.vrrp.routing import Route, Rule
from tests.support.routing_lines import route_of, rule_of

GOLDEN = json.loads((Path(__file__).parents[2] / "golden/routing/iproute2.json").read_text())
CASES = [pytest.param(case, id=case["line"]) for case in GOLDEN["cases"]]
FIXED = 12
"""Bytes of struct rtmsg and of struct fib_rule_hdr."""

NESTED = {8, 22}
"""RTA_METRICS, RTA_ENCAP."""
MULTIPATH = 9


def index_of(name: str) -> int | None:
    return {"eth0": GOLDEN["index"]}.get(name)


def item_of(case: dict[str, Any]) -> Route | Rule:
    return rule_of(case["line"]) if "rule" in case["ip"].split() else route_of(case["line"])


def payload_of(message: bytes) -> tuple[int, bytes]:
    length, _, flags, _, _ = HEADER.unpack_from(message)
    assert len(message) == length
    return flags & ~NLM_F_REQUEST, message[HEADER.size :]


def attribute_set(data: bytes, start: int, *, of_route: bool) -> frozenset[tuple[int, Any]]:
    """The attributes in any order, nested ones likewise."""
    found = set()
    for kind, value in attributes(data, start, len(data)):
        if of_route and kind in NESTED:
            inner = frozenset(
                (one, content.rstrip(b"\0") if kind == 8 and one == 16 else content)
                for one, content in attributes(value, 0, len(value))
            )
            found.add((kind, inner))
        elif of_route and kind == MULTIPATH:
            found.add((kind, tuple(hops_of(value))))
        elif kind in (3, 17) and not of_route:
            found.add((kind, value.rstrip(b"\0")))
        else:
            found.add((kind, value))
    return frozenset(found)


def hops_of(data: bytes) -> list[tuple[bytes, frozenset[tuple[int, Any]]]]:
    hops = []
    at = 0
    while at < len(data):
        length = struct.unpack_from("=H", data, at)[0]
        hop = data[at : at + length]
        hops.append((hop[2:8], attribute_set(hop, 8, of_route=True)))
        at += (length + 3) & ~3
    return hops


@pytest.mark.parametrize("case", CASES)
def test_what_we_add_is_what_iproute2_adds(case: dict[str, Any]) -> None:
    item = item_of(case)
    theirs = bytes.fromhex(case["payload"])
    is_route = isinstance(item, Route)
    message = routes.encode_add(item, index_of) if isinstance(item, Route) else rules.encode_add(item)
    flags, ours = payload_of(message)

    assert case["flags"] == flags
    assert theirs[:FIXED] == ours[:FIXED]
    assert attribute_set(theirs, FIXED, of_route=is_route) == attribute_set(ours, FIXED, of_route=is_route)


@pytest.mark.parametrize("case", CASES)
def test_an_event_about_one_of_ours_is_recognised(case: dict[str, Any]) -> None:
    item = item_of(case)
    message = routes.encode_add(item, index_of) if isinstance(item, Route) else rules.encode_add(item)
    event = Reply(0, 0, 0, message, HEADER.size, len(message))

    if isinstance(item, Route):
        assert routes.RouteKey.of(item) == routes.decode_key(event)
    else:
        assert (item.family, item.preference) == rules.decode_key(event)


def test_deleting_names_our_mark_and_no_metrics() -> None:
    route = route_of("203.0.113.0/28 via 192.0.2.254 dev eth0 metric 10 mtu 70000")
    _, payload = payload_of(routes.encode_delete(route, index_of))

    family, length, _, _, table, protocol, scope, kind, _ = struct.unpack_from("=BBBBBBBBI", payload)
    # RT_SCOPE_NOWHERE and type 0: any.
    assert (2, 28, 254, 18, 255, 0) == (family, length, table, protocol, scope, kind)
    assert {1, 4, 5, 6} == {kind for kind, _ in attributes(payload, FIXED, len(payload))}


def test_deleting_a_route_of_a_type_and_a_scope_names_them() -> None:
    route = route_of("blackhole 203.0.113.0/28 scope host")
    _, payload = payload_of(routes.encode_delete(route, index_of))

    assert (254, 6) == (payload[6], payload[7])


def test_a_rule_is_deleted_by_all_that_it_was_added_with() -> None:
    rule = rule_of("from 203.0.113.0/28 iif eth0 table 1000 priority 5")

    assert payload_of(rules.encode_add(rule))[1] == payload_of(rules.encode_delete(rule))[1]


def test_a_route_over_a_missing_interface_says_which() -> None:
    with pytest.raises(routes.MissingInterfaceError, match="eth7"):
        routes.encode_add(route_of("203.0.113.0/28 nexthop via 192.0.2.1 dev eth7"), index_of)


def test_the_table_of_a_vrf_is_used() -> None:
    route = route_of("203.0.113.0/28 dev eth0 vrf red")
    _, payload = payload_of(routes.encode_add(route, index_of, 1001))

    assert 1001 == struct.unpack("=I", dict(attributes(payload, FIXED, len(payload)))[15])[0]
    assert 10 == payload_of(routes.encode_add(route, index_of, 10))[1][4]
