"""The texts of the state, statistics and JSON files, in keepalived's layout.  Pure.

What changes comes from the vrrp process (InstanceSnapshot), what does not from the configuration.  Names,
order, units and types are those of keepalived 2.4.3: tools read these files.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pykeepalived.base.units import (
    NANOSECONDS_PER_CENTISECOND,
    NANOSECONDS_PER_MICROSECOND,
    NANOSECONDS_PER_SECOND,
)
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.values import Script
from pykeepalived.daemon.routing_text import route_text, rule_text
from pykeepalived.ipc.messages import InstanceSnapshot, RouterState
from pykeepalived.plan.owned import StaticSettings
from pykeepalived.vrrp.settings import AuthenticationKind, RouterSettings, SyncGroupSettings, VirtualAddress

STATE_NUMBERS = {
    RouterState.INIT: 0,
    RouterState.BACKUP: 1,
    RouterState.MASTER: 2,
    RouterState.FAULT: 3,
    RouterState.STOP: 0,
    RouterState.DELETED: 0,
}
_MASKED = "********"
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}


@dataclass(frozen=True, slots=True)
class Instance:
    """Everything about one instance: what is configured, what that means, and how it is now."""

    block: VrrpInstance
    settings: RouterSettings
    snapshot: InstanceSnapshot
    group: str | None = None


# ---------------------------------------------------------------- statistics

_STATISTICS: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (
    ("Advertisements", (("Received", "advert_rcvd"), ("Sent", "advert_sent"))),
    ("Became master", (("", "become_master"),)),
    ("Released master", (("", "release_master"),)),
    (
        "Packet Errors",
        (
            ("Length", "packet_len_err"),
            ("TTL", "ip_ttl_err"),
            ("Invalid Type", "invalid_type_rcvd"),
            ("Advertisement Interval", "advert_interval_err"),
            ("Address List", "addr_list_err"),
        ),
    ),
    (
        "Authentication Errors",
        (
            ("Invalid Type", "invalid_authtype"),
            ("Type Mismatch", "authtype_mismatch"),
            ("Failure", "auth_failure"),
        ),
    ),
    (
        "Authentication Extension Errors",
        (
            ("Missing", "auth_ext_missing"),
            ("Malformed", "auth_ext_malformed"),
            ("Unknown Key", "auth_ext_unknown_key"),
            ("Invalid HMAC", "auth_ext_invalid_hmac"),
            ("Stale", "auth_ext_stale"),
            ("Replay", "auth_ext_replay"),
        ),
    ),
    ("Priority Zero", (("Received", "pri_zero_rcvd"), ("Sent", "pri_zero_sent"))),
)


def statistics_text(snapshots: Iterable[InstanceSnapshot]) -> str:
    """``keepalived.stats``."""
    lines: list[str] = []
    for snapshot in snapshots:
        lines.append(f"VRRP Instance: {snapshot.name}")
        for title, rows in _STATISTICS:
            if not rows[0][0]:
                lines.append(f"  {title}: {getattr(snapshot.counters, rows[0][1])}")
                continue
            lines.append(f"  {title}:")
            lines += [f"    {label}: {getattr(snapshot.counters, name)}" for label, name in rows]
    return "".join(f"{line}\n" for line in lines)


# ---------------------------------------------------------------- JSON


def json_text(instances: Iterable[Instance], version: int = 1) -> str:
    """``keepalived.json``: one line without a newline at its end."""
    objects = [
        {"data": _data(instance), "stats": asdict(instance.snapshot.counters)} for instance in instances
    ]
    return json.dumps(objects if version == 1 else {"vrrp": objects}, separators=(",", ":"))


def _data(instance: Instance) -> dict[str, Any]:
    block, settings, now = instance.block, instance.settings, instance.snapshot
    announce = settings.announce
    data: dict[str, Any] = {
        "iname": settings.name,
        "dont_track_primary": int(not settings.track_interface),
        "skip_check_adv_addr": int(settings.skip_check_adv_addr),
        "strict_mode": int(settings.strict_mode),
        "vmac_ifname": "",
        "ifp_ifname": settings.interface,
        "master_priority": now.master_priority,
        "last_transition": now.last_transition_ns // NANOSECONDS_PER_MICROSECOND / 1_000_000,
        "garp_delay": _seconds(announce.master_delay_ns),
        "garp_refresh": announce.refresh_ns // NANOSECONDS_PER_SECOND,
        "garp_rep": announce.master_repeat,
        "garp_refresh_rep": announce.refresh_repeat,
        "garp_lower_prio_delay": announce.lower_priority_delay_ns // NANOSECONDS_PER_SECOND,
        "garp_lower_prio_rep": announce.lower_priority_repeat,
        "lower_prio_no_advert": int(settings.lower_prio_no_advert),
        "higher_prio_send_advert": int(settings.higher_prio_send_advert),
        "vrid": settings.vrid,
        "base_priority": settings.priority,
        "effective_priority": now.effective_priority,
        "vipset": now.addresses_set,
        "promote_secondaries": settings.promote_secondaries,
        "adver_int": _seconds(settings.advertisement_interval_ns),
        "master_adver_int": _seconds(now.master_adver_interval_ns),
        "accept": int(settings.accept_mode),
        "nopreempt": not settings.preempt_mode,
        "preempt_delay": settings.preempt_delay_ns // NANOSECONDS_PER_SECOND,
        "state": STATE_NUMBERS[now.state],
        "wantstate": STATE_NUMBERS[now.wanted_state],
        "version": settings.version,
        "smtp_alert": bool(block.smtp_alert),
        "notify_deleted": block.notify_deleted is not None,
    }
    scripts = {
        "script_backup": block.notify_backup,
        "script_master": block.notify_master,
        "script_fault": block.notify_fault,
        "script_stop": block.notify_stop,
        "script_deleted": block.notify_deleted,
        "script": block.notify,
        "script_master_rx_lower_pri": block.notify_master_rx_lower_pri,
    }
    data |= {name: quoted(script) for name, script in scripts.items() if script is not None and script.argv}
    lists = {
        "vips": [_address(address, now.addresses_set) for address in settings.addresses],
        "evips": [_address(address, now.addresses_set) for address in settings.excluded_addresses],
        "vroutes": [route_text(route) for route in settings.routes],
        "vrules": [rule_text(rule) for rule in settings.rules],
        "track_ifp": [entry.name for entry in block.track_interface],
        "track_script": [entry.name for entry in block.track_script],
    }
    data |= {name: values for name, values in lists.items() if values}
    if settings.version == 2:
        data["auth_type"] = int(settings.authentication.kind)
        if settings.authentication.kind is not AuthenticationKind.NONE:
            data["auth_data"] = _MASKED
    return data


def quoted(script: Script) -> str:
    """A command as keepalived shows it: each word in single quotes."""
    return " ".join(f"'{word}'" for word in script.argv)


def _seconds(duration_ns: int) -> int | float:
    """Seconds as keepalived's JSON has them: whole when they are."""
    if duration_ns % NANOSECONDS_PER_SECOND == 0:
        return duration_ns // NANOSECONDS_PER_SECOND
    return duration_ns / NANOSECONDS_PER_SECOND


