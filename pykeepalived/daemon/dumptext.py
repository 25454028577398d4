"""The texts of the statistics and JSON files, in keepalived's layout.  Pure.

What changes comes from the vrrp process (InstanceSnapshot), what does not from the configuration.  Names,
order, units and types are those of keepalived 2.4.3: tools read these files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pykeepalived.base.units import NANOSECONDS_PER_MICROSECOND, NANOSECONDS_PER_SECOND
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.daemon.dump_global import quoted
from pykeepalived.daemon.routing_text import route_text, rule_text
from pykeepalived.ipc.messages import InstanceSnapshot, RouterState
from pykeepalived.vrrp.settings import AuthenticationKind, RouterSettings, VirtualAddress
from pykeepalived.vrrp.virtual_link import VirtualLink

STATE_NUMBERS = {
    RouterState.INIT: 0,
    RouterState.BACKUP: 1,
    RouterState.MASTER: 2,
    RouterState.FAULT: 3,
    RouterState.STOP: 0,
    RouterState.DELETED: 0,
}
MASKED = "********"
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}


@dataclass(frozen=True, slots=True)
class Instance:
    """Everything about one instance: what is configured, what that means, and how it is now.

    ``commands``: the quoted command of each tracked script.
    """

    block: VrrpInstance
    settings: RouterSettings
    snapshot: InstanceSnapshot
    group: str | None = None
    commands: Mapping[str, str] = field(default_factory=dict)


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


def json_text(
    instances: Iterable[Instance], version: int = 1, processes: Sequence[Mapping[str, object]] = ()
) -> str:
    """``keepalived.json``: one line without a newline at its end; tracked processes only in version 2."""
    objects = [
        {"data": _data(instance), "stats": asdict(instance.snapshot.counters)} for instance in instances
    ]
    whole: object = objects
    if version == 2:
        whole = {"vrrp": objects} | ({"track_process": processes} if processes else {})
    return json.dumps(whole, separators=(",", ":"))


def _data(instance: Instance) -> dict[str, Any]:
    block, settings, now = instance.block, instance.settings, instance.snapshot
    announce = settings.announce
    data: dict[str, Any] = {
        "iname": settings.name,
        "dont_track_primary": int(not settings.track_interface),
        "skip_check_adv_addr": int(settings.skip_check_adv_addr),
        "strict_mode": int(settings.strict_mode),
        "vmac_ifname": settings.advert_interface if settings.links else "",
        "ifp_ifname": settings.speaking_interface,
        "master_priority": now.master_priority,
        "last_transition": now.last_transition_ns // NANOSECONDS_PER_MICROSECOND / 1_000_000,
        "garp_delay": seconds(announce.master_delay_ns),
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
        "adver_int": seconds(settings.advertisement_interval_ns),
        "master_adver_int": seconds(now.master_adver_interval_ns),
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
        "vips": [address_text(one, now.addresses_set, settings.links) for one in settings.addresses],
        "evips": [
            address_text(one, now.addresses_set, settings.links) for one in settings.excluded_addresses
        ],
        "vroutes": [route_text(route) for route in settings.routes],
        "vrules": [rule_text(rule) for rule in settings.rules],
        "track_ifp": [entry.name for entry in block.track_interface],
        "track_script": [instance.commands.get(entry.name, entry.name) for entry in block.track_script],
        "track_process": [entry.name for entry in block.track_process],
    }
    data |= {name: values for name, values in lists.items() if values}
    kind = settings.authentication.kind if settings.version == 2 else AuthenticationKind.NONE
    data["auth_type"] = int(kind)
    if kind is not AuthenticationKind.NONE:
        data["auth_data"] = MASKED
    return data


def seconds(duration_ns: int) -> int | float:
    """Seconds as keepalived's JSON has them: whole when they are."""
    if duration_ns % NANOSECONDS_PER_SECOND == 0:
        return duration_ns // NANOSECONDS_PER_SECOND
    return duration_ns / NANOSECONDS_PER_SECOND


def address_text(address: VirtualAddress, is_set: bool, links: Iterable[VirtualLink] = ()) -> str:
    """An address as keepalived shows it; ``set`` while it is on its interface.

    Of an interface that the router made (one of ``links``) the one below it is named, too.
    """
    host = 32 if address.address.version == 4 else 128
    prefix = "" if address.prefix_length == host else f"/{address.prefix_length}"
    words = [f"{address.address}{prefix}"]
    if address.peer is not None:
        words = [f"{address.address}", f"peer {address.peer}{prefix}"]
    if address.broadcast is not None:
        words.append(f"brd {address.broadcast}")
    below = [f"@{link.parent}" for link in links if link.name == address.interface]
    words += [
        f"dev {address.interface}{''.join(below)}",
        f"scope {_SCOPES.get(address.scope, address.scope)}",
    ]
    if address.label:
        words.append(f"label {address.label}")
    if address.address.version == 6:
        lifetime = address.preferred_lifetime
        shown = f"preferred_lft {'forever' if lifetime is None else lifetime}"
        words.append("deprecated" if lifetime == 0 else shown)
    if is_set:
        words.append("set")
    return " ".join(words)
