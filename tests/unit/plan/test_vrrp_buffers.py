"""How much room the sockets of VRRP get."""

from __future__ import annotations

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_buffers import NetlinkBuffers

INSTANCE = """
vrrp_instance V {
    interface lo
    virtual_router_id 1
    virtual_ipaddress {
        192.0.2.1
        192.0.2.2
    }
    MORE
}
"""


def planned(global_defs: str, more: str = "") -> tuple[int, int]:
    text = f"global_defs {{\n{global_defs}\n}}\n" + INSTANCE.replace("MORE", more)
    router = plan_vrrp(load_text(text).config).routers[0]
    return router.receive_buffer_bytes, router.receive_buffer_mtus


@pytest.mark.parametrize(
    ("global_defs", "more", "expected"),
    [
        ("", "", (0, 0)),
        ("vrrp_rx_bufs_policy 70000", "", (70000, 0)),
        ("vrrp_rx_bufs_policy mtu", "", (0, 3)),
        ("vrrp_rx_bufs_policy MTU\nvrrp_rx_bufs_multiplier 7", "", (0, 7)),
        # IPv4 header, VRRPv2 header, two addresses, authentication data.
        ("vrrp_rx_bufs_policy ADVERT\nvrrp_rx_bufs_multiplier 10", "", (10 * (20 + 8 + 8 + 8), 0)),
        ("vrrp_rx_bufs_policy ADVERT\nvrrp_version 3", "", (3 * (20 + 8 + 8), 0)),
        ("vrrp_rx_bufs_policy MTU", "kernel_rx_buf_size 5000", (5000, 0)),
    ],
)
def test_a_size_follows_the_instance_else_the_policy(
    global_defs: str, more: str, expected: tuple[int, int]
) -> None:
    assert expected == planned(global_defs, more)


def test_netlink_buffers_are_those_that_are_written() -> None:
    text = (
        "global_defs {\nvrrp_netlink_cmd_rcv_bufs 100000\nvrrp_netlink_monitor_rcv_bufs 200000\n"
        "vrrp_netlink_monitor_rcv_bufs_force true\n}\n"
    )
    buffers = plan_vrrp(load_text(text + INSTANCE.replace("MORE", "")).config).process.netlink
    assert NetlinkBuffers(100000, False, 200000, True) == buffers