def _address(address: VirtualAddress, is_set: bool) -> str:
    host = 32 if address.address.version == 4 else 128
    prefix = "" if address.prefix_length == host else f"/{address.prefix_length}"
    words = [f"{address.address}{prefix}"]
    if address.peer is not None:
        words = [f"{address.address}", f"peer {address.peer}{prefix}"]
    if address.broadcast is not None:
        words.append(f"brd {address.broadcast}")
    words += [f"dev {address.interface}", f"scope {_SCOPES.get(address.scope, address.scope)}"]
    if address.label:
        words.append(f"label {address.label}")
    if address.address.version == 6:
        lifetime = address.preferred_lifetime
        words.append(f"preferred_lft {'forever' if lifetime is None else lifetime}")
    if is_set:
        words.append("set")
    return " ".join(words)


# ---------------------------------------------------------------- state


def state_text(
    instances: Sequence[Instance],
    groups: Sequence[SyncGroupSettings],
    global_lines: Iterable[str],
    static: StaticSettings | None = None,
) -> str:
    """``keepalived.data``: the sections about VRRP that are in use."""
    lines = ["------< Global definitions >------", *global_lines]
    if static is not None:
        lines += _static_lines(static)
    if instances:
        lines.append("------< VRRP Topology >------")
        for instance in instances:
            lines += _instance_lines(instance)
    if groups:
        lines.append("------< VRRP Sync groups >------")
        states = {instance.settings.name: instance.snapshot.state for instance in instances}
        for group in groups:
            members = [states.get(member, RouterState.INIT) for member in group.members]
            state = members[0] if members and len(set(members)) == 1 else RouterState.INIT
            lines.append(f" VRRP Sync Group = {group.name}, {state}")
            lines.append(f"   VRRP member instances = {len(group.members)}")
            lines += [f"     {member}" for member in group.members]
    return "".join(f"{line}\n" for line in lines)


def _static_lines(static: StaticSettings) -> Iterator[str]:
    for title, rows in (
        ("Addresses", [_address(one.address, True) for one in static.addresses]),
        ("Routes", [route_text(route) for route in static.routes]),
        ("Rules", [rule_text(rule) for rule in static.rules]),
    ):
        if rows:
            yield f"------< Static {title} >------"
            yield from (f"     {row}" for row in rows)


