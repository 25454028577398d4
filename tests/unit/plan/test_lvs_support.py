"""Around the IPVS table: marks for groups, source NAT, kernel parameters, sync daemon, process settings."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.lvs.service import Protocol
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.group_marks import MarkedRange
from pykeepalived.plan.health import plan_checks
from pykeepalived.plan.lvs_sysctls import (
    CONNTRACK,
    EXPIRE_NODEST_CONN,
    EXPIRE_QUIESCENT_TEMPLATE,
    FORWARD_4,
    FORWARD_6,
    SYNC_THRESHOLD,
    SysctlNeed,
)
from pykeepalived.plan.reloaded_marks import with_running_marks
from pykeepalived.plan.source_nat import NattedService, SourceNat, SourcePool

GROUP = "virtual_server_group G {\n 192.0.2.1 80\n 192.0.2.10-20 8080\n 192.0.2.30\n}\n"
INSTANCE = "vrrp_instance %s {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n  %s\n }\n}\n"


def plan(text: str) -> CheckerPlan:
    return plan_checks(load_text(text).config, lambda account: (0, 0, ()))


def service(
    head: str = "192.0.2.1 80", more: str = "", kind: str = "NAT", protocol: str = "TCP", server: str = ""
) -> str:
    address = "2001:db8:f::1" if "2001" in head else "198.51.100.1"
    return (
        f"virtual_server {head} {{\n lb_algo rr\n lb_kind {kind}\n protocol {protocol}\n {more}\n"
        f" real_server {address} 80 {{\n {server}\n }}\n}}\n"
    )


def needs(text: str) -> dict[str, SysctlNeed]:
    return {need.name: need for need in plan(text).support.sysctls}


class TestMarks:
    def test_a_group_becomes_one_service_per_protocol(self) -> None:
        found = plan(
            "global_defs {\n nftables_ipvs\n}\n"
            + GROUP
            + service("group G")
            + service("group G", protocol="UDP")
        )

        assert ["FWM 1000", "FWM 1001"] == [str(s.key) for pool in found.pools for s in pool.services]

    def test_the_ranges_are_those_of_the_group(self) -> None:
        found = plan("global_defs {\n nftables_ipvs MINE\n}\n" + GROUP + service("group G"))
        marks = found.support.marks

        assert marks is not None
        assert ("MINE", -1, False) == (marks.name, marks.priority, marks.counters)
        ends = [("192.0.2.1", "192.0.2.1", 80, 80), ("192.0.2.10", "192.0.2.20", 8080, 8080),
                ("192.0.2.30", "192.0.2.30", 0, 65535)]  # fmt: skip
        assert marks.ranges == tuple(
            MarkedRange(Protocol.TCP, IPv4Address(first), IPv4Address(last), low, high, 1000)
            for first, last, low, high in ends
        )

    def test_a_group_of_both_families_becomes_two_services(self) -> None:
        group = "virtual_server_group G {\n 192.0.2.1 80\n 2001:db8::1 80\n}\n"
        found = plan("global_defs {\n nftables_ipvs\n}\n" + group + service("group G", kind="TUN"))

        assert [(2, 1000), (10, 1000)] == [(s.key.family, s.key.fwmark) for s in found.pools[0].services]

    def test_marks_start_where_the_file_says_and_avoid_written_ones(self) -> None:
        text = "global_defs {\n nftables_ipvs\n nftables_ipvs_start_fwmark 7\n}\n" + GROUP
        marked = (
            "virtual_server fwmark 7 {\n lb_algo rr\n lb_kind NAT\n real_server 198.51.100.1 80 {\n }\n}\n"
        )
        found = plan(text + service("group G") + marked)

        assert ["FWM 8", "FWM 7"] == [str(s.key) for pool in found.pools for s in pool.services]

    @pytest.mark.parametrize(
        ("globals_", "group"),
        [("", GROUP), ("nftables_ipvs", "virtual_server_group G {\n fwmark 3\n 192.0.2.1 80\n}\n")],
    )
    def test_without_it_or_with_a_written_mark_everything_is_as_ever(self, globals_: str, group: str) -> None:
        found = plan(f"global_defs {{\n {globals_}\n}}\n" + group + service("group G"))

        assert found.support.marks is None
        assert "[192.0.2.1]:tcp:80" in [str(s.key) for s in found.pools[0].services]

    def test_the_service_follows_the_instance_that_has_all_addresses(self) -> None:
        group = "virtual_server_group G {\n 192.0.2.1 80\n 192.0.2.2 80\n}\n"
        text = "global_defs {\n nftables_ipvs\n}\n" + group + service("group G")
        one = INSTANCE % ("A", "192.0.2.1\n  192.0.2.2")
        two = INSTANCE % ("A", "192.0.2.1")

        assert ("A",) == plan(text + one).pools[0].owners
        assert (None,) == plan(text + two).pools[0].owners

    def test_a_reload_leaves_every_group_its_mark(self) -> None:
        """Another mark would be another service, and connections would die with the old one."""
        head = "global_defs {\n nftables_ipvs\n}\n"
        other = GROUP.replace(" G ", " NEW ").replace("192.0.2", "203.0.113")
        running = plan(head + GROUP + service("group G", "# pykeepalived: source_nat masquerade"))
        new = plan(head + other + GROUP + service("group NEW") + service("group G"))
        assert ["FWM 1000", "FWM 1001"] == [str(pool.services[0].key) for pool in new.pools]

        found = with_running_marks(running, new)

        assert ["FWM 1001", "FWM 1000"] == [str(pool.services[0].key) for pool in found.pools]
        assert found.support.marks is not None
        assert {"192.0.2.1": 1000, "203.0.113.1": 1001} == {
            str(one.first): one.mark for one in found.support.marks.ranges if str(one.first).endswith(".1")
        }

    def test_a_reload_that_changes_no_mark_changes_nothing(self) -> None:
        text = "global_defs {\n nftables_ipvs\n}\n" + GROUP + service("group G")

        assert plan(text) == with_running_marks(plan(text), plan(text))


class TestSourceNat:
    def test_masquerade(self) -> None:
        found = plan(service(more="# pykeepalived: source_nat masquerade"))

        natted = NattedService(2, Protocol.TCP, IPv4Address("192.0.2.1"), 80, 80)
        assert SourceNat((SourcePool(2, None, None, (natted,)),)) == found.support.source_nat

    def test_services_of_one_pool_share_a_rule(self) -> None:
        more = "# pykeepalived: source_nat 198.51.100.5-198.51.100.9 2001:db8:f::5"
        text = service(more=more) + service("192.0.2.2 80", more) + service("2001:db8::1 80", more)
        found = plan(text).support.source_nat

        assert found is not None
        assert [
            (2, IPv4Address("198.51.100.5"), IPv4Address("198.51.100.9"), 2),
            (10, IPv6Address("2001:db8:f::5"), IPv6Address("2001:db8:f::5"), 1),
        ] == [(pool.family, pool.first, pool.last, len(pool.services)) for pool in found.pools]

    def test_a_service_without_a_port_is_all_ports(self) -> None:
        more = "persistence_timeout 60\n # pykeepalived: source_nat masquerade"
        found = plan(service("192.0.2.1", more)).support.source_nat

        assert found is not None
        assert (0, 65535) == (found.pools[0].services[0].first_port, found.pools[0].services[0].last_port)

    def test_a_family_without_an_address_is_told_of(self) -> None:
        found = plan(service("2001:db8::1 80", "# pykeepalived: source_nat 198.51.100.5"))

        assert found.support.source_nat is None
        assert any("names no IPv6 address" in note for note in found.notes)

    def test_direct_routing_has_nothing_to_translate(self) -> None:
        found = plan(service(kind="DR", more="# pykeepalived: source_nat masquerade"))

        assert found.support.source_nat is None
        assert any("no server is forwarded to by NAT" in note for note in found.notes)

    def test_daemons_with_an_instance_have_tables_of_their_own(self) -> None:
        found = plan("instance blue\n" + service(more="# pykeepalived: source_nat masquerade"))

        assert found.support.source_nat is not None
        assert "pykeepalived_source_nat_blue" == found.support.source_nat.name


class TestSysctls:
    def test_source_nat_sets_conntrack_in_any_case(self) -> None:
        assert needs(service(more="# pykeepalived: source_nat masquerade"))[CONNTRACK].set

    def test_nat_needs_forwarding_of_its_family(self) -> None:
        assert {FORWARD_4} == set(needs(service()))
        assert {FORWARD_6} == set(needs(service("2001:db8::1 80")))
        assert set() == set(needs(service(kind="DR")))

    def test_persistence_with_inhibited_servers(self) -> None:
        found = needs(service(kind="DR", more="persistence_timeout 60\n inhibit_on_failure"))

        assert {EXPIRE_QUIESCENT_TEMPLATE} == set(found)

    def test_udp_with_checks(self) -> None:
        checked = "MISC_CHECK {\n misc_path /bin/true\n }"

        assert {EXPIRE_NODEST_CONN} == set(needs(service(kind="DR", protocol="UDP", server=checked)))
        assert set() == set(needs(service(kind="DR", protocol="UDP")))

    def test_a_sync_daemon(self) -> None:
        need = needs("global_defs {\n lvs_sync_daemon eth0\n}\n")[SYNC_THRESHOLD]

        assert not need.set
        assert need.is_met_by("2\t50")
        assert not need.is_met_by("3\t50")
        assert not need.is_met_by("1\t50")

    def test_needed_sets_all_of_them(self) -> None:
        text = "global_defs {\n # pykeepalived: ipvs_sysctl needed\n}\n" + service()

        assert [True] == [need.set for need in needs(text).values()]

    def test_a_written_parameter_is_set_and_wins(self) -> None:
        text = (
            "global_defs {\n lvs_sync_daemon eth0\n # pykeepalived: ipvs_sysctl sync_threshold 5 100\n"
            " # pykeepalived: ipvs_sysctl net.ipv4.vs.drop_entry 1\n}\n"
        )
        found = needs(text)

        assert (True, "5 100") == (found[SYNC_THRESHOLD].set, found[SYNC_THRESHOLD].value)
        assert "1" == found["net/ipv4/vs/drop_entry"].value


def test_a_sync_daemon_of_an_unknown_instance_is_left_out() -> None:
    found = plan("global_defs {\n lvs_sync_daemon eth0 inst NOBODY\n}\n")

    assert found.support.sync is None
    assert any("there is no vrrp_instance NOBODY" in note for note in found.notes)


def test_the_old_form_of_the_sync_daemon_follows_its_instance() -> None:
    text = (INSTANCE % ("A", "192.0.2.1")).replace(
        "interface", "lvs_sync_daemon_interface eth1\n interface", 1
    )
    sync = plan(text).support.sync

    assert sync is not None
    assert ("A", {"eth1"}, {51}) == (
        sync.instance, {one.interface for one in sync.daemons}, {one.sync_id for one in sync.daemons}
    )  # fmt: skip


def test_how_the_checker_process_runs() -> None:
    text = "checker_priority -5\n checker_no_swap\n checker_cpu_affinity 0 1\n checker_rt_priority 7\n"
    found = plan("global_defs {\n" + text + "}\n").process

    assert (7, -5, (0, 1), True, 10000) == (
        found.realtime_priority, found.nice, found.cpus, found.lock_memory, found.rlimit_rttime_us
    )  # fmt: skip
