"""What a reload would mean for each virtual router, sync group and what they track.  Pure.

Sorted by :func:`pykeepalived.daemon.vrrp_reload.difference`, with which the vrrp process carries it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon.vrrp_reload import difference
from pykeepalived.ipc.messages import RouterState
from pykeepalived.plan.static import StaticSettings
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.tracking.settings import RouterTracking
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress

States = Mapping[str, RouterState]
"""What each instance of the running daemon is now."""


@dataclass(frozen=True, slots=True)
class Object:
    """A thing of the configuration that a reload would touch.

    ``action`` is add, remove, change, or replace: ended and begun anew under its old name.  ``block`` is how
    its block begins, when that is not its kind and name.
    """

    kind: str
    name: str
    action: str
    consequences: tuple[str, ...]
    block: str = ""

    @property
    def title(self) -> str:
        """As its block begins."""
        return self.block or f"{self.kind} {self.name}".rstrip()


def vrrp_objects(old: VrrpPlan | None, new: VrrpPlan | None, states: States | None) -> Iterator[Object]:
    """One object per router, group and setting that differs; None is a process that does not run."""
    before, after = old or VrrpPlan((), ()), new or VrrpPlan((), ())
    known = {settings.name: settings for settings in before.routers}
    wanted = {settings.name: settings for settings in after.routers}
    change = difference(before.routers, after.routers)
    added = {settings.name for settings in change.added}
    tracked = {one.name: one for one in before.tracking.routers}
    tracks = {one.name: one for one in after.tracking.routers}
    former = {heir: name for name, heir in change.renamed.items()}
    for name in change.removed:
        if name in change.renamed:
            line = f"goes on as {change.renamed[name]}: the same virtual router under another name"
            yield Object("vrrp_instance", name, "remove", (line,))
        elif name not in added:
            yield Object("vrrp_instance", name, "remove", tuple(_end(known[name], states)))
    for name, settings in wanted.items():
        if name in former:
            yield Object("vrrp_instance", name, "add", (_heir(former[name], settings, states),))
        elif name in added and name not in change.removed:
            yield Object("vrrp_instance", name, "add", (_beginning(settings),))
        elif name in added:
            lines = (_other_identity(known[name], settings), *_end(known[name], states), _beginning(settings))
            yield Object("vrrp_instance", name, "replace", lines)
        else:
            lines = tuple(_changed(known[name], settings, states)) if known[name] != settings else ()
            lines += tuple(_other_tracking(tracked.get(name), tracks.get(name)))
            if lines:
                yield Object("vrrp_instance", name, "change", (_kept(name, states), *lines))
    yield from _groups(before, after)
    yield from _static(before.static, after.static)
    if old is not None and new is not None:
        yield from _process(before, after)


def _kept(name: str, states: States | None) -> str:
    state = (states or {}).get(name)
    return "keeps its state and timers" if state is None else f"stays {state.name}, keeps its timers"


def _end(settings: RouterSettings, states: States | None) -> Iterator[str]:
    state = (states or {}).get(settings.name)
    owned = _listed(settings.all_addresses)
    if state is RouterState.MASTER:
        yield f"is Master now: sends priority 0 and removes {owned}; a peer takes over after its skew time"
    elif state is None:
        yield f"ends; if it is Master it sends priority 0 and removes {owned}"
    else:
        yield f"is {state.name} now: ends, no address of the host changes"


def _heir(former: str, settings: RouterSettings, states: States | None) -> str:
    state = (states or {}).get(former)
    if state is RouterState.MASTER:
        return f"is {former} under another name: stays MASTER, no advert is missed and no address moves"
    if state is None:
        return f"is {former} under another name: stays Master when it is that, otherwise begins anew"
    return f"is {former} under another name; {_beginning(settings)}"


def _beginning(settings: RouterSettings) -> str:
    if settings.address_owner:
        return f"starts as Master (priority 255) with {_listed(settings.all_addresses)}"
    down_ns = settings.down_timer_adverts * settings.advertisement_interval_ns
    return (
        f"starts as Backup with priority {settings.priority}; is Master with "
        f"{_listed(settings.all_addresses)} after some {_seconds(down_ns)} s if nobody better speaks"
    )


def _other_identity(old: RouterSettings, new: RouterSettings) -> str:
    rows = (
        ("interface", old.interface, new.interface),
        ("virtual_router_id", old.vrid, new.vrid),
        ("IPv", old.family, new.family),
    )
    what = ", ".join(f"{name} {was} -> {now}" for name, was, now in rows if was != now)
    return f"{what}: is another virtual router, ends and begins anew"


def _changed(old: RouterSettings, new: RouterSettings, states: States | None) -> Iterator[str]:
    state = (states or {}).get(new.name)
    if old.priority != new.priority:
        yield f"base priority {old.priority} -> {new.priority}: in place, no change of state by itself"
        if state is RouterState.MASTER and new.priority < old.priority:
            yield "a peer of higher priority than that takes over, unless it is nopreempt"
        elif state is RouterState.BACKUP and new.priority > old.priority and new.preempt_mode:
            yield "takes over when that is more than the Master's priority"
    before, after = old.all_addresses, new.all_addresses
    gone = [one for one in before if one not in after]
    come = [one for one in after if one not in before]
    who = "now" if state is RouterState.MASTER else "when Master" if state is None else "at its next takeover"
    if gone and (state is None or state is RouterState.MASTER):
        yield f"removes {_listed(gone)} {who}"
    elif gone:
        yield f"no longer takes {_listed(gone)}"
    if come:
        yield f"adds {_listed(come)} {who}, with gratuitous ARP or neighbour advertisements"
    if set(old.addresses) != set(new.addresses):
        yield "its adverts name other addresses: peers with the old list log it until they are reloaded, too"
    if old.advertisement_interval_ns != new.advertisement_interval_ns:
        was, now = _seconds(old.advertisement_interval_ns), _seconds(new.advertisement_interval_ns)
        yield f"advert interval {was} s -> {now} s at once; the timers keep what they have waited"
        if new.version == 2:
            yield "peers refuse adverts of another interval (version 2): reload all of them together"
    if old.version != new.version:
        yield (
            f"VRRP version {old.version} -> {new.version}: peers with the other version discard its adverts "
            "and become Master as well until they are reloaded, too"
        )
    if (old.authentication, old.hmac) != (new.authentication, new.hmac):
        yield "authentication changes at once: peers with the old one discard its adverts"
    if old.links != new.links:
        yield "interfaces of its own (use_vmac, use_ipvlan) are made or removed; it may be in Fault meanwhile"
    if (old.routes, old.rules) != (new.routes, new.rules):
        yield "routes and rules: only what differs is added or removed, on the Master"
    said = {
        "priority", "addresses", "excluded_addresses", "advertisement_interval_ns", "version",
        "authentication", "hmac", "links", "routes", "rules", "quickest_peer_priority",
        "receive_buffer_bytes",
    }  # fmt: skip
    if rest := [name for name in differing(old, new) if name not in said]:
        yield f"in place: {', '.join(rest)}"


def _other_tracking(old: RouterTracking | None, new: RouterTracking | None) -> Iterator[str]:
    if old is None or new is None:
        return
    before, after = {(one.kind, one.name): one for one in old.follows}, {}
    after.update({(one.kind, one.name): one for one in new.follows})
    gone = [f"{kind} {name}" for kind, name in before if (kind, name) not in after]
    come = [f"{kind} {name}" for kind, name in after if (kind, name) not in before]
    other = [
        f"{kind} {name} weight {before[kind, name].weight} -> {one.weight}"
        for (kind, name), one in after.items()
        if (kind, name) in before and before[kind, name] != one
    ]
    if gone:
        yield f"no longer tracks {', '.join(gone)}: what it took from, or added to, the priority ends at once"
    if come:
        yield f"tracks {', '.join(come)} as well: Fault or priority follow at once"
    if other:
        yield f"tracks otherwise: {', '.join(other)}; the priority follows at once"


def _groups(old: VrrpPlan, new: VrrpPlan) -> Iterator[Object]:
    before = {group.name: group.members for group in old.groups}
    after = {group.name: group.members for group in new.groups}
    for name in before:
        if name not in after:
            text = "its members go their own ways, each with the state it has"
            yield Object("vrrp_sync_group", name, "remove", (text,))
    for name, members in after.items():
        if name not in before:
            yield Object("vrrp_sync_group", name, "add", (f"binds {', '.join(members)} together",))
        elif before[name] != members:
            text = f"members {', '.join(before[name])} -> {', '.join(members)}; one state for all at once"
            yield Object("vrrp_sync_group", name, "change", (text,))


def _static(old: StaticSettings, new: StaticSettings) -> Iterator[Object]:
    for kind, attribute in (
        ("static_ipaddress", "addresses"),
        ("static_routes", "routes"),
        ("static_rules", "rules"),
    ):
        before, after = getattr(old, attribute), getattr(new, attribute)
        gone = sum(one not in after for one in before)
        come = sum(one not in before for one in after)
        if before != after:
            text = f"{come} added to the kernel, {gone} removed, the others are not touched"
            yield Object(kind, "", "change", (text,))


def _process(old: VrrpPlan, new: VrrpPlan) -> Iterator[Object]:
    lines = []
    scheduling = [name for name in differing(old.process, new.process) if name != "log_unknown_vrids"]
    if scheduling:
        lines.append(f"scheduling of the VRRP process ({', '.join(scheduling)}): needs a full restart")
    if old.process.log_unknown_vrids != new.process.log_unknown_vrids:
        lines.append("log_unknown_vrids: in place")
    started = (old.startup_delay_ns, old.delay_after_boot_ns)
    if started != (new.startup_delay_ns, new.delay_after_boot_ns):
        lines.append("vrrp_startup_delay, vrrp_delay_after_boot: count at the next start only")
    if old.firewall != new.firewall:
        lines.append("nftables rules: in place")
    if old.pacing != new.pacing:
        lines.append("gaps between gratuitous ARPs: in place")
    for name in ("scripts", "static_groups", "delays", "polled"):
        if getattr(old.tracking, name) != getattr(new.tracking, name):
            lines.append(f"tracking ({name.replace('_', ' ')}): in place")
    if lines:
        yield Object("global_defs", "", "change", tuple(lines))


def differing(old: Any, new: Any) -> list[str]:
    """Names of the fields in which two values of one dataclass differ."""
    compared = [field.name for field in fields(old) if field.compare]
    return [name for name in compared if getattr(old, name) != getattr(new, name)]


def _listed(addresses: Iterable[VirtualAddress]) -> str:
    found = [str(one) for one in addresses]
    if not found:
        return "no address"
    return ", ".join(found) if len(found) <= 4 else f"{', '.join(found[:3])} and {len(found) - 3} more"


def _seconds(duration_ns: int) -> str:
    return f"{duration_ns / NANOSECONDS_PER_SECOND:g}"
