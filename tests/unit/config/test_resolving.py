"""Defaults that follow from others, and what must agree across lines and blocks."""

import importlib.util
from pathlib import Path

import pytest

from pykeepalived.config.load import load_text

_spec = importlib.util.spec_from_file_location("support_config", Path(__file__).parent / "support_config.py")
support = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(support)

SERVICE = "virtual_server 192.0.2.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n%s\n}\n"
SERVER = " real_server 198.51.100.1 80 {\n }\n"


def instance(extra="", name="A", vrid=7, address="192.0.2.1"):
    return (
        f"vrrp_instance {name} {{\n interface eth0\n virtual_router_id {vrid}\n"
        f" virtual_ipaddress {{\n {address}\n }}\n{extra}\n}}\n"
    )


def instance_of(text):
    return support.load_here(text).config.vrrp_instances[0]


class TestInstance:
    @pytest.mark.parametrize(
        ("extra", "code"),
        [
            ("advert_int 1.5", "advert-interval"),
            ("version 3\nadvert_int 0.015", "advert-interval"),
            ("state MASTER\npriority 150\nnopreempt", "nopreempt-master"),
            ("priority 255\nnopreempt", "nopreempt-owner"),
            ("state MASTER\npreempt_delay 5", "preempt-delay"),
            ("nopreempt\npreempt_delay 5", "preempt-delay"),
            ("strict_mode\npreempt_delay 5", "preempt-delay"),
            ("version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}", "authentication"),
            ("strict_mode\nauthentication {\nauth_type PASS\nauth_pass x\n}", "authentication"),
            ("strict_mode\nstate MASTER\npriority 100", "strict"),
            ("unicast_src_ip 192.0.2.9", "no-peers"),
            ("track_interface {\neth0\n}", "own-interface"),
            ("owner_ignore_adverts", "contradiction"),
            ("mcast_dst_ip ff02::99", "family-mismatch"),
            ("timer_expired_backup", "contradiction"),
        ],
    )
    def test_a_contradiction_is_reported_once(self, extra, code):
        assert [code] == support.codes(support.load_here(instance(extra)))

    def test_master_without_priority_is_the_owner(self):
        assert 255 == instance_of(instance("state MASTER")).priority

    def test_priority_255_without_state_is_master(self):
        assert "MASTER" == instance_of(instance("priority 255")).state

    def test_ipv6_means_version_3(self):
        assert 3 == instance_of(instance(address="fe80::1")).version

    def test_the_group_fixes_the_family_too(self):
        words = "mcast_dst_ip ff02::9\nno_virtual_ipaddress"
        found = instance_of(f"vrrp_instance A {{\ninterface eth0\nvirtual_router_id 7\n{words}\n}}\n")
        assert 3 == found.version

    def test_a_v2_interval_becomes_whole_seconds(self):
        assert 2.0 == instance_of(instance("advert_int 1.5")).advert_int

    def test_garp_values_come_from_global_defs_unless_given(self):
        text = "global_defs {\n vrrp_garp_master_repeat 2\n vrrp_garp_master_delay 8\n}\n"
        found = instance_of(text + instance("garp_master_delay 3"))

        assert (2, 3) == (found.garp_master_repeat, found.garp_master_delay)
        # As in 2.4.3, and not as its manual says: the global value, whatever the instance has for the others.
        assert (2, 8) == (found.garp_lower_prio_repeat, found.garp_lower_prio_delay)

    def test_vrrp_min_garp_sends_one_burst_of_one(self):
        found = instance_of("global_defs {\n vrrp_min_garp\n}\n" + instance())

        assert (1, 0) == (found.garp_master_repeat, found.garp_master_delay)

    def test_the_usual_weight_of_a_script_does_not_count_for_an_address_owner_either(self):
        script = "vrrp_script s {\n script /usr/bin/true\n weight %d\n}\n"
        owner = instance("priority 255\ntrack_script {\n s\n}")

        assert "owner-weight" in support.codes(support.load_here(script % 5 + owner))
        assert "owner-weight" not in support.codes(support.load_here(script % 0 + owner))

    def test_without_an_interface_an_address_needs_one_of_its_own(self):
        text = instance("unicast_src_ip 192.0.2.5\nunicast_peer {\n192.0.2.6\n}").replace(
            "interface eth0", ""
        )
        more = text.replace("192.0.2.1\n", "192.0.2.1\n192.0.2.2 dev eth1\n", 1)
        loaded = support.load_here(more)

        assert ["no-interface"] == support.codes(loaded)
        assert ["192.0.2.2"] == [str(v.address) for v in loaded.config.vrrp_instances[0].virtual_ipaddress]

    def test_a_vrid_is_used_once_per_interface_and_family(self):
        text = instance() + instance(name="B", address="192.0.2.2")
        loaded = support.load_here(text)

        assert ["duplicate-vrid"] == support.codes(loaded)
        assert ["A"] == [i.name for i in loaded.config.vrrp_instances]

    @pytest.mark.parametrize(
        ("first", "second", "alike"),
        [
            ("use_vmac", "use_vmac", True),
            ("mcast_dst_ip 224.0.0.99", "", False),
            ("unicast_peer {\n192.0.2.9\n}", "unicast_peer {\n192.0.2.9\n192.0.2.8\n}", True),
            ("unicast_peer {\n192.0.2.9\n}", "unicast_peer {\n192.0.2.8\n}", False),
            ("unicast_peer {\n192.0.2.9\n}", "", False),
            ("unicast_src_ip 192.0.2.5\nunicast_peer {\n192.0.2.9\n}", "unicast_peer {\n192.0.2.9\n}", False),
        ],
    )
    def test_who_may_share_a_vrid(self, first, second, alike):
        loaded = load_text(instance(first) + instance(second, name="B", address="192.0.2.2"))

        assert alike == (1 == len(loaded.config.vrrp_instances))

    def test_one_message_for_each_pair_and_groups_are_spoken_of_before(self):
        group = "vrrp_sync_group G {\n group {\n B\n }\n}\n"
        text = "".join(instance(name=name, address=f"192.0.2.{n}") for n, name in enumerate("ABC", 1))
        loaded = support.load_here(text + group)

        assert ["single-member", *["duplicate-vrid"] * 3] == support.codes(loaded)
        assert ((), ["A"]) == (loaded.config.vrrp_sync_groups, [i.name for i in loaded.config.vrrp_instances])

    def test_both_families_may_share_a_vrid(self):
        assert [] == support.codes(support.load_here(instance() + instance(name="B", address="fe80::1")))

    def test_an_interface_that_is_not_there_ends_the_checks_of_vrrp(self):
        text = instance().replace("eth0", "nosuch") + instance("state MASTER\nnopreempt", "B", 8, "192.0.2.2")

        assert ["unknown-interface", "unknown-interface"] == support.codes(support.load_here(text))

    def test_with_dynamic_interfaces_it_may_come_later(self):
        text = "global_defs {\n dynamic_interfaces\n}\n" + instance().replace("eth0", "nosuch")

        assert [] == support.codes(support.load_here(text))

    def test_without_a_host_nothing_is_asked(self):
        assert () == load_text(instance("notify /no/such/script").replace("eth0", "nosuch")).errors