def _instance_lines(instance: Instance) -> Iterator[str]:
    settings, now = instance.settings, instance.snapshot
    announce = settings.announce
    yield f" VRRP Instance = {settings.name}"
    yield f"   VRRP Version = {settings.version}"
    if instance.group is not None:
        yield f"   Sync group = {instance.group}"
    yield f"   State = {now.state}"
    if now.state is RouterState.BACKUP and now.master_address:
        yield f"   Master router = {now.master_address}"
        yield f"   Master priority = {now.master_priority}"
    yield f"   Wantstate = {now.wanted_state}"
    if now.interface_ok:
        yield "   Flags of interface faults - (none)"
    else:
        yield "   Flags of interface faults:"
        yield "     i/f down"
    yield f"   Last transition = {_moment(now.last_transition_ns)}"
    yield f"   Master down timer = {now.master_down_interval_ns // NANOSECONDS_PER_MICROSECOND} usecs"
    yield f"   Interface = {settings.interface}"
    if now.source_address:
        yield f"   Using src_ip = {now.source_address}"
    if settings.unicast or settings.peers:
        yield f"   Unicast Peers ({len(settings.peers)}):"
        yield from (f"     {peer.address}" for peer in settings.peers)
    else:
        yield f"   Multicast address {settings.multicast_group}"
    yield f"   Gratuitous ARP delay = {_seconds(announce.master_delay_ns)}"
    yield f"   Gratuitous ARP repeat = {announce.master_repeat}"
    yield f"   Gratuitous ARP refresh = {_seconds(announce.refresh_ns)}"
    yield f"   Gratuitous ARP refresh repeat = {announce.refresh_repeat}"
    yield f"   Gratuitous ARP lower priority delay = {_seconds(announce.lower_priority_delay_ns)}"
    yield f"   Gratuitous ARP lower priority repeat = {announce.lower_priority_repeat}"
    yield f"   Down timer adverts = {settings.down_timer_adverts}"
    yield f"   Send advert after receive lower priority advert = {_true(not settings.lower_prio_no_advert)}"
    yield f"   Send advert after receive higher priority advert = {_true(settings.higher_prio_send_advert)}"
    yield f"   Virtual Router ID = {settings.vrid}"
    yield f"   Priority = {settings.priority}"
    yield f"   Effective priority = {now.effective_priority}"
    yield f"   Total priority = {now.effective_priority}"
    yield f"   Advert interval = {_interval(settings)}"
    yield f"   Accept = {_enabled(settings.accept_mode)}"
    yield f"   Preempt = {_enabled(settings.preempt_mode)}"
    if settings.preempt_delay_ns:
        yield f"   Preempt delay = {settings.preempt_delay_ns / NANOSECONDS_PER_SECOND:g} secs"
    yield f"   Promote_secondaries = {_enabled(settings.promote_secondaries)}"
    if settings.version == 2:
        yield from _authentication(settings)
    yield from _address_lines("Virtual IP", settings.addresses, now.addresses_set)
    if settings.excluded_addresses:
        yield "   Virtual IP Excluded :"
        yield from (f"     {_address(one, now.addresses_set)}" for one in settings.excluded_addresses)
    if settings.routes:
        yield "   Virtual Routes :"
        yield from (f"     {route_text(route)}" for route in settings.routes)
    if settings.rules:
        yield "   Virtual Rules :"
        yield from (f"     {rule_text(rule)}" for rule in settings.rules)


def _authentication(settings: RouterSettings) -> Iterator[str]:
    match settings.authentication.kind:
        case AuthenticationKind.NONE:
            yield "   Authentication type = none"
        case AuthenticationKind.PASS:
            yield "   Authentication type = SIMPLE_PASSWORD"
            yield f"   Password = {_MASKED}"
        case AuthenticationKind.AH:
            yield "   Authentication type = IPSEC_AH"
            yield f"   Password = {_MASKED}"


def _address_lines(title: str, addresses: Sequence[VirtualAddress], is_set: bool) -> Iterator[str]:
    yield f"   {title} ({len(addresses)}):"
    yield from (f"     {_address(address, is_set)}" for address in addresses)


def _interval(settings: RouterSettings) -> str:
    interval = settings.advertisement_interval_ns
    if settings.version == 2:
        return f"{interval // NANOSECONDS_PER_SECOND} sec"
    return f"{interval // (NANOSECONDS_PER_CENTISECOND // 10)} milli-sec"


def _moment(at_ns: int) -> str:
    seconds, micros = divmod(at_ns // NANOSECONDS_PER_MICROSECOND, 1_000_000)
    local = time.localtime(seconds)
    day, year = time.strftime("%a %b %e %H:%M:%S", local), time.strftime("%Y", local)
    return f"{seconds}.{micros:06} ({day}.{micros:06} {year})"


def _enabled(value: bool) -> str:
    return "enabled" if value else "disabled"


def _true(value: bool) -> str:
    return "true" if value else "false"
