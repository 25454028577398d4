import string

import pytest

from pykeepalived.base.errors import UsageError
from pykeepalived.config.load import load_text
from pykeepalived.lab import examples
from pykeepalived.lab.derive import derive
from pykeepalived.lab.derive_lans import Source
from pykeepalived.lab.layout import Layout, Leg, Listen, RealServerSetting, Speaks

SERVER = "real_server {} 80 {{ weight {} TCP_CHECK {{ connect_timeout 1 }} }}"


def site(*texts: str) -> Layout:
    sources = [
        Source(name, load_text(text).config)
        for name, text in zip(string.ascii_lowercase, texts, strict=False)
    ]
    return derive(sources, "test", "test")


def instance(words: str, *, interface: str = "eth0", vrid: int = 10, name: str = "one") -> str:
    return f"vrrp_instance {name} {{\n interface {interface}\n virtual_router_id {vrid}\n {words}\n}}\n"


def vips(*lines: str) -> str:
    return "virtual_ipaddress {\n" + "\n".join(lines) + "\n}"


def service(words: str, *, kind: str = "NAT", address: str = "192.0.2.100", algo: str = "rr") -> str:
    return f"virtual_server {address} 80 {{\n lb_algo {algo}\n lb_kind {kind}\n protocol TCP\n {words}\n}}\n"


def own(layout: Layout, machine: str) -> dict[str, tuple[str, ...]]:
    """Interface -> addresses."""
    return {leg.interface: leg.addresses for leg in layout.machine(machine).legs}


class TestTheShippedExamples:
    def test_nat_has_two_networks_and_servers_behind_the_gateway_vip(self) -> None:
        layout = examples.find("nat")

        assert {"eth0": ("192.0.2.1/24",), "eth1": ("198.51.100.1/24",)} == own(layout, "a")
        assert (RealServerSetting("nat", ("198.51.100.254",)),) == layout.machine("rs1").settings
        assert layout.machine("a").forwards
        assert {"rs1": 1, "rs2": 1} == layout.shares

    def test_tun_puts_a_router_between(self) -> None:
        layout = examples.find("tun")

        assert ("203.0.113.0/24 via 192.0.2.254",) == layout.machine("a").routes
        assert ("default via 203.0.113.254",) == layout.machine("rs1").routes
        assert layout.machine("router").forwards

    def test_dr_keeps_the_weights(self) -> None:
        assert {"rs1": 2, "rs2": 1} == examples.find("dr").shares

    def test_vrrp_alone_is_answered_by_the_directors(self) -> None:
        layout = examples.find("vrrp")

        assert ("a", "b") == layout.servers
        assert not layout.needs_ipvs


class TestWhoIsPluggedInWhere:
    def test_one_virtual_router_joins_interfaces_of_different_names(self) -> None:
        layout = site(
            instance(vips("192.0.2.100/24"), interface="ens3"),
            instance(vips("192.0.2.100/24"), interface="enp0s8"),
        )

        assert layout.machine("a").legs[0].segment == layout.machine("b").legs[0].segment
        assert {"enp0s8": ("192.0.2.2/24",)} == own(layout, "b")

    def test_one_vrid_on_two_interfaces_is_told_apart_by_the_addresses(self) -> None:
        outside = instance(vips("192.0.2.100/24"), interface="eth0", name="o")
        inside = instance(vips("198.51.100.1/24"), interface="eth1", name="i")
        crossed = instance(vips("198.51.100.1/24"), interface="eth0", name="i")
        layout = site(
            outside + inside, crossed + instance(vips("192.0.2.100/24"), interface="eth1", name="o")
        )
        segment = {(name, leg.interface): leg.segment for name in "ab" for leg in layout.machine(name).legs}

        assert segment["a", "eth0"] == segment["b", "eth1"]
        assert segment["a", "eth1"] == segment["b", "eth0"]

    def test_an_interface_that_is_only_tracked_is_there_too(self) -> None:
        layout = site(instance("track_interface {\n eth7\n}\n" + vips("192.0.2.100/24")))

        assert "eth7" in own(layout, "a")

    def test_an_interface_that_the_daemon_makes_is_not(self) -> None:
        layout = site(instance("use_vmac vrrp10\n" + vips("192.0.2.100/24 dev vrrp10")))

        assert ["eth0"] == list(own(layout, "a"))


