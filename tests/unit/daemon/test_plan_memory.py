"""What a plan takes from outside an unchanged block is noticed; all else stays the very same object."""

from __future__ import annotations

from typing import Any, cast

import pytest

from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.plan_memory import PlanMemory
from pykeepalived.daemon.plans import configure
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.ipc.messages import Process
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.syntax.source import DictLoader


def instance(name: str, number: int, more: str = "") -> str:
    return (
        f"vrrp_instance {name} {{\n interface eth0\n virtual_router_id {number}\n virtual_ipaddress {{\n"
        f"  192.0.2.{number}\n }}\n{more}}}\n"
    )


def service(head: str, more: str = "", server: str = "") -> str:
    return (
        f"virtual_server {head} {{\n protocol TCP\n lb_algo rr\n lb_kind NAT\n{more}"
        f" real_server 192.0.2.101 80 {{\n  weight 1\n{server} }}\n}}\n"
    )


A, B = instance("A", 1), instance("B", 2)
WEB = service("192.0.2.1 80", server="  TCP_CHECK {\n   connect_timeout 3\n  }\n")
RULE = " virtual_rules {\n  from 192.0.2.0/24 table 7 preference 100\n }\n"


def read(text: str, memory: PlanMemory | None) -> Configured:
    return configure(DaemonSettings(config_file="k.conf"), DictLoader({"k.conf": text}), None, memory)


def again(before: str, after: str) -> tuple[Configured, Configured]:
    """Both readings; the second is what it would be without the first."""
    memory = PlanMemory()
    first, second = read(before, memory), read(after, memory)
    assert read(after, None) == second
    return first, second


def vrrp(configured: Configured) -> VrrpPlan:
    return cast(VrrpPlan, configured.plans[Process.VRRP])


def checker(configured: Configured) -> CheckerPlan:
    return cast(CheckerPlan, configured.plans[Process.CHECKER])


def test_what_did_not_change_stays_the_very_same_object() -> None:
    other = service("192.0.2.77 80", server="  TCP_CHECK {\n   connect_timeout 3\n  }\n")
    first, second = again(A + B + WEB + other, instance("A", 1, " priority 90\n") + B + "\n" + WEB + other)
    (_, router), (_, same_router) = vrrp(first).routers, vrrp(second).routers
    assert router is same_router
    assert vrrp(first).tracking.routers[1] is vrrp(second).tracking.routers[1]
    assert all(map(_is, checker(first).pools, checker(second).pools))
    assert all(map(_is, checker(first).checks, checker(second).checks))
    assert vrrp(first).routers[0] is not vrrp(second).routers[0]


def _is(one: Any, other: Any) -> bool:
    return one is other


def test_a_router_learns_that_services_live_on_its_address_and_the_services_whose_address_it_is() -> None:
    first, second = again(A, A + WEB)
    assert [False, True] == [vrrp(one).routers[0].follows_services for one in (first, second)]
    first, second = again(WEB, WEB + A)
    assert [(None,), ("A",)] == [checker(one).pools[0].owners for one in (first, second)]


def test_services_with_one_name_are_counted_anew() -> None:
    first, second = again(WEB, WEB.replace("weight 1", "weight 2") + WEB)
    assert [[0], [0, 1]] == [[pool.occurrence for pool in checker(one).pools] for one in (first, second)]


def test_names_of_links_are_given_out_anew() -> None:
    first, second = again(
        instance("A", 1, " use_vmac\n"),
        instance("Z", 9, " use_vmac vrrp.1\n") + instance("A", 1, " use_vmac\n"),
    )
    assert ["vrrp.1", "vrrp1.1"] == [vrrp(one).routers[-1].links[0].name for one in (first, second)]


def test_a_rule_says_where_it_stands_now() -> None:
    first, second = again(instance("A", 1, RULE), "\n" + instance("A", 1, RULE))
    assert ["k.conf:8", "k.conf:9"] == [vrrp(one).routers[0].rules[0].where for one in (first, second)]
    unmoved = again(instance("A", 1, RULE) + B, instance("A", 1, RULE) + B + "\n")
    assert vrrp(unmoved[0]).routers[0] is vrrp(unmoved[1]).routers[0]


@pytest.mark.parametrize(
    "text",
    [
        "virtual_server fwmark 0 {\n lb_algo rr\n lb_kind NAT\n real_server 192.0.2.9 80 {\n }\n}\n",
        WEB.replace(
            "TCP_CHECK {\n   connect_timeout 3",
            "MISC_CHECK {\n   user nobody-knows-me\n   misc_path /bin/true",
        ),
    ],
)
def test_what_had_to_be_said_is_said_again(text: str) -> None:
    first, second = again(text, "\n" + text)
    assert 1 == len(first.notes)
    assert first.notes == second.notes


def test_marks_of_groups_are_handed_out_anew() -> None:
    rest = "global_defs {\n nftables_ipvs\n}\n" + "".join(
        f"virtual_server_group {name} {{\n 192.0.2.{number} 80\n}}\n" for name, number in (("G", 1), ("H", 2))
    )
    one, other = service("group G"), service("group H")
    first, second = again(rest + one + other, rest + other + one)
    marks = [[pool.services[0].key.fwmark for pool in checker(found).pools] for found in (first, second)]
    assert [[1000, 1001], [1000, 1001]] == marks
    assert ["[H]:0", "[G]:0"] == [pool.label for pool in checker(second).pools]


def test_a_preview_of_another_file_is_forgotten() -> None:
    memory = PlanMemory()
    first = read(A + WEB, memory)
    configure(DaemonSettings(config_file="other"), DictLoader({"other": A + WEB}), None, memory)
    assert vrrp(first).routers[0] is vrrp(read(A + WEB, memory)).routers[0]


def test_only_the_last_reading_is_kept() -> None:
    memory = PlanMemory()
    for lines in range(5):
        read("\n" * lines + A + WEB, memory)
    last = memory._last
    assert last is not None
    assert [(1, 0)] * 3 == [(len(k._now), len(k._before)) for k in (last.routers, last.pools, last.checks)]
