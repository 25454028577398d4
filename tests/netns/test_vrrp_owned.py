"""Routes, rules and static entries in a real kernel, and what becomes of them when others interfere."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

import pytest

from pykeepalived.config.load import load
from pykeepalived.ipc.messages import Reload, ReloadDone, Stop
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.syntax.source import DictLoader
from tests.support.vrrp_lab import Lan, RouterProcess, eventually, running

pytestmark = pytest.mark.netns

INSTANCE = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    priority 150
    virtual_ipaddress { 198.51.100.1/24 }
    %s
}
"""


def plan(inside: str = "", outside: str = "") -> VrrpPlan:
    path = "/etc/keepalived/keepalived.conf"
    loaded = load(path, DictLoader({path: outside + INSTANCE % inside}), host=None)
    return plan_vrrp(loaded.config)


def routes(lan: Lan, letter: str = "a", *, family: str = "-4", table: str = "all") -> list[str]:
    """The routes with our mark, in the words of ``ip``."""
    shown = lan.ip(letter, family, "route", "show", "table", table, "proto", "18")
    return [" ".join(line.split()) for line in shown.splitlines()]


def rules(lan: Lan, letter: str = "a", family: str = "-4") -> list[str]:
    shown = lan.ip(letter, family, "rule", "show")
    return [
        line for line in (" ".join(line.split()) for line in shown.splitlines()) if "proto keepalived" in line
    ]


def reload(process: RouterProcess, new: VrrpPlan) -> None:
    process.channel.send(Reload(7, new))
    eventually(lambda: any(isinstance(one, ReloadDone) for one in process.pump()), "the reload is done")
    process.messages.clear()


class Monitor:
    """``ip monitor route`` in a namespace."""

    def __init__(self, lan: Lan, letter: str) -> None:
        self._process = subprocess.Popen(
            ["ip", "-n", lan.names[letter], "monitor", "route"], stdout=subprocess.PIPE
        )
        self._lan, self._letter = lan, letter
        assert self._process.stdout is not None
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._output, False)
        self._text = ""
        self._mark("192.0.2.250")

    def _mark(self, destination: str) -> None:
        """Once the monitor has told of this one, it listens and has told of everything before."""

        def told() -> bool:
            # The kernel is silent about replacing a route by its like: it has to be a new one each time.
            self._lan.ip(self._letter, "route", "add", destination, "dev", "eth0")
            self._lan.ip(self._letter, "route", "del", destination, "dev", "eth0")
            with contextlib.suppress(BlockingIOError):
                self._text += os.read(self._output, 65536).decode()
            return destination in self._text

        eventually(told, "ip monitor tells")

    def lines(self) -> list[str]:
        self._mark("192.0.2.251")
        self._process.terminate()
        self._process.wait()
        return self._text.splitlines()


ROUTING = """
    virtual_routes {
        203.0.113.0/28 via 192.0.2.254 dev eth0 metric 10
        203.0.113.16/28 via 198.51.100.254 src 198.51.100.1
        blackhole 203.0.113.32/28
        2001:db8:1::/48 via 2001:db8::254 dev eth0
    }
    virtual_rules {
        from 203.0.113.0/28 table 100 priority 1000
        to 2001:db8:1::/48 table 100 priority 1001
    }
"""


def test_a_master_has_its_routes_and_rules_and_a_backup_has_not(lan: Lan, log_path: str) -> None:
    with running(lan, "a", plan(ROUTING), log_path) as process:
        process.until_state("VI_1", "MASTER")
        assert [
            "203.0.113.0/28 via 192.0.2.254 dev eth0 metric 10",
            "203.0.113.16/28 via 198.51.100.254 dev eth0 src 198.51.100.1",
            "blackhole 203.0.113.32/28",
        ] == routes(lan)
        assert ["2001:db8:1::/48 via 2001:db8::254 dev eth0 metric 1024 pref medium"] == routes(
            lan, family="-6"
        )
        assert 1 == len(rules(lan)) == len(rules(lan, family="-6")), rules(lan)
        process.channel.send(Stop())
        process.wait()
        assert [] == routes(lan) == routes(lan, family="-6") == rules(lan) == rules(lan, family="-6")