class TestAddresses:
    def test_unicast_sources_are_taken(self) -> None:
        first = instance("unicast_src_ip 10.0.0.7\nunicast_peer {\n 10.0.0.9\n}\n" + vips("10.0.0.100/24"))
        second = instance("unicast_src_ip 10.0.0.9\nunicast_peer {\n 10.0.0.7\n}\n" + vips("10.0.0.100/24"))
        layout = site(first, second)

        assert {"eth0": ("10.0.0.7/24",)} == own(layout, "a")
        assert {"eth0": ("10.0.0.9/24",)} == own(layout, "b")

    def test_without_a_source_one_is_what_the_other_calls_its_peer(self) -> None:
        layout = site(
            instance("unicast_peer {\n 10.0.0.9\n}\n" + vips("10.0.0.100/24")),
            instance("unicast_peer {\n 10.0.0.7\n}\n" + vips("10.0.0.100/24")),
        )

        assert {"eth0": ("10.0.0.7/24",)} == own(layout, "a")
        assert {"eth0": ("10.0.0.9/24",)} == own(layout, "b")

    def test_of_three_each_is_the_peer_that_the_others_have_in_common(self) -> None:
        peers = {"a": (".2", ".3"), "b": (".1", ".3"), "c": (".1", ".2")}
        layout = site(
            *(
                instance(
                    "unicast_peer {\n"
                    + "\n".join(f"10.0.0{peer}" for peer in known)
                    + "\n}\n"
                    + vips("10.0.0.9/24")
                )
                for known in peers.values()
            )
        )

        assert ["10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24"] == [own(layout, n)["eth0"][0] for n in "abc"]

    def test_an_address_of_the_files_is_given_to_nobody_else(self) -> None:
        layout = site(instance(vips("192.0.2.1/24", "192.0.2.2/24")), instance(vips("192.0.2.1/24")))

        assert {"eth0": ("192.0.2.3/24",)} == own(layout, "a")
        assert {"eth0": ("192.0.2.4/24",)} == own(layout, "b")

    def test_an_address_without_a_prefix_gets_a_network_and_a_note(self) -> None:
        layout = site(instance(vips("10.1.2.3")))

        assert {"eth0": ("10.1.2.1/24",)} == own(layout, "a")
        assert any("10.1.2.3 has no network in the files: 10.1.2.0/24 taken" in note for note in layout.notes)

    def test_a_small_network_is_enough(self) -> None:
        layout = site(instance(vips("10.1.2.4/29")), instance(vips("10.1.2.4/29")))

        assert {"eth0": ("10.1.2.1/29",)} == own(layout, "a")
        assert (Leg("eth0", "net1", ("10.1.2.6/29",)),) == layout.machine("client").legs

    def test_the_gateway_of_a_route_is_a_router(self) -> None:
        layout = site(instance("virtual_routes {\n 10.9.0.0/16 via 192.0.2.9\n}\n" + vips("192.0.2.100/24")))

        assert {"eth0": ("192.0.2.9/24",)} == own(layout, "router")


