"""Policy rules as rtnetlink messages (``linux/fib_rules.h``)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pykeepalived.kernel.netlink import NLM_F_CREATE, NLM_F_EXCL, Reply, attribute, attributes, message
from pykeepalived.vrrp.routing import Rule, RuleAction

RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE = 32, 33, 34

_RULE_HEADER = struct.Struct("=BBBBBBBBI")
"""family, dst_len, src_len, tos, table, two reserved, action, flags (struct fib_rule_hdr)."""

_U16x2, _U32 = struct.Struct("=HH"), struct.Struct("=I")
_U32x2, _BE64 = struct.Struct("=II"), struct.Struct("!Q")

_FRA_DST, _FRA_SRC, _FRA_IIFNAME, _FRA_GOTO, _FRA_PRIORITY, _FRA_FWMARK, _FRA_FLOW = 1, 2, 3, 4, 6, 10, 11
_FRA_TUN_ID, _FRA_SUPPRESS_IFGROUP, _FRA_SUPPRESS_PREFIXLEN, _FRA_TABLE, _FRA_FWMASK = 12, 13, 14, 15, 16
_FRA_OIFNAME, _FRA_L3MDEV, _FRA_UID_RANGE, _FRA_PROTOCOL, _FRA_IP_PROTO = 17, 19, 20, 21, 22
_FRA_SPORT_RANGE, _FRA_DPORT_RANGE = 23, 24
_FIB_RULE_INVERT = 2
_FAMILIES = {4: 2, 6: 10}
_VERSIONS = {2: 4, 10: 6}


def encode_add(rule: Rule) -> bytes:
    """RTM_NEWRULE; the kernel refuses a rule that it has already."""
    return message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, _payload(rule))


def encode_delete(rule: Rule) -> bytes:
    """RTM_DELRULE: the kernel removes the first rule that has everything that is named here."""
    return message(RTM_DELRULE, 0, _payload(rule))


def _payload(rule: Rule) -> bytes:
    looks_up = rule.action is RuleAction.TABLE and not rule.l3mdev
    header = _RULE_HEADER.pack(
        _FAMILIES[rule.family],
        0 if rule.destination is None else rule.destination.length,
        0 if rule.source is None else rule.source.length,
        rule.tos,
        rule.table if looks_up and rule.table < 256 else 0,
        0,
        0,
        rule.action,
        _FIB_RULE_INVERT if rule.inverted else 0,
    )
    return header + b"".join(_attributes(rule, looks_up))


def _attributes(rule: Rule, looks_up: bool) -> Iterator[bytes]:
    if looks_up and rule.table >= 256:
        yield attribute(_FRA_TABLE, _U32.pack(rule.table))
    if rule.source is not None and rule.source.length:
        yield attribute(_FRA_SRC, rule.source.address.packed)
    if rule.destination is not None and rule.destination.length:
        yield attribute(_FRA_DST, rule.destination.address.packed)
    yield attribute(_FRA_PRIORITY, _U32.pack(rule.preference))
    for kind, number in (
        (_FRA_FWMARK, rule.mark),
        (_FRA_FWMASK, rule.mask),
        (_FRA_FLOW, rule.realms or None),
        (_FRA_SUPPRESS_PREFIXLEN, rule.suppress_prefix_length),
        (_FRA_SUPPRESS_IFGROUP, rule.suppress_group),
        (_FRA_GOTO, rule.goto),
    ):
        if number is not None:
            yield attribute(kind, _U32.pack(number))
    for kind, name in ((_FRA_IIFNAME, rule.incoming), (_FRA_OIFNAME, rule.outgoing)):
        if name is not None:
            yield attribute(kind, name.encode(errors="surrogateescape") + b"\0")
    if rule.tunnel:
        yield attribute(_FRA_TUN_ID, _BE64.pack(rule.tunnel))
    if rule.users is not None:
        yield attribute(_FRA_UID_RANGE, _U32x2.pack(*rule.users))
    for kind, byte in (
        (_FRA_L3MDEV, 1 if rule.l3mdev else None),
        (_FRA_PROTOCOL, rule.protocol),
        (_FRA_IP_PROTO, rule.transport),
    ):
        if byte is not None:
            yield attribute(kind, bytes([byte]))
    for kind, ports in ((_FRA_SPORT_RANGE, rule.source_ports), (_FRA_DPORT_RANGE, rule.destination_ports)):
        if ports is not None:
            yield attribute(kind, _U16x2.pack(*ports))


def decode_key(event: Reply) -> tuple[int, int] | None:
    """Family (4 or 6) and preference of the rule that an event is about; None for other families."""
    version = _VERSIONS.get(event.data[event.start])
    if version is None:
        return None
    preference = 0
    for kind, data in attributes(event.data, event.start + _RULE_HEADER.size, event.end):
        if kind == _FRA_PRIORITY:
            preference = _U32.unpack_from(data)[0]
    return version, preference
