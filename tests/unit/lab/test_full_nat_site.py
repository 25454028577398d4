"""The site around files with full NAT: servers that know nobody but the directors."""

from __future__ import annotations

from pykeepalived.lab import examples
from pykeepalived.lab.layout import Role


def test_servers_of_full_nat_get_no_route_and_no_settings() -> None:
    site = examples.find("fullnat")
    servers = [machine for machine in site.machines if machine.role is Role.REAL_SERVER]

    assert 2 == len(servers)
    assert [((), ())] * 2 == [(one.routes, one.settings) for one in servers]
    assert {"198.51.100.11/24", "198.51.100.12/24"} == {one.legs[0].addresses[0] for one in servers}


def test_directors_of_full_nat_forward_and_need_a_kernel_that_translates() -> None:
    site = examples.find("fullnat")

    assert {True} == {site.machine(name).forwards for name in site.directors}
    assert site.needs_nat_rules
    assert {"192.0.2.100", "198.51.100.50"} == {watched.address for watched in site.watched}
    assert not examples.find("nat").needs_nat_rules
    assert all(
        machine.settings for machine in examples.find("nat").machines if machine.role is Role.REAL_SERVER
    )
