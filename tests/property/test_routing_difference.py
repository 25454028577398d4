"""What leads from one list of routes and rules to another, for any two lists."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pykeepalived.vrrp.routing import Prefix, Route, Routing, Rule, RuleAction, difference
from tests.support.routing_lines import route_of

NETWORKS = [route_of(f"203.0.113.{16 * number}/28 dev eth0").destination for number in range(3)]

ROUTES = st.builds(
    Route,
    family=st.just(4),
    destination=st.sampled_from(NETWORKS),
    metric=st.sampled_from([None, 1, 2]),
    table=st.sampled_from([254, 100]),
    interface=st.sampled_from(["eth0", "eth1"]),
    where=st.sampled_from(["a:1", "a:2"]),
)
RULES = st.builds(
    Rule,
    family=st.just(4),
    preference=st.integers(1, 3),
    action=st.just(RuleAction.TABLE),
    table=st.integers(1, 2),
)
LISTS = st.lists(st.one_of(ROUTES, RULES), max_size=8)


def rank(route: Route) -> tuple[Prefix, int, int | None]:
    return route.destination, route.table, route.metric


@settings(max_examples=300, deadline=None)
@given(LISTS, LISTS)
def test_it_leads_there_and_is_empty_the_second_time(before: list[Routing], after: list[Routing]) -> None:
    change = difference(before, after)
    held = set(before)
    for item in change.removed:
        held.remove(item)
    for old, new in change.replaced:
        held.remove(old)
        assert new not in held
        held.add(new)
        assert rank(old) == rank(new)
    for item in change.added:
        assert item not in held
        held.add(item)

    assert set(after) == held
    assert not difference(after, after)
    assert not difference(held, after)


@settings(max_examples=300, deadline=None)
@given(LISTS, LISTS)
def test_no_route_is_removed_whose_place_another_one_takes(
    before: list[Routing], after: list[Routing]
) -> None:
    change = difference(before, after)
    removed = {rank(item) for item in change.removed if isinstance(item, Route)}
    added = {rank(item) for item in change.added if isinstance(item, Route)}

    assert not removed & added