class TestGroups:
    def test_a_group_of_one_is_reported_and_kept(self):
        loaded = support.load_here(instance() + "vrrp_sync_group G {\n group {\n A\n }\n}\n")

        assert ["single-member"] == support.codes(loaded)
        assert 1 == len(loaded.config.vrrp_sync_groups)

    def test_an_address_owner_is_not_grouped_with_a_backup(self):
        owner, backup = instance("state MASTER\npriority 255"), instance("state BACKUP", "B", 8, "192.0.2.2")
        group = "vrrp_sync_group G {{\n group {{\n {}\n {}\n }}\n}}\n"

        assert ["contradiction"] == support.codes(support.load_here(owner + backup + group.format("A", "B")))
        assert [] == support.codes(support.load_here(owner + backup + group.format("B", "A")))

    def test_unknown_members_leave_no_group(self):
        loaded = support.load_here(instance() + "vrrp_sync_group G {\n group {\n X\n Y\n }\n}\n")

        assert ["unknown-member", "unknown-member", "empty-group"] == support.codes(loaded)
        assert () == loaded.config.vrrp_sync_groups


class TestServices:
    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (" lb_algo rr\n", "", "no-scheduler"),
            (" lb_kind NAT\n", "", "no-method"),
            (" protocol TCP\n", "", "no-protocol"),
            ("192.0.2.1 80", "192.0.2.1", "no-port"),
            (SERVER, SERVER + SERVER, "duplicate-server"),
            (SERVER, " quorum 2\n" + SERVER, "quorum"),
            (SERVER, " hysteresis 1\n" + SERVER, "hysteresis"),
            (SERVER, " ops\n" + SERVER, "ops"),
            ("NAT", "DR\n real_server 198.51.100.2 81 {\n }", "direct-port"),
        ],
    )
    def test_what_is_missing_or_contradicts_is_reported_once(self, old, new, code):
        text = (SERVICE % SERVER).replace(old, new, 1)

        assert [code] == support.codes(support.load_here(text))

    @pytest.mark.parametrize(
        ("port", "method", "codes", "left"),
        [
            (" 90", "DR", ["direct-port", "sorry-port"], (90, 90)),
            (" 90", "TUN", ["tunnel-port", "sorry-port"], (90, 90)),
            (" 90", "NAT", [], (80, 81)),
            ("", "DR", ["direct-port", "sorry-port"], (None, None)),
        ],
    )
    def test_only_nat_translates_ports_of_real_and_sorry_servers(self, port, method, codes, left):
        text = (SERVICE % (SERVER + " sorry_server 198.51.100.9 81\n persistence_timeout 5\n")).replace(
            "192.0.2.1 80", f"192.0.2.1{port}"
        )
        loaded = support.load_here(text.replace("NAT", method))
        service = loaded.config.virtual_servers[0]

        assert codes == support.codes(loaded)
        assert left == (service.real_servers[0].port, service.sorry_server.port)

    @pytest.mark.parametrize(
        ("check", "codes"),
        [
            ("BFD_CHECK {\n name nope\n }", ["unknown-name"]),
            ("BFD_CHECK {\n }", ["missing-keyword"]),
            ("FILE_CHECK {\n track_file nope\n }", ["unknown-name", "missing-keyword"]),
            ("MISC_CHECK {\n misc_path ''\n }", ["no-misc-path"]),
            ("DNS_CHECK {\n name a..b\n }", ["bad-domain"]),
        ],
    )
    def test_checkers_without_what_they_need(self, check, codes):
        server = f" real_server 198.51.100.1 80 {{\n {check}\n }}\n"

        assert codes == support.codes(support.load_here(SERVICE % server))

    def test_defaults_that_keepalived_takes(self):
        text = f"virtual_server 192.0.2.1 80 {{\n{SERVER}}}\n"
        service = support.load_here(text).config.virtual_servers[0]

        assert ("UDP", "wlc", "NAT") == (service.protocol, service.lb_algo, service.lb_kind.method)

    def test_a_checker_inherits_from_its_server_and_service(self):
        text = SERVICE % (
            " delay_loop 7\n retry 4\n"
            " real_server 198.51.100.1 81 {\n connect_timeout 2\n TCP_CHECK {\n }\n }\n"
        )
        checker = support.load_here(text).config.virtual_servers[0].real_servers[0].checkers[0]

        assert (7.0, 4, 2.0, 81) == (
            checker.delay_loop, checker.retry, checker.connect_timeout, checker.connect_port,
        )  # fmt: skip

    def test_a_service_without_real_servers_is_left_out(self):
        loaded = support.load_here(SERVICE % "")

        assert ["no-real-servers"] == support.codes(loaded)
        assert () == loaded.config.virtual_servers