ROUTE = "203.0.113.0/28 via 192.0.2.254 dev eth0 metric 10"


def test_what_somebody_deletes_returns_at_once_and_is_told(lan: Lan, log_path: str) -> None:
    with running(lan, "a", plan(ROUTING), log_path) as process:
        process.until_state("VI_1", "MASTER")
        before = routes(lan), rules(lan), rules(lan, family="-6")
        lan.ip("a", "route", "del", "203.0.113.0/28")
        lan.ip("a", "rule", "del", "priority", "1000")
        lan.ip("a", "-6", "rule", "del", "priority", "1001")

        eventually(lambda: before == (routes(lan), rules(lan), rules(lan, family="-6")), "everything is back")
        text = "route 203.0.113.0/28 via 192.0.2.254 dev eth0 metric 10 was gone; added again"
        eventually(lambda: f"keepalived.conf:11: {text}" in process.log(), process.log)
        assert ["BACKUP", "MASTER"] == process.states("VI_1")


def test_a_route_that_is_deleted_all_the_time_does_not_make_a_race(lan: Lan, log_path: str) -> None:
    with running(lan, "a", plan(f"virtual_routes {{ {ROUTE} }}"), log_path) as process:
        process.until_state("VI_1", "MASTER")
        lan.ip("a", "route", "del", "203.0.113.0/28")
        eventually(lambda: routes(lan), "the route is back")
        lan.ip("a", "route", "del", "203.0.113.0/28")
        eventually(lambda: [ROUTE] == routes(lan), "the route is back again")

        times = process.log().count("was gone; added again")
        eventually(lambda: process.log().count("was gone; added again") == 2, f"told {times} times")


def test_nobody_follows_the_removal_of_untracked_ones(lan: Lan, log_path: str) -> None:
    untracked = "virtual_routes { 203.0.113.0/28 dev eth0 no_track\n 203.0.113.16/28 dev eth0 }"
    with running(lan, "a", plan(untracked), log_path) as process:
        process.until_state("VI_1", "MASTER")
        lan.ip("a", "route", "del", "203.0.113.0/28")
        lan.ip("a", "route", "del", "203.0.113.16/28")
        eventually(
            lambda: ["203.0.113.16/28 dev eth0"] == [one.replace(" scope link", "") for one in routes(lan)],
            "the tracked one is back",
        )
        assert "203.0.113.0/28" not in process.log()


def test_an_interface_that_returns_gets_back_what_the_kernel_dropped_from_it(lan: Lan, log_path: str) -> None:
    lan.ip("a", "link", "add", "side0", "type", "veth", "peer", "name", "side1")
    lan.ip("a", "link", "set", "side0", "up")
    lan.ip("a", "link", "set", "side1", "up")
    owned = """
    virtual_ipaddress_excluded { 2001:db8:9::1/64 dev side0 no_track }
    virtual_routes { 203.0.113.0/28 dev side0 no_track\n 2001:db8:1::/48 dev side0 no_track }
    """
    outside = """
    static_ipaddress { 2001:db8:8::1/64 dev side0 }
    static_routes { 203.0.113.16/28 dev side0 }
    """
    with running(lan, "a", plan(owned, outside), log_path) as process:
        process.until_state("VI_1", "MASTER")

        def state() -> list[str]:
            addresses = lan.ip(
                "a", "-6", "-o", "addr", "show", "dev", "side0", "scope", "global"
            ).splitlines()
            return [*sorted(line.split()[3] for line in addresses), *routes(lan), *routes(lan, family="-6")]

        eventually(lambda: len(state()) == 5, lambda: f"{state()} {process.log()}")
        before = state()
        lan.ip("a", "link", "set", "side0", "down")
        eventually(lambda: state() == [], lambda: str(state()))
        lan.ip("a", "link", "set", "side0", "up")

        eventually(lambda: state() == before, lambda: f"{state()} {process.log()}")
        assert ["BACKUP", "MASTER"] == process.states("VI_1")


