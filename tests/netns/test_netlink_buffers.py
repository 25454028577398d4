"""vrrp_netlink_{cmd,monitor}_rcv_bufs reach the sockets."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

import pytest

from pykeepalived.kernel.netlink import EventSocket, RequestSocket

pytestmark = pytest.mark.netns


@pytest.mark.parametrize("make", [RequestSocket, lambda: EventSocket(0)])
def test_a_size_is_taken_and_force_goes_beyond_the_hosts_limit(
    make: Callable[[], RequestSocket | EventSocket],
) -> None:
    netlink = make()
    with socket.socket(fileno=os.dup(netlink._socket.fileno())) as raw:
        netlink.set_buffer(100_000, forced=False)
        assert 200_000 == raw.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        with open("/proc/sys/net/core/rmem_max") as file:
            beyond = 2 * int(file.read())
        netlink.set_buffer(beyond, forced=False)
        assert beyond == raw.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), "the host's limit, doubled"
        netlink.set_buffer(beyond, forced=True)
        assert 2 * beyond == raw.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    netlink.close()