class TestRealServers:
    def test_a_network_that_no_interface_is_in_gets_one_more_card(self) -> None:
        layout = site(instance(vips("192.0.2.100/24")) + service(SERVER.format("10.5.0.7", 1)))

        assert {"eth0": ("192.0.2.1/24",), "lab0": ("10.5.0.1/24",)} == own(layout, "a")
        assert any("get one more" in note for note in layout.notes)

    def test_nat_within_one_network_keeps_the_client_out_of_it(self) -> None:
        layout = site(instance(vips("192.0.2.100/24")) + service(SERVER.format("192.0.2.7", 1)))
        client = layout.machine("client")

        assert ("203.0.113.10/24",) == client.legs[0].addresses
        assert ("192.0.2.100 dev eth0",) == client.routes
        assert ("203.0.113.0/24 dev eth0",) == layout.machine("a").routes
        assert (RealServerSetting("nat", ("192.0.2.100",)),) == layout.machine("rs1").settings

    @pytest.mark.parametrize(
        ("check", "port", "speaks"),
        [
            ("SSL_GET { url { path / } }", 80, Speaks.TLS),
            ("SMTP_CHECK { }", 80, Speaks.SMTP),
            ("TCP_CHECK { connect_port 9999 }", 9999, Speaks.HTTP),
        ],
    )
    def test_checks_find_what_they_look_for(self, check: str, port: int, speaks: Speaks) -> None:
        real = (
            "real_server 192.0.2.7 80 {\n weight 1\n"
            + check.replace(" { ", " {\n").replace(" }", "\n}")
            + "\n}"
        )
        layout = site(instance(vips("192.0.2.100/24")) + service(real, kind="DR"))

        assert Listen("tcp", port, speaks) in layout.machine("rs1").listens

    def test_a_digest_cannot_be_met_and_that_is_said(self) -> None:
        check = "HTTP_GET {\n url {\n path /x\n digest 0123456789abcdef0123456789abcdef\n}\n}"
        real = f"real_server 192.0.2.7 80 {{\n weight 1\n{check}\n}}"
        layout = site(instance(vips("192.0.2.100/24")) + service(real, kind="DR"))

        assert any("digest of /x on 192.0.2.7 cannot be met" in note for note in layout.notes)

    def test_a_wanted_status_is_given(self) -> None:
        check = "HTTP_GET {\n url {\n path /x\n status_code 404\n}\n}"
        real = f"real_server 192.0.2.7 80 {{\n weight 1\n{check}\n}}"
        layout = site(instance(vips("192.0.2.100/24")) + service(real, kind="DR"))

        assert (("/x", 404),) == layout.machine("rs1").statuses

    def test_a_scheduler_that_sticks_to_clients_promises_no_shares(self) -> None:
        layout = site(
            instance(vips("192.0.2.100/24")) + service(SERVER.format("192.0.2.7", 1), kind="DR", algo="sh")
        )

        assert not layout.targets[0].exact
        assert not layout.targets[0].all_serve


class TestWhatIsSaidAndNotAsked:
    def test_a_service_whose_address_nobody_has(self) -> None:
        layout = site(
            instance(vips("192.0.2.100/24"))
            + service(SERVER.format("192.0.2.7", 1), kind="DR", address="192.0.2.50")
        )

        assert ["192.0.2.100:80"] == [target.label for target in layout.targets]
        assert any("192.0.2.50 80: not asked" in note for note in layout.notes)

    def test_a_firewall_mark(self) -> None:
        text = (
            "virtual_server fwmark 7 {\n lb_algo rr\n lb_kind DR\n " + SERVER.format("192.0.2.7", 1) + "\n}\n"
        )
        layout = site(instance(vips("192.0.2.100/24")) + text)

        assert any("fwmark 7: not asked" in note for note in layout.notes)

    def test_nothing_at_all(self) -> None:
        layout = site(instance(""))

        assert layout.targets == ()
        assert any("nothing to ask" in note for note in layout.notes)


BFD = """\
bfd_instance other {{
    source_ip {own}
    neighbor_ip {other}
}}
vrrp_instance V {{
    interface eth0
    virtual_router_id 5
    priority {priority}
    virtual_ipaddress {{
        192.0.2.100/24
    }}
    track_bfd {{
        other
    }}
}}
"""


def bfd_site(a: tuple[str, str], b: tuple[str, str]) -> Layout:
    texts = [BFD.format(own=own, other=other, priority=100) for own, other in (a, b)]
    return derive([Source(n, load_text(t).config) for n, t in zip("ab", texts, strict=True)], "x", "x")