def test_the_interface_of_a_tracked_route_is_tracked(lan: Lan, log_path: str) -> None:
    lan.ip("a", "link", "add", "side0", "type", "veth", "peer", "name", "side1")
    lan.ip("a", "link", "set", "side0", "up")
    lan.ip("a", "link", "set", "side1", "up")
    with running(lan, "a", plan("virtual_routes { 203.0.113.0/28 dev side0 }"), log_path) as process:
        process.until_state("VI_1", "MASTER")
        lan.ip("a", "link", "set", "side0", "down")
        process.until_state("VI_1", "FAULT")
        lan.ip("a", "link", "set", "side0", "up")
        process.until_state("VI_1", "MASTER")
        eventually(lambda: len(routes(lan)) == 1, "the route is back")


def test_a_refusal_names_the_line_and_the_kernels_reason(lan: Lan, log_path: str) -> None:
    wrong = (
        "virtual_routes {\n203.0.113.1/28 dev eth0\n203.0.113.16/28 via 10.9.9.9\n203.0.113.32/28 dev eth0\n}"
    )
    with running(lan, "a", plan(wrong), log_path) as process:
        process.until_state("VI_1", "MASTER")
        eventually(lambda: len(routes(lan)) == 1, "the good one")
        conf = "/etc/keepalived/keepalived.conf"
        said = f"(VI_1) {conf}:10: cannot add route 203.0.113.1/28 dev eth0: Invalid argument: Invalid prefix"
        eventually(lambda: said in process.log(), process.log)
        said = f"(VI_1) {conf}:11: cannot add route 203.0.113.16/28 via 10.9.9.9: "
        eventually(lambda: said in process.log(), process.log)

        # As soon as the gateway can be reached, the route is added.
        lan.ip("a", "addr", "add", "10.9.9.1/24", "dev", "eth0")
        eventually(lambda: len(routes(lan)) == 2, process.log)
        eventually(lambda: "could be added now" in process.log(), process.log)


def test_what_the_kernel_refuses_is_tried_again_though_nothing_tells_when(lan: Lan, log_path: str) -> None:
    switch = "/proc/sys/net/ipv6/conf/eth0/disable_ipv6"
    inside = """
    virtual_ipaddress_excluded { 2001:db8::100/64 }
    virtual_routes { 203.0.113.16/28 via 10.9.9.9 }
    """
    lan.shell(lan.names["a"], f"echo 1 > {switch}")
    with running(
        lan, "a", plan(inside, "static_ipaddress { 2001:db8::77/64 dev eth0 no_track }"), log_path
    ) as process:
        process.until_state("VI_1", "MASTER")
        for what in ("(VI_1) cannot add 2001:db8::100/64", "static cannot add 2001:db8::77/64"):
            eventually(lambda what=what: what in process.log(), process.log)  # type: ignore[misc]
        assert [] == routes(lan)

        lan.ip("a", "route", "add", "10.9.9.0/24", "dev", "eth0")
        eventually(lambda: 1 == len(routes(lan)), process.log)
        lan.shell(lan.names["a"], f"echo 0 > {switch}")
        eventually(lambda: lan.holds("a", "2001:db8::100") and lan.holds("a", "2001:db8::77"), process.log)
        eventually(lambda: 3 == process.log().count("could be added now"), process.log)
        assert [] == process.states("VI_1")[2:]


def test_what_a_killed_process_left_is_removed_and_what_the_host_has_stays(lan: Lan, log_path: str) -> None:
    outside = """
    static_ipaddress { 203.0.113.200/32 dev eth0 }
    static_routes { 203.0.113.208/28 dev eth0\n add 203.0.113.64/28 dev eth0 }
    static_rules { from 203.0.113.208/28 table 200 priority 2000 }
    """
    lan.ip("a", "route", "add", "203.0.113.32/28", "dev", "eth0")  # by an administrator
    lan.ip("a", "route", "add", "203.0.113.64/28", "dev", "eth0")
    lan.ip("a", "rule", "add", "from", "203.0.113.0/28", "table", "100", "priority", "1000")
    with running(lan, "a", plan(ROUTING, outside), log_path) as process:
        process.until_state("VI_1", "MASTER")
        eventually(lambda: len(routes(lan)) == 4, "all of them")
        process.kill(signal.SIGKILL)
        process.wait()
    assert 4 == len(routes(lan))

    with running(lan, "a", plan(ROUTING, outside), log_path + "2") as process:
        process.until_state("VI_1", "MASTER")
        assert "removed left-over route 203.0.113.0/28" in process.log()
        process.channel.send(Stop())
        process.wait()
        assert "route add 203.0.113.64/28 dev eth0 was there before us" in process.log()
    assert [] == routes(lan) == routes(lan, family="-6") == rules(lan) == rules(lan, family="-6")
    assert not lan.holds("a", "203.0.113.200")
    assert "203.0.113.32/28 dev eth0" in lan.ip("a", "route")
    assert "203.0.113.64/28 dev eth0" in lan.ip("a", "route")
    assert "1000:" in lan.ip("a", "rule")


