"""IPVS on the wire: bytes written out by hand from linux/ip_vs.h, and pyroute2 as a second reader.

The golden bytes are little endian (x86, arm64): attribute headers are length and number, both host order.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest

from pykeepalived.kernel import ipvs_messages as messages
from pykeepalived.kernel.genl import attribute, nested
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.lvs.service import (
    Destination,
    DestinationKey,
    ForwardingMethod,
    Protocol,
    ServiceFlag,
    ServiceKey,
    TunnelType,
    VirtualService,
)
from pykeepalived.plan.lvs_steps import (
    AddDestination,
    AddService,
    RemoveDestination,
    RemoveService,
    SetDestination,
    SetService,
)
from pykeepalived.plan.ports import IpvsTimeouts, SyncDaemon, SyncRole

little_endian = pytest.mark.skipif(sys.byteorder != "little", reason="golden bytes are little endian")

KEY4 = ServiceKey(2, Protocol.TCP, IPv4Address("192.0.2.1"), 80)
KEY6 = ServiceKey(10, Protocol.UDP, IPv6Address("2001:db8::1"), 53)
MARK = ServiceKey(10, None, None, 0, 7)

KEY4_BYTES = (
    "06000100 02000000"  # AF: 2
    "06000200 06000000"  # PROTOCOL: 6
    "14000300 c0000201 00000000 00000000 00000000"  # ADDR: 16 bytes, the first four count
    "06000400 00500000"  # PORT: 80 in network order
)


def hexed(data: bytes) -> str:
    return data.hex()


def plain(text: str) -> str:
    return text.replace(" ", "")


@little_endian
class TestGoldenBytes:
    def test_key_of_an_ipv4_service(self) -> None:
        assert plain(KEY4_BYTES) == hexed(messages.service_key(KEY4))

    def test_key_of_an_ipv6_service(self) -> None:
        assert plain(
            "06000100 0a000000 06000200 11000000"
            "14000300 20010db8 00000000 00000000 00000001 06000400 00350000"
        ) == hexed(messages.service_key(KEY6))

    def test_key_of_a_firewall_mark(self) -> None:
        assert plain("06000100 0a000000 08000500 07000000") == hexed(messages.service_key(MARK))

    def test_a_service_with_everything(self) -> None:
        service = VirtualService(
            KEY4,
            scheduler="sh",
            flags=ServiceFlag.PERSISTENT | ServiceFlag.SCHEDULER_2,
            persistence_timeout=360,
            netmask=0xFFFF_FF00,
            persistence_engine="sip",
        )
        assert (
            plain(
                KEY4_BYTES + "07000600 73680000"  # SCHED_NAME "sh\0" and one byte of padding
                "0c000700 11000000 ffffffff"  # FLAGS: 0x1 | 0x10, every flag replaced
                "08000800 68010000"  # TIMEOUT: 360 s
                "08000900 ffffff00"  # NETMASK: 255.255.255.0 in network order
                "08000b00 73697000"  # PE_NAME "sip\0"
            )
            == hexed(messages.service(service))
        )

    def test_an_ipv6_netmask_is_a_prefix_length_in_host_order(self) -> None:
        wide = hexed(messages.service(VirtualService(KEY6, netmask=64)))
        host = hexed(messages.service(VirtualService(KEY6)))

        assert plain("08000900 40000000") in wide
        assert plain("08000900 80000000") in host

    def test_per_host_in_ipv4_is_all_ones(self) -> None:
        assert plain("08000900 ffffffff") in hexed(messages.service(VirtualService(KEY4)))

    def test_a_masqueraded_destination(self) -> None:
        one = Destination(DestinationKey(IPv4Address("10.0.0.9"), 8080), weight=3)
        assert plain(
            "14000100 0a000009 00000000 00000000 00000000"  # ADDR
            "06000200 1f900000"  # PORT: 8080 in network order
            "06000b00 02000000"  # ADDR_FAMILY
            "08000300 00000000"  # FWD_METHOD: masquerade
            "08000400 03000000"  # WEIGHT
            "08000500 00000000 08000600 00000000"  # U_THRESH, L_THRESH
        ) == hexed(messages.destination(one))

    def test_a_gue_tunnel(self) -> None:
        one = Destination(
            DestinationKey(IPv6Address("2001:db8::9"), 0),
            ForwardingMethod.TUNNEL,
            tunnel_type=TunnelType.GUE,
            tunnel_port=6080,
            tunnel_flags=2,
        )
        assert hexed(messages.destination(one)).endswith(
            plain(
                "05000d00 01000000"  # TUN_TYPE: gue, one byte
                "06000e00 17c00000"  # TUN_PORT: 6080 in network order
                "06000f00 02000000"  # TUN_FLAGS: remcsum
            )
        )

    def test_a_whole_command(self) -> None:
        step = RemoveDestination(KEY4, DestinationKey(IPv4Address("10.0.0.9"), 80))
        key = plain(KEY4_BYTES)
        dest = plain("14000100 0a000009 00000000 00000000 00000000 06000200 00500000 06000b00 02000000")

        assert (Command.DEL_DEST, plain("30000180") + key + plain("28000280") + dest) == (
            messages.encode(step)[0],
            hexed(messages.encode(step)[1]),
        )

    def test_a_sync_daemon(self) -> None:
        daemon = SyncDaemon(SyncRole.BACKUP, "eth0", 51, 1400, IPv4Address("224.0.0.82"), 8849, 3)
        assert plain(
            "40000380"
            "08000100 02000000"  # STATE: backup
            "09000200 65746830 00000000"  # MCAST_IFN "eth0\0"
            "08000300 33000000"  # SYNC_ID
            "06000400 78050000"  # SYNC_MAXLEN, host order
            "08000500 e0000052"  # MCAST_GROUP
            "06000700 91220000"  # MCAST_PORT: 8849 in host order
            "05000800 03000000"  # MCAST_TTL
        ) == hexed(messages.daemon(daemon))

    def test_timeouts(self) -> None:
        assert plain("08000400 84030000 08000500 00000000 08000600 1e000000") == hexed(
            messages.timeouts(IpvsTimeouts(tcp=900, udp=30))
        )


@pytest.mark.parametrize(
    ("step", "command"),
    [
        (AddService(VirtualService(KEY4)), 1),
        (SetService(VirtualService(KEY4)), 2),
        (RemoveService(KEY4), 3),
        (AddDestination(KEY4, Destination(DestinationKey(IPv4Address("10.0.0.1"), 1))), 5),
        (SetDestination(KEY4, Destination(DestinationKey(IPv4Address("10.0.0.1"), 1))), 6),
        (RemoveDestination(KEY4, DestinationKey(IPv4Address("10.0.0.1"), 1)), 7),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, int) else str(value),
)
def test_each_step_has_its_command(step: Any, command: int) -> None:
    assert command == messages.encode(step)[0]


class TestDecoding:
    def test_the_kernels_own_flag_and_all_ones_masks_are_dropped(self) -> None:
        body = messages.service(replace(VirtualService(KEY4), flags=ServiceFlag(0x3F)))
        service = messages.decode_service(memoryview(nested(messages.ATTR_SERVICE, body)))

        assert service is not None
        assert ServiceFlag(0x3D) == service.flags
        assert service.netmask is None

    def test_a_service_of_a_protocol_without_a_name_is_not_ours(self) -> None:
        body = messages.service(VirtualService(KEY4)).replace(
            attribute(messages.SVC_PROTOCOL, struct.pack("=H", 6)),
            attribute(messages.SVC_PROTOCOL, struct.pack("=H", 50)),
        )
        assert messages.decode_service(memoryview(nested(messages.ATTR_SERVICE, body))) is None

    def test_counters_in_an_answer_are_skipped(self) -> None:
        one = Destination(DestinationKey(IPv4Address("10.0.0.9"), 80), weight=2)
        stats = nested(10, attribute(1, bytes(4))) + nested(12, attribute(1, bytes(8)))
        answer = nested(messages.ATTR_DEST, messages.destination(one), attribute(7, bytes(4)), stats)

        assert one == messages.decode_destination(memoryview(answer), 2)

    def test_the_forwarding_method_hides_in_the_low_bits(self) -> None:
        one = Destination(DestinationKey(IPv4Address("10.0.0.9"), 80), ForwardingMethod.DIRECT_ROUTING)
        body = messages.destination(one).replace(
            attribute(messages.DEST_FWD_METHOD, struct.pack("=I", 3)),
            attribute(messages.DEST_FWD_METHOD, struct.pack("=I", 0x0103)),
        )
        assert one == messages.decode_destination(memoryview(nested(messages.ATTR_DEST, body)), 2)

    def test_information_has_attribute_numbers_of_its_own(self) -> None:
        answer = attribute(1, struct.pack("=I", 0x010201)) + attribute(2, struct.pack("=I", 4096))
        info = messages.decode_info(memoryview(answer))

        assert ("1.2.1", 4096) == (info.version, info.connection_table_size)

    @pytest.mark.parametrize(
        "daemon",
        [
            SyncDaemon(SyncRole.MASTER, "eth0", 1),
            SyncDaemon(SyncRole.BACKUP, "eth0", 255, 1000, IPv6Address("ff02::81"), 9000, 255),
        ],
    )
    def test_a_daemon_survives_its_wire_form(self, daemon: SyncDaemon) -> None:
        assert daemon == messages.decode_daemon(memoryview(messages.daemon(daemon)))

    def test_an_attribute_longer_than_the_message_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="netlink attribute"):
            messages.decode_service(memoryview(struct.pack("=HH", 40, 1)))

    def test_a_service_without_address_and_mark_cannot_be_encoded(self) -> None:
        with pytest.raises(ValueError, match="firewall mark"):
            messages.service_key(ServiceKey(2, None, None, 0))


class TestSecondReader:
    """pyroute2 decodes what we encode, where its tables are right (not: IPv6 masks, tunnel ports)."""

    def decoded(self, command: int, body: bytes) -> Any:
        from pyroute2.netlink.generic.ipvs import ipvsmsg  # slow to import

        data = struct.pack("=IHHIIBBH", 20 + len(body), 0x20, 1, 1, 0, command, 1, 0) + body
        message = ipvsmsg(data)
        message.decode()
        return message

    def test_service_and_destination(self) -> None:
        service = VirtualService(KEY4, "wrr", ServiceFlag.PERSISTENT, 300, 0xFFFF0000)
        one = Destination(
            DestinationKey(IPv4Address("10.0.0.9"), 8080),
            ForwardingMethod.DIRECT_ROUTING,
            weight=5,
            upper_threshold=9,
            lower_threshold=4,
        )
        svc = self.decoded(*messages.encode(AddService(service))).get_attr("IPVS_CMD_ATTR_SERVICE")
        dst = self.decoded(*messages.encode(AddDestination(KEY4, one))).get_attr("IPVS_CMD_ATTR_DEST")

        def of(found: Any, name: str) -> Any:
            return found.get_attr(name)

        assert (2, 6, 80, "wrr", 300, "255.255.0.0") == tuple(
            of(svc, f"IPVS_SVC_ATTR_{name}")
            for name in ("AF", "PROTOCOL", "PORT", "SCHED_NAME", "TIMEOUT", "NETMASK")
        )
        assert {"flags": 1, "mask": 0xFFFFFFFF} == dict(of(svc, "IPVS_SVC_ATTR_FLAGS"))
        assert (8080, 3, 5, 9, 4, 2) == tuple(
            of(dst, f"IPVS_DEST_ATTR_{name}")
            for name in ("PORT", "FWD_METHOD", "WEIGHT", "U_THRESH", "L_THRESH", "ADDR_FAMILY")
        )
        assert ip_address("10.0.0.9") == ip_address(of(dst, "IPVS_DEST_ATTR_ADDR"))