class TestScripts:
    def test_scripts_without_script_security_are_class_6(self):
        assert 6 == support.load_here(instance("notify /usr/bin/true")).exit_status

    def test_a_tracked_script_that_is_missing_is_an_error(self):
        text = "vrrp_script s {\n script /no/such\n}\n" + instance("track_script {\n s\n}")

        assert ["script-missing"] == support.codes(support.load_here(text))

    def test_a_notify_script_that_is_missing_is_only_logged(self):
        loaded = support.load_here(instance("notify /no/such"))

        assert 0 == loaded.exit_status
        assert "script-missing" in [d.code for d in loaded.diagnostics]

    def test_security_needs_an_account(self):
        text = "global_defs {\n enable_script_security\n}\n" + instance("notify /usr/bin/true")

        assert ["no-script-user"] == support.codes(support.load_here(text))


class TestWrittenPort:
    """keepalived's checkers ask the port that the file gives the server, before a service replaces it."""

    @pytest.mark.parametrize("method", ["DR", "TUN"])
    def test_checker_asks_the_written_port_where_the_service_uses_its_own(self, method):
        text = SERVICE.replace("lb_kind NAT", f"lb_kind {method}")
        text %= " real_server 198.51.100.1 8080 {\n TCP_CHECK {\n }\n }"
        (server,) = support.load_here(text).config.virtual_servers[0].real_servers

        assert (80, 8080) == (server.port, server.checkers[0].connect_port)

    def test_a_server_of_a_firewall_mark_keeps_the_port_for_its_checker(self):
        text = "virtual_server fwmark 5 {\n lb_algo rr\n lb_kind DR\n"
        text += " real_server 198.51.100.1 8080 {\n TCP_CHECK {\n }\n }\n}\n"
        (server,) = support.load_here(text).config.virtual_servers[0].real_servers

        assert (None, 8080) == (server.port, server.checkers[0].connect_port)


