import json
from ipaddress import ip_address
from pathlib import Path

import pytest

from pykeepalived.kernel import real_server
from pykeepalived.kernel.real_server import Mode, RealServerError, settings

VIP4, VIP6 = ip_address("192.0.2.100"), ip_address("2001:db8::100")


def commands(mode: Mode, *vips: real_server.Address) -> list[str]:
    return [setting.command for setting in settings(mode, vips)]


class TestDirectRouting:
    def test_arp_is_silenced_before_the_address_appears(self) -> None:
        assert commands(Mode.DR, VIP4) == [
            "sysctl -q -w net.ipv4.conf.all.arp_ignore=1",
            "sysctl -q -w net.ipv4.conf.all.arp_announce=2",
            "ip address add 192.0.2.100/32 dev lo",
        ]

    def test_ipv6_needs_the_address_only(self) -> None:
        assert commands(Mode.DR, VIP6) == ["ip address add 2001:db8::100/128 dev lo nodad preferred_lft 0"]

    def test_both_families_share_one_plan(self) -> None:
        assert len(commands(Mode.DR, VIP4, VIP6)) == 4


class TestTunnel:
    def test_the_device_comes_first_and_the_address_last(self) -> None:
        made = commands(Mode.TUN, VIP4)

        assert made[0] == "modprobe ipip"
        assert made[-2:] == ["ip link set dev tunl0 up", "ip address add 192.0.2.100/32 dev tunl0"]

    def test_the_source_check_is_off_for_the_tunnel_and_for_all(self) -> None:
        made = commands(Mode.TUN, VIP4)

        assert "sysctl -q -w net.ipv4.conf.tunl0.rp_filter=0" in made
        assert "sysctl -q -w net.ipv4.conf.all.rp_filter=0" in made

    def test_ipv6_uses_its_own_device(self) -> None:
        assert commands(Mode.TUN, VIP6) == [
            "modprobe ip6_tunnel",
            "ip link set dev ip6tnl0 up",
            "ip address add 2001:db8::100/128 dev ip6tnl0 nodad preferred_lft 0",
        ]


class TestNat:
    def test_the_default_route_goes_through_the_gateway_address(self) -> None:
        assert commands(Mode.NAT, ip_address("198.51.100.254")) == [
            "ip -4 route replace default via 198.51.100.254"
        ]

    def test_two_gateways_of_one_family_are_refused(self) -> None:
        with pytest.raises(RealServerError, match="one default route"):
            settings(Mode.NAT, [VIP4, ip_address("192.0.2.101")])


class TestStateFile:
    def test_none_means_that_nothing_was_made(self, tmp_path: Path) -> None:
        assert real_server.read_state(tmp_path / "none") == []
        assert real_server.undo(tmp_path / "none") == 0

    @pytest.mark.parametrize("content", ["", "{}", '{"format": 99, "changes": []}', '{"format": 1}', "[]"])
    def test_one_that_cannot_be_used_is_named(self, tmp_path: Path, content: str) -> None:
        state = tmp_path / "state"
        state.write_text(content)

        with pytest.raises(RealServerError, match="cannot use the state file"):
            real_server.read_state(state)

    def test_what_was_written_is_read(self, tmp_path: Path) -> None:
        state = tmp_path / "deep" / "state"
        entry = real_server.Recorded("net.x", ("sysctl -q -w net.x=0",))

        real_server._write_state(state, [entry])

        assert [entry] == real_server.read_state(state)
        assert json.loads(state.read_text())["format"] == real_server.STATE_FORMAT
