"""Receive buffers of the vrrp process: ``vrrp_rx_bufs_policy``, ``kernel_rx_buf_size``, netlink buffers.

A socket of VRRP never gets less than what it has anyway: these keywords make room, they do not take it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pykeepalived.config.blocks.global_defs import GlobalDefs
    from pykeepalived.config.blocks.vrrp_instance import VrrpInstance

_HEADER = 8
_IPV4_HEADER = 20
_AH_HEADER = 24
_AUTHENTICATION = 8


@dataclass(frozen=True, slots=True)
class NetlinkBuffers:
    """Bytes; 0 leaves what the program chooses.  ``forced``: beyond net.core.rmem_max, too."""

    requests: int = 0
    requests_forced: bool = False
    events: int = 0
    events_forced: bool = False


@dataclass(frozen=True, slots=True)
class ReceiveBuffer:
    """What one router adds to the buffer of its socket: bytes, and multiples of the interface's MTU."""

    size: int = 0
    mtus: int = 0


def netlink_buffers(defaults: GlobalDefs) -> NetlinkBuffers:
    """``vrrp_netlink_{cmd,monitor}_rcv_bufs[_force]``."""
    return NetlinkBuffers(
        defaults.vrrp_netlink_cmd_rcv_bufs or 0,
        defaults.vrrp_netlink_cmd_rcv_bufs_force,
        defaults.vrrp_netlink_monitor_rcv_bufs or 0,
        defaults.vrrp_netlink_monitor_rcv_bufs_force,
    )


def receive_buffer(
    block: VrrpInstance, defaults: GlobalDefs, *, family: int, version: int, addresses: int
) -> ReceiveBuffer:
    """The instance's own size, else what the policy says; ``addresses`` is how many an advert carries."""
    if block.kernel_rx_buf_size:
        return ReceiveBuffer(block.kernel_rx_buf_size)
    policy = defaults.vrrp_rx_bufs_policy
    if not policy:
        return ReceiveBuffer()
    word = policy[0].upper()
    if word.isdigit():
        return ReceiveBuffer(int(word))
    if word == "MTU":
        return ReceiveBuffer(mtus=defaults.vrrp_rx_bufs_multiplier)
    length = _HEADER + addresses * (4 if family == 4 else 16)
    if version == 2:
        length += _AUTHENTICATION
    if family == 4:
        length += _IPV4_HEADER
        if block.authentication is not None and block.authentication.auth_type == "AH":
            length += _AH_HEADER
    return ReceiveBuffer(defaults.vrrp_rx_bufs_multiplier * length)
