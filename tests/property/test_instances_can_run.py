"""Whatever stands in an instance that is not left out: its adverts can be made and its router lives.

An exception there would end the process of all virtual routers.
"""

from __future__ import annotations

from ipaddress import ip_address

from hypothesis import example, given
from hypothesis import settings as chosen
from hypothesis import strategies as st

from pykeepalived.config.load import load_text
from pykeepalived.kernel.addresses import encode_add, encode_delete
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_wire import advertisement_encoder, receive_policy
from pykeepalived.vrrp import events
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings
from pykeepalived.wire.vrrp_receive import Receiver

OWN = {4: ip_address("192.0.2.1"), 6: ip_address("fe80::1")}
OTHER = {4: ip_address("192.0.2.200"), 6: ip_address("fe80::c8")}
ADDRESSES = ("192.0.2.9/24", "192.0.2.8 dev eth1", "fe80::7/64", "2001:db8::8/64", "198.51.100.1 use_vmac")
OF_A_FAMILY = (
    "native_ipv6", "mcast_src_ip 192.0.2.5", "mcast_src_ip fe80::5", "mcast_dst_ip 224.0.0.99",
    "mcast_dst_ip ff02::99", "unicast_src_ip 192.0.2.5", "unicast_src_ip fe80::5",
    "unicast_peer {\n192.0.2.6\n}", "unicast_peer {\nfe80::6\n}", "use_ipvlan ipv 192.0.2.4/24",
    "use_ipvlan ipv fe80::4/64", "version 2",
)  # fmt: skip
LINES = (
    "no_virtual_ipaddress", "version 3", "strict_mode", "nopreempt", "accept", "state MASTER", "priority 255",
    "priority 1", "advert_int 0.01", "advert_int 40.95", "advert_int 255", "unicast_peer {\n}",
    "unicast_fault_no_peer", "old_unicast_checksum", "v3_checksum_as_v2", "use_vmac", "use_vmac_addr",
    "use_ipvlan", "vmac_xmit_base", "down_timer_adverts 1", "preempt_delay 1000", "timer_expired_backup",
    "garp_master_repeat 0", "garp_master_refresh 1", "garp_lower_prio_repeat 0",
    "authentication {\nauth_type PASS\nauth_pass abc\n}", "authentication {\nauth_type AH\nauth_pass abc\n}",
)  # fmt: skip


@st.composite
def configurations(draw: st.DrawFn) -> str:
    lines = draw(st.lists(st.sampled_from(OF_A_FAMILY), max_size=3, unique=True))
    lines += draw(st.lists(st.sampled_from(LINES), max_size=4, unique=True))
    block = draw(st.sampled_from(("virtual_ipaddress", "virtual_ipaddress_excluded")))
    addresses = draw(st.lists(st.sampled_from(ADDRESSES), max_size=3, unique=True))
    held = [f"{block} {{\n" + "\n".join(addresses) + "\n}"] if addresses else []
    inside = "\n".join(draw(st.permutations([*lines, *held])))
    return f"vrrp_instance V {{\ninterface eth0\nvirtual_router_id 51\n{inside}\n}}\n"


IPVLAN = "use_ipvlan ipv fe80::4/64\nno_virtual_ipaddress\nversion 3"


@example(f"vrrp_instance V {{\ninterface eth0\nvirtual_router_id 51\n{IPVLAN}\n}}\n", [0, 0, 0])
@chosen(max_examples=400)
@given(configurations(), st.lists(st.sampled_from((0, 1, 100, 255)), min_size=3, max_size=8))
def test_an_instance_that_is_not_left_out_can_speak_hear_and_change_its_state(
    text: str, heard: list[int]
) -> None:
    for settings in plan_vrrp(load_text(text).config).routers:
        source = settings.source_address or OWN[settings.family]
        for target in [peer.address for peer in settings.peers] or [settings.multicast_group]:
            encoder = advertisement_encoder(settings, source, target)
            assert all(encoder.encode(priority)[2] == priority for priority in (0, settings.priority))
        Receiver(settings.family, {settings.vrid: receive_policy(settings, only_peers=False)})
        for virtual in settings.all_addresses:
            assert encode_add(virtual, 1) != encode_delete(virtual, 1)
        assert_lives(settings, heard)


def assert_lives(settings: RouterSettings, heard: list[int]) -> None:
    core = VirtualRouter(settings)
    core.handle(events.PrimaryAddressChanged(settings.source_address or OWN[settings.family]), 0)
    core.handle(events.Startup(), 0)
    for priority in heard:
        now = core.deadline
        assert now is not None
        core.handle(events.TimerFired(), now)
        core.handle(events.AdvertisementReceived(OTHER[settings.family], priority, 10**9, True), now)
    core.handle(events.Shutdown(), now)