def test_a_director_has_the_address_that_its_bfd_session_comes_from() -> None:
    site = bfd_site(("192.0.2.11", "192.0.2.12"), ("192.0.2.12", "192.0.2.11"))

    assert ("192.0.2.11/24",) == site.machine("a").legs[0].addresses
    assert ("192.0.2.12/24",) == site.machine("b").legs[0].addresses
    assert not any("bfd_instance" in note for note in site.notes)


def test_a_bfd_session_with_somebody_outside_the_site_is_told() -> None:
    site = bfd_site(("192.0.2.11", "192.0.2.1"), ("192.0.2.12", "192.0.2.1"))

    assert 2 == sum("no director here is 192.0.2.1," in note for note in site.notes)


def test_an_address_on_two_interfaces_of_one_director_is_told() -> None:
    text = "".join(
        f"vrrp_instance V{n} {{\n interface eth{n}\n virtual_router_id {n}\n priority 9\n"
        " virtual_ipaddress {\n 192.0.2.100/24\n }\n}\n"
        for n in (1, 2)
    )
    site = derive([Source("a", load_text(text).config)], "x", "x")

    assert any("a has 192.0.2.100 on eth1 and eth2" in note for note in site.notes)


def test_a_network_that_is_full_is_told_without_a_traceback() -> None:
    text = (
        "vrrp_instance V {\n interface eth0\n virtual_router_id 1\n priority 9\n"
        " virtual_ipaddress {\n 192.0.2.1/30\n 192.0.2.2/30\n }\n}\n"
    )
    with pytest.raises(UsageError, match=r"192\.0\.2\.0/30 has no address left"):
        derive([Source("a", load_text(text).config)], "x", "x")


BALANCER_ALONE = """\
virtual_server 192.0.2.100 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.21 8080 {
    }
}
"""


def alone(text: str) -> Layout:
    return derive([Source("a", load_text(text).config)], "x", "x")


def test_a_balancer_without_vrrp_has_the_addresses_of_its_services_itself() -> None:
    site = alone(BALANCER_ALONE)

    assert ("192.0.2.100",) == site.carried
    assert ["192.0.2.100:80"] == [target.label for target in site.targets]
    assert ("192.0.2.1/24", "192.0.2.100/32") == site.machine("a").legs[0].addresses


def test_two_balancers_without_vrrp_would_both_have_the_address_so_neither_gets_it() -> None:
    config = load_text(BALANCER_ALONE).config
    site = derive([Source("a", config), Source("b", config)], "x", "x")

    assert () == site.carried
    assert () == site.targets


@pytest.mark.parametrize(
    ("service", "server", "client"),
    [
        ("192.0.2.100", "192.0.2.21", "203.0.113.10/24"),
        ("2001:db8::100", "2001:db8::21", "2001:db8:ffff:1::a/64"),
    ],
)
def test_with_nat_in_one_network_the_client_is_no_neighbour_of_the_servers(
    service: str, server: str, client: str
) -> None:
    site = alone(BALANCER_ALONE.replace("192.0.2.100", service).replace("198.51.100.21", server))

    assert (client,) == site.machine("client").legs[0].addresses
    assert any(route.endswith(" dev lab0") for route in site.machine("a").routes)


def test_direct_routing_from_another_network_of_the_segment_finds_both_ways() -> None:
    site = alone(BALANCER_ALONE.replace("NAT", "DR"))

    assert ("192.0.2.0/24 dev eth0",) == site.machine("rs1").routes
    assert "198.51.100.1/24" in site.machine("a").legs[0].addresses


def test_two_directors_with_the_same_own_address_are_refused() -> None:
    with pytest.raises(UsageError, match=r"a and b both have 192\.0\.2\.11 as their own address"):
        bfd_site(("192.0.2.11", "192.0.2.12"), ("192.0.2.11", "192.0.2.12"))