class TestFamilyOfAService:
    @pytest.mark.parametrize(
        ("header", "lines"),
        [
            ("192.0.2.1 80", ""),
            ("fwmark 7", "ip_family inet\n"),
            ("fwmark 7", " real_server 198.51.100.1 80 {\n }\n"),
        ],
    )
    def test_an_ipv6_server_does_not_fit_an_ipv4_service(self, header, lines):
        server = " real_server 2001:db8::1 80 {\n }\n"
        text = f"virtual_server {header} {{\n lb_algo rr\n lb_kind NAT\n{lines}{server}}}\n"
        assert "service-family" in support.codes(support.load_here(text))

    def test_a_sorry_server_of_another_family_is_left_out(self):
        loaded = support.load_here(SERVICE % f" sorry_server 2001:db8::1 80\n{SERVER}")
        assert ["service-family"] == support.codes(loaded)
        assert loaded.config.virtual_servers[0].sorry_server is None

    def test_only_a_tunnel_crosses_families(self):
        text = (SERVICE % f" sorry_server 2001:db8::1 80\n{SERVER}").replace("NAT", "TUN")
        assert [] == support.codes(support.load_here(text))

    def test_a_sorry_server_alone_makes_no_service(self):
        assert ["no-real-servers"] == support.codes(
            support.load_here(SERVICE % " sorry_server 192.0.2.9 80\n")
        )


class TestUnicastWords:
    @pytest.mark.parametrize("word", ["check_unicast_src", "unicast_peer {\n}", "unicast_src_ip 192.0.2.9"])
    def test_a_vmac_with_unicast_words_needs_xmit_base(self, word):
        found = support.codes(support.load_here(instance(f" use_vmac\n {word}")))
        assert ["vmac-unicast", "no-peers"] == found

    def test_a_fault_without_peers_is_no_error(self):
        assert [] == support.codes(support.load_here(instance(" unicast_fault_no_peer")))


def test_a_sync_group_without_a_list_of_members_is_removed():
    loaded = support.load_here("vrrp_sync_group G {\n smtp_alert\n}\n")
    assert ["empty-list"] == support.codes(loaded)
    assert () == loaded.config.vrrp_sync_groups


def test_after_a_second_list_of_members_the_rest_of_the_block_is_read_outside():
    text = instance() + "vrrp_sync_group G {\n group {\n A\n }\n group {\n B\n }\n smtp_alert\n}\n"
    loaded = support.load_here(text)
    assert {"repeated-keyword", "unknown-keyword", "stray-brace"} == set(support.codes(loaded))
    assert () == loaded.config.vrrp_sync_groups


class TestFifos:
    def test_a_pipe_without_an_owner_needs_the_account_of_scripts(self):
        text = "global_defs {\n enable_script_security\n vrrp_notify_fifo /run/f\n}\n"
        assert ["no-script-user"] == support.codes(support.load_here(text))

    @pytest.mark.parametrize("lines", ["script_user root\nnotify_fifo /f", "notify_fifo /f root"])
    def test_an_owner_of_its_own_or_of_scripts_will_do(self, lines):
        text = f"global_defs {{\nenable_script_security\n{lines}\n}}\n"
        assert [] == support.codes(support.load_here(text))


def test_a_word_that_is_wrong_after_use_vmac_is_passed_over():
    loaded = support.load_here(instance(" use_vmac vrrp.7 /bad 33:33:33:33:33:33 2:0:0:0:1"))
    assert ["bad-vmac", "bad-vmac"] == support.codes(loaded)
    assert ("vrrp.7", b"\2\0\0\0\1") == (
        loaded.config.vrrp_instances[0].use_vmac.name, loaded.config.vrrp_instances[0].use_vmac.mac
    )  # fmt: skip


def test_a_vmac_with_unicast_on_an_interface_that_is_not_there_is_given_up():
    text = instance(" use_vmac\n unicast_peer {\n 192.0.2.9\n }").replace("eth0", "nosuch")
    assert "vmac-unicast" in support.codes(support.load_here(text))


def test_a_word_that_is_wrong_after_use_ipvlan_is_passed_over():
    loaded = support.load_here(instance(" use_ipvlan ipv0 bridge vepa 192.0.2.8/24 192.0.2.9 2001:db8::1 x"))
    ipvlan = loaded.config.vrrp_instances[0].use_ipvlan
    assert ["bad-ipvlan"] * 4 == support.codes(loaded)
    assert ("ipv0", "bridge", "192.0.2.8", 24) == (
        ipvlan.name, ipvlan.mode, str(ipvlan.address), ipvlan.prefix_length
    )  # fmt: skip


def test_the_address_of_an_ipvlan_is_of_the_family_of_its_instance():
    loaded = support.load_here(instance(" use_ipvlan ipv0 2001:db8::1"))
    assert {"family-mismatch", "ipvlan-address"} == set(support.codes(loaded))
