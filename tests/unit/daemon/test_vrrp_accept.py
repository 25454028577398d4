"""What the firewall holds as routers change state: a made-up nf_tables that keeps sets."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import cast

import pytest

from pykeepalived.daemon.vrrp_accept import Firewall
from pykeepalived.daemon.vrrp_actions import Runtime, place_of
from pykeepalived.kernel import nft_messages as nft
from pykeepalived.kernel.netlink import Refusal, attributes
from pykeepalived.kernel.nft_messages import Table
from pykeepalived.kernel.nftables import NftSocket
from pykeepalived.plan.firewall import FirewallSettings
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.vrrp.states import Master
from pykeepalived.vrrp.virtual_link import VirtualLink, virtual_mac


class FakeNft:
    """Keeps what sets hold, by family, table and set; refuses what the kernel would refuse."""

    def __init__(self) -> None:
        self.sets: dict[tuple[int, str, str], set[bytes]] = {}
        self.owned = False
        self.refuse_owner = False
        self.closed = False
        self.batches = 0

    def apply(self, messages: Sequence[bytes]) -> list[Refusal]:
        self.batches += 1
        before = {place: set(keys) for place, keys in self.sets.items()}
        for index, message in enumerate(messages):
            problem = self._carry_out(message)
            if problem:
                self.sets = before
                return [Refusal(index, problem, errno.errorcode[problem])]
        return []

    def _carry_out(self, message: bytes) -> int:
        kind = int.from_bytes(message[4:6], "little") & 0xFF
        family = message[16]
        held = dict(attributes(message, 20, len(message)))
        table = held[1].rstrip(b"\0").decode()
        name = held[2].rstrip(b"\0").decode() if 2 in held else ""
        if kind == nft.NEWTABLE:
            self.owned = held[2][3] == nft.TABLE_OWNER
            if self.owned and self.refuse_owner:
                return errno.EOPNOTSUPP
        elif kind == nft.NEWSET:
            self.sets[family, table, name] = set()
        elif kind in (nft.NEWSETELEM, nft.DELSETELEM):
            for _, element in attributes(held[3], 0, len(held[3])):
                outer = dict(attributes(element, 0, len(element)))[1]
                key = dict(attributes(outer, 0, len(outer)))[1]
                there = key in self.sets[family, table, name]
                if kind == nft.DELSETELEM and not there:
                    return errno.ENOENT
                if there and kind == nft.DELSETELEM:
                    self.sets[family, table, name].remove(key)
                else:
                    self.sets[family, table, name].add(key)
        return 0

    def remove_tables(self, *tables: Table) -> list[Refusal]:
        for table in tables:
            for place in [one for one in self.sets if one[:2] == (table.family, table.name)]:
                del self.sets[place]
        return []

    def close(self) -> None:
        self.closed = True

    def content(self) -> dict[str, set[str]]:
        """What the sets of addresses and interfaces hold, in words; empty ones are left out."""
        found: dict[str, set[str]] = {}
        for (_, _, name), keys in self.sets.items():
            if name in ("vips", "vips_link_local", "standby") and keys:
                found.setdefault(name, set()).update(_word(name, key) for key in keys)
        return found


def _word(name: str, key: bytes) -> str:
    if name == "standby":
        return key.rstrip(b"\0").decode()
    if name == "vips_link_local":
        return f"{ip_address(key[:16])} {key[16:].rstrip(bytes(1)).decode()}"
    return str(ip_address(key))


LINK = VirtualLink("vrrp.51", "eth0", 4, mac=virtual_mac(4, 51))
VIP = VirtualAddress(ip_address("192.0.2.100"), 24, "eth0")
VIP6 = VirtualAddress(ip_address("2001:db8::1"), 64, "eth0")
NEAR6 = VirtualAddress(ip_address("fe80::1"), 64, "eth0")
PLAIN = RouterSettings("V1", "eth0", 51, addresses=(VIP,))
CLOSED = replace(PLAIN, accept_mode=False)
STACKED = replace(PLAIN, links=(LINK,), advert_interface="vrrp.51")


def runtime(settings: RouterSettings, *, master: bool = False) -> Runtime:
    made = Runtime(settings, VirtualRouter(settings))
    if master:
        made.core.state = Master(0, 0)
        made.taken = {place_of(virtual): virtual for virtual in settings.all_addresses}
    return made


@pytest.fixture
def kernel() -> FakeNft:
    return FakeNft()


@pytest.fixture
def firewall(kernel: FakeNft) -> Firewall:
    return Firewall(lambda _: 7, open_socket=lambda: cast(NftSocket, kernel))


def test_routers_that_accept_and_have_no_macvlan_need_no_table(kernel: FakeNft, firewall: Firewall) -> None:
    firewall.configure(FirewallSettings(), [runtime(PLAIN)])
    firewall.before_taking(PLAIN, PLAIN.all_addresses)
    firewall.on_state(PLAIN, master=True)
    assert 0 == kernel.batches


def test_addresses_are_closed_before_they_are_taken_and_opened_when_gone(
    kernel: FakeNft, firewall: Firewall
) -> None:
    settings = replace(CLOSED, addresses=(VIP,), excluded_addresses=(VIP6, NEAR6))
    firewall.configure(FirewallSettings(), [runtime(settings)])
    assert {} == kernel.content()
    firewall.before_taking(settings, settings.all_addresses)
    wanted = {"vips": {"192.0.2.100", "2001:db8::1"}, "vips_link_local": {"fe80::1 eth0"}}
    assert wanted == kernel.content()
    firewall.after_releasing(settings, settings.all_addresses)
    assert {} == kernel.content()


def test_link_local_addresses_can_be_told_apart_by_index(kernel: FakeNft, firewall: Firewall) -> None:
    settings = replace(CLOSED, family=6, addresses=(NEAR6,))
    firewall.configure(FirewallSettings(by_index=True), [runtime(settings)])
    firewall.before_taking(settings, settings.all_addresses)
    (key,) = kernel.sets[10, "keepalived", "vips_link_local"]
    assert NEAR6.address.packed + (7).to_bytes(4, "little") == key


def test_a_macvlan_is_on_standby_unless_its_router_is_master(kernel: FakeNft, firewall: Firewall) -> None:
    firewall.configure(FirewallSettings(), [runtime(STACKED)])
    assert {"standby": {"vrrp.51"}} == kernel.content()
    firewall.before_taking(STACKED, STACKED.all_addresses)
    assert {} == kernel.content()
    batches = kernel.batches
    firewall.on_state(STACKED, master=True)
    assert batches == kernel.batches
    firewall.after_releasing(STACKED, STACKED.all_addresses)
    firewall.on_state(STACKED, master=False)
    assert {"standby": {"vrrp.51"}} == kernel.content()


def test_a_shared_macvlan_serves_as_soon_as_one_router_is_master(kernel: FakeNft, firewall: Firewall) -> None:
    other = replace(STACKED, name="V2")
    firewall.configure(FirewallSettings(), [runtime(STACKED), runtime(other)])
    firewall.on_state(other, master=True)
    assert {} == kernel.content()


def test_an_address_of_two_routers_stays_closed_until_both_have_let_it_go(
    kernel: FakeNft, firewall: Firewall
) -> None:
    other = replace(CLOSED, name="V2")
    firewall.configure(FirewallSettings(), [runtime(CLOSED), runtime(other)])
    for settings in (CLOSED, other):
        firewall.before_taking(settings, settings.all_addresses)
    firewall.after_releasing(CLOSED, CLOSED.all_addresses)
    assert {"vips": {"192.0.2.100"}} == kernel.content()
    firewall.after_releasing(other, other.all_addresses)
    assert {} == kernel.content()


def test_a_reload_puts_the_table_in_line_with_masters(kernel: FakeNft, firewall: Firewall) -> None:
    firewall.configure(FirewallSettings(), [runtime(CLOSED, master=True)])
    assert {"vips": {"192.0.2.100"}} == kernel.content()
    both = replace(STACKED, accept_mode=False)
    firewall.configure(FirewallSettings(), [runtime(both, master=True)])
    assert {"vips": {"192.0.2.100"}} == kernel.content()
    firewall.configure(FirewallSettings(), [runtime(STACKED, master=True)])
    assert {} == kernel.content()
    firewall.configure(FirewallSettings(), [runtime(PLAIN, master=True)])
    assert {} == kernel.sets


def test_another_name_is_another_table(kernel: FakeNft, firewall: Firewall) -> None:
    firewall.configure(FirewallSettings(), [runtime(CLOSED, master=True)])
    firewall.configure(FirewallSettings("mine"), [runtime(CLOSED, master=True)])
    assert {"mine"} == {table for _, table, _ in kernel.sets}
    assert {"vips": {"192.0.2.100"}} == kernel.content()


def test_a_kernel_that_knows_no_owner_gets_a_plain_table(kernel: FakeNft, firewall: Firewall) -> None:
    kernel.refuse_owner = True
    firewall.configure(FirewallSettings(), [runtime(STACKED)])
    assert not kernel.owned
    assert {"standby": {"vrrp.51"}} == kernel.content()


def test_a_kernel_without_nftables_costs_a_line_and_nothing_else() -> None:
    def absent() -> NftSocket:
        raise OSError(errno.EPROTONOSUPPORT, "Protocol not supported")

    firewall = Firewall(lambda _: None, open_socket=absent)
    firewall.configure(FirewallSettings(), [runtime(CLOSED)])
    firewall.before_taking(CLOSED, CLOSED.all_addresses)
    firewall.after_releasing(CLOSED, CLOSED.all_addresses)
    firewall.close()


def test_closing_removes_the_table_and_the_socket(kernel: FakeNft, firewall: Firewall) -> None:
    firewall.configure(FirewallSettings(), [runtime(STACKED)])
    firewall.close()
    assert ({}, True) == (kernel.sets, kernel.closed)