def test_a_reload_changes_what_differs_and_nothing_else(lan: Lan, log_path: str) -> None:
    def configured(metric: int, mtu: int, static: str) -> VrrpPlan:
        return plan(
            f"virtual_routes {{ 203.0.113.0/28 dev eth0 mtu {mtu}\n"
            f"203.0.113.16/28 dev eth0 metric {metric} }}"
            f"virtual_rules {{ from 203.0.113.0/28 table {metric} priority 1000 }}",
            f"static_ipaddress {{ {static}/32 dev eth0 }} static_routes {{ {static} dev eth0 metric 4 }}",
        )

    with running(lan, "a", configured(5, 1400, "203.0.113.77"), log_path) as process:
        process.until_state("VI_1", "MASTER")
        eventually(lambda: len(routes(lan)) == 3 and len(rules(lan)) == 1, lambda: str(routes(lan)))
        monitor = Monitor(lan, "a")
        reload(process, configured(5, 1300, "203.0.113.78"))
        after = [one.replace(" scope link", "") for one in routes(lan)]
        assert [
            "203.0.113.0/28 dev eth0 mtu 1300",
            "203.0.113.16/28 dev eth0 metric 5",
            "203.0.113.78 dev eth0 metric 4",
        ] == after
        assert lan.lacks("a", "203.0.113.77") and lan.holds("a", "203.0.113.78")
        assert [] == process.states("VI_1")
        told = monitor.lines()
        assert not any("203.0.113.16" in line or "Deleted 203.0.113.0/28" in line for line in told), told
        reload(process, configured(6, 1300, "203.0.113.78"))
        eventually(lambda: "lookup 6" in rules(lan)[0], lambda: str(rules(lan)))
        assert 1 == len(rules(lan))
        assert "203.0.113.16/28 dev eth0 metric 6" in [one.replace(" scope link", "") for one in routes(lan)]


def test_a_track_group_ties_static_entries_to_instances(lan: Lan, log_path: str) -> None:
    lan.ip("a", "link", "add", "side0", "type", "veth", "peer", "name", "side1")
    lan.ip("a", "link", "set", "side0", "up")
    lan.ip("a", "link", "set", "side1", "up")
    outside = """
    track_group tied { group { VI_1 } }
    static_routes { 203.0.113.0/28 dev side0 track_group tied }
    """
    with running(lan, "a", plan("", outside), log_path) as process:
        process.until_state("VI_1", "MASTER")
        lan.ip("a", "link", "set", "side0", "down")
        process.until_state("VI_1", "FAULT")
        lan.ip("a", "link", "set", "side0", "up")
        process.until_state("VI_1", "MASTER")
        eventually(lambda: len(routes(lan)) == 1, "the static route is back")


def test_a_tagged_static_entry_that_cannot_be_there_is_a_fault(lan: Lan, log_path: str) -> None:
    outside = """
    track_group tied { group { VI_1 } }
    static_routes { 203.0.113.0/28 via 10.9.9.9 dev eth0 track_group tied }
    """
    with running(lan, "a", plan("", outside), log_path) as process:
        process.until_state("VI_1", "FAULT")
        lan.ip("a", "addr", "add", "10.9.9.1/24", "dev", "eth0")
        process.until_state("VI_1", "MASTER")
        assert 1 == len(routes(lan))
