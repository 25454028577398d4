"""Words that the texts about a running daemon share: durations, tables, priorities, reasons.  Pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pykeepalived.vrrp.actions import Reason
from pykeepalived.wire.vrrp_receive import DiscardReason

Part = Mapping[str, Any]
"""A part of the status document."""

WHY = {
    Reason.STARTUP: "it was started",
    Reason.RESUMED: "its process was started anew and went on as Master",
    Reason.ADDRESS_OWNER: "it owns its addresses (priority 255)",
    Reason.MASTER_SILENT: "no advert of a Master came within its down interval",
    Reason.MASTER_RELEASED: "the Master gave up its role (an advert with priority 0)",
    Reason.HIGHER_PRIORITY: "an advert with a higher priority came",
    Reason.EQUAL_PRIORITY_HIGHER_ADDRESS: "an advert with its own priority came from a higher address",
    Reason.FAULT: "something that it needs failed",
    Reason.FAULT_CLEARED: "its last fault was cleared",
    Reason.SYNC_GROUP: "its sync group changed state",
    Reason.OVERSLEPT: "this machine stood still for longer than its peers wait",
    Reason.SHUTDOWN: "it was told to stop",
}
"""What made an instance change its state, after "because"."""

REFUSED = {
    DiscardReason.IP_HEADER: "they are no whole IP packets",
    DiscardReason.PROTOCOL: "they are of another IP protocol",
    DiscardReason.OWN_PACKET: "they come from our own address: another host has it, or they were sent back",
    DiscardReason.TOO_SHORT: "they are too short for VRRP",
    DiscardReason.DESTINATION: "one side uses multicast and the other unicast",
    DiscardReason.UNKNOWN_VRID: "their virtual router id is not configured here",
    DiscardReason.HOP_LIMIT: "their TTL shows that a router forwarded them, or unicast_ttl differs",
    DiscardReason.VERSION: "the other side speaks another VRRP version (vrrp_version, version)",
    DiscardReason.TYPE: "they are of an unknown VRRP type",
    DiscardReason.NO_ADDRESS: "they advertise no address",
    DiscardReason.INCOMPLETE: "they are shorter than their address count says",
    DiscardReason.HMAC_MISSING: "they have no auth_hmac trailer: it is not configured on the other side",
    DiscardReason.HMAC_MALFORMED: "their auth_hmac trailer is malformed",
    DiscardReason.HMAC_UNKNOWN_KEY: "they are signed with a key number that is not configured here",
    DiscardReason.HMAC_INVALID: "their signature is wrong: the auth_hmac keys differ",
    DiscardReason.HMAC_STALE: "their signature is too old: the clocks of the routers differ",
    DiscardReason.HMAC_REPLAY: "they are copies of earlier adverts",
    DiscardReason.CHECKSUM: "their checksum is wrong",
    DiscardReason.ZERO_INTERVAL: "their advertisement interval is 0",
    DiscardReason.UNKNOWN_AUTH_TYPE: "they name an authentication type that does not exist",
    DiscardReason.AUTH_TYPE_MISMATCH: "one side uses another auth_type than the other, or none",
    DiscardReason.AUTH_FAILURE: "the password differs (auth_pass)",
    DiscardReason.AH_HEADER: "their authentication header is malformed",
    DiscardReason.AH_REPLAY: "they are copies of earlier adverts, by their sequence number",
    DiscardReason.INTERVAL_MISMATCH: "advert_int differs",
    DiscardReason.UNKNOWN_PEER: "their sender is not in unicast_peer",
}
"""What packets of a peer were refused for, after "because"; see ``wire.vrrp_receive`` for the ladder."""

_WHY = {reason.name.lower(): text for reason, text in WHY.items()}
_REFUSED = {reason.label: text for reason, text in REFUSED.items()}


def why(transition: Part) -> str:
    """Why a transition happened, after "because"; its detail in brackets."""
    text = _WHY.get(transition["reason"], str(transition["reason"]))
    return f"{text} ({transition['detail']})" if transition["detail"] else text


def refused_because(label: str) -> str:
    """What a discard counter means, after "because"."""
    return _REFUSED.get(label, label)


def duration(seconds: float | None) -> str:
    """``4.2s``, ``3m10s``, ``5h02m``, ``12d03h``; a dash for None."""
    if seconds is None:
        return "-"
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{max(0.0, seconds):.1f}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02}h"


def seconds(value: float) -> str:
    """``0.98 s``, ``3.61 s``, ``40 s``: as exact as a reader wants it."""
    return f"{value:.0f} s" if value >= 10 else f"{value:.2f} s" if value >= 0.1 else f"{value:.3f} s"


def clock(at: float) -> str:
    """A point in time of this time zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def priority_sum(priority: Part) -> str:
    """``120 = 100 + 20 (script chk succeeded)``; only the number when nothing moves it."""
    moving = [one for one in priority["trackers"] if one["points"]]
    effective, base = priority["effective"], priority["base"]
    if not moving:
        return str(effective)
    terms = "".join(f" {'+-'[one['points'] < 0]} {abs(one['points'])} ({one['text']})" for one in moving)
    plain = base + sum(one["points"] for one in moving)
    limit = "" if plain == effective else f" = {plain}, and the limits are 1 and 254"
    return f"{effective} = {base}{terms}{limit}"


def address(one: Part) -> str:
    """``198.51.100.1/32 dev eth0``."""
    return f"{one['address']}/{one['prefix_length']} dev {one['interface']}"


def misplaced(instance: Part) -> tuple[list[str], list[str]]:
    """Addresses that a Master lacks in the kernel, and those that another has there all the same.

    What the kernel itself refuses is another matter: :func:`kernel_refuses`.
    """
    missing: list[str] = []
    surplus: list[str] = []
    refused = {each["what"] for each in instance["kernel_refuses"]}
    for one in instance["addresses"]:
        held = one.get("in_kernel")
        if instance["state"] == "MASTER" and instance["addresses_taken"] and held is False:
            missing += [address(one)] if address(one) not in refused else []
        elif instance["state"] != "MASTER" and held:
            surplus.append(address(one))
    return missing, surplus


def kernel_refuses(instance: Part) -> list[str]:
    """What a Master wanted to have in the kernel and could not, with the kernel's reasons."""
    told = [f"{each['what']}: {each['reason']}" for each in instance["kernel_refuses"]]
    more = instance["kernel_refuses_in_all"] - len(told)
    return [*told, f"{more} more of its addresses, routes and rules"] if more > 0 else told


def listed(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def printable(text: str) -> str:
    """Nothing that a terminal would act on: a server's answer may be part of a reason."""
    return "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text)


def columns(rows: Sequence[Sequence[str]], indent: str = "") -> str:
    """A table; its first row is the head."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "".join(f"{indent}{line.rstrip()}\n" for line in lines)
