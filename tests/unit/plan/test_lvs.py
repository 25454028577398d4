"""Configuration to pools: owners, the switch to follow VRRP, names, notes, what stands in global_defs."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.lvs.settings import PoolSettings
from pykeepalived.plan.lvs import LvsPlan, address_owners, ipvs_timeouts, plan_lvs, sync_daemons
from pykeepalived.plan.ports import IpvsTimeouts, SyncRole

SITE = """
global_defs {
    %(globals)s
}
vrrp_instance OUTSIDE {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        203.0.113.1/24
    }
    virtual_ipaddress_excluded {
        2001:db8::1/64
    }
}
virtual_server 203.0.113.1 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    %(server)s
    real_server 192.0.2.11 80 {
    }
}
virtual_server 2001:db8::1 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 2001:db8:f::1 80 {
    }
}
virtual_server 203.0.113.9 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 192.0.2.11 80 {
    }
}
"""


def plan(text: str) -> LvsPlan:
    return plan_lvs(load_text(text).config)


def site(defs: str = "", server: str = "") -> list[tuple[str | None, ...]]:
    return [pool.settings.owners for pool in plan(SITE % {"globals": defs, "server": server}).pools]


def one(body: str, head: str = "203.0.113.1 80") -> PoolSettings:
    (pool,) = plan(f"virtual_server {head} {{\n lb_algo rr\n lb_kind NAT\n protocol TCP\n {body}\n}}\n").pools
    return pool.settings


class TestOwners:
    def test_a_service_belongs_to_the_instance_with_its_address_excluded_or_not(self) -> None:
        assert [("OUTSIDE",), ("OUTSIDE",), (None,)] == site()

    def test_the_switch_for_all_gives_keepalived_s_behaviour(self) -> None:
        assert [(None,), (None,), (None,)] == site("# pykeepalived: ipvs_follows_vrrp false")

    def test_the_switch_of_one_service_wins(self) -> None:
        follow = "# pykeepalived: ipvs_follows_vrrp "
        assert [(None,), ("OUTSIDE",), (None,)] == site(server=follow + "false")
        assert [("OUTSIDE",), (None,), (None,)] == site(follow + "false", follow + "true")

    def test_a_group_follows_address_by_address(self) -> None:
        text = SITE % {"globals": "", "server": ""} + (
            "virtual_server_group G {\n 203.0.113.1-2 443\n fwmark 3\n}\n"
            "virtual_server group G {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n"
            " real_server 192.0.2.11 443 {\n }\n}\n"
        )
        assert ("OUTSIDE", None, None) == plan(text).pools[-1].settings.owners

    def test_of_two_instances_with_one_address_the_first_owns_it(self) -> None:
        text = SITE % {"globals": "", "server": ""}
        again = text[text.index("vrrp_instance") : text.index("virtual_server")].replace("OUTSIDE", "B")
        owners = address_owners(load_text(text + again).config)

        assert {IPv4Address("203.0.113.1"): "OUTSIDE", IPv6Address("2001:db8::1"): "OUTSIDE"} == owners


class TestNames:
    """As keepalived writes them into its log, FIFOs and mails."""

    @pytest.mark.parametrize(
        ("head", "label", "server"),
        [
            ("203.0.113.1 80", "[203.0.113.1]:tcp:80", "[192.0.2.11]:tcp:8080"),
            ("fwmark 7", "FWM 7", "[192.0.2.11]:none:8080"),
        ],
    )
    def test_service_and_server(self, head: str, label: str, server: str) -> None:
        settings = one("real_server 192.0.2.11 8080 {\n }", head)

        assert (label, server) == (settings.label, settings.servers[0].label)

    def test_each_use_of_a_group_has_its_number(self) -> None:
        server = " lb_algo rr\n lb_kind NAT\n protocol {}\n real_server 192.0.2.11 80 {{\n }}\n"
        text = "virtual_server_group G {\n 203.0.113.1 80\n}\n" + "".join(
            f"virtual_server group G {{\n{server.format(protocol)}}}\n" for protocol in ("TCP", "UDP")
        )
        assert ["[G]:0", "[G]:1"] == [pool.settings.label for pool in plan(text).pools]

    def test_two_servers_of_one_address_are_told_apart(self) -> None:
        text = "virtual_server 203.0.113.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n %s\n}\n"
        body = text % "real_server 192.0.2.11 80 {\n }"
        identities = [pool.settings.identity for pool in plan(body * 2).pools]

        assert [("[203.0.113.1]:tcp:80", 0), ("[203.0.113.1]:tcp:80", 1)] == identities


class TestServers:
    CHECK = "TCP_CHECK {\n connect_timeout 1\n }"

    def test_alpha_starts_only_checked_servers_down_and_a_server_can_differ(self) -> None:
        settings = one(
            f"alpha\n real_server 192.0.2.11 80 {{\n {self.CHECK}\n }}\n"
            "real_server 192.0.2.12 80 {\n }\n"
            f"real_server 192.0.2.13 80 {{\n alpha no\n {self.CHECK}\n }}"
        )
        assert [True, False, False] == [server.starts_down for server in settings.servers]

    def test_inhibit_on_failure_is_inherited(self) -> None:
        settings = one(
            "inhibit_on_failure\n real_server 192.0.2.11 80 {\n }\n"
            "real_server 192.0.2.12 80 {\n inhibit_on_failure no\n }"
        )
        assert [True, False] == [server.inhibit_on_failure for server in settings.servers]

    def test_each_server_is_paired_with_its_block(self) -> None:
        text = (
            "virtual_server 203.0.113.1 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n"
            " real_server 192.0.2.11 8080 {\n weight 4\n }\n}\n"
        )
        (pool,) = plan(text).pools
        assert [(pool.settings.servers[0].key, 4)] == [(key, real.weight) for key, real in pool.servers]


class TestNotes:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (
                "virtual_server group NONE {\n lb_algo rr\n lb_kind NAT\n real_server 192.0.2.1 1 {\n }\n}",
                "NONE",
            ),
            (
                "virtual_server 203.0.113.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n}",
                "no usable real",
            ),
        ],
    )
    def test_what_is_left_out_is_said(self, text: str, words: str) -> None:
        planned = plan(text + "\n")

        assert () == planned.pools
        assert all(words in note for note in planned.notes)

    def test_a_server_of_the_other_family_is_named(self) -> None:
        text = (
            "virtual_server 203.0.113.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n"
            " real_server 2001:db8::1 80 {\n }\n real_server 192.0.2.11 80 {\n }\n}\n"
        )
        planned = plan(text)
        assert 1 == len(planned.pools[0].settings.servers)


class TestGlobals:
    def test_timeouts(self) -> None:
        config = load_text("global_defs {\n lvs_timeouts tcp 600 udp 30\n}\n").config
        assert IpvsTimeouts(600, 0, 30) == ipvs_timeouts(config)
        assert ipvs_timeouts(load_text("global_defs {\n}\n").config) is None

    def test_a_sync_daemon_takes_the_number_of_its_instance(self) -> None:
        config = load_text(SITE % {"globals": "lvs_sync_daemon eth1 OUTSIDE port 9000", "server": ""}).config
        instance, daemons = sync_daemons(config)

        assert "OUTSIDE" == instance
        assert [(SyncRole.MASTER, 51, 9000), (SyncRole.BACKUP, 51, 9000)] == [
            (daemon.role, daemon.sync_id, daemon.port) for daemon in daemons
        ]

    def test_no_sync_daemon(self) -> None:
        assert (None, ()) == sync_daemons(load_text("global_defs {\n}\n").config)
