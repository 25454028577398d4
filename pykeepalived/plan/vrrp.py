"""Configuration -> settings of the virtual routers and sync groups, with every default applied.

``config.resolving`` has filled in what an instance inherits and corrected what keepalived corrects with a
complaint; here the words become the core's values.  ``notes`` says what could not become a router at all.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, TypeVar

from pykeepalived.base.units import NANOSECONDS_PER_CENTISECOND, NANOSECONDS_PER_SECOND, seconds_to_ns
from pykeepalived.config.resolving.vrids import family_of
from pykeepalived.plan.addresses import virtual_address
from pykeepalived.plan.firewall import firewall_notes, plan_firewall
from pykeepalived.plan.kept import Kept
from pykeepalived.plan.lvs import LvsPlan, plan_lvs
from pykeepalived.plan.owned import plan_owned
from pykeepalived.plan.pacing import plan_pacing
from pykeepalived.plan.tracking import plan_tracking
from pykeepalived.plan.virtual_links import LinkPlanner
from pykeepalived.plan.vrrp_buffers import netlink_buffers, receive_buffer
from pykeepalived.plan.vrrp_hmac import plan_hmac
from pykeepalived.plan.vrrp_plan import ProcessSettings, VrrpPlan
from pykeepalived.tracking.settings import TrackingSettings
from pykeepalived.vrrp.settings import (
    MULTICAST_GROUP_4,
    MULTICAST_GROUP_6,
    PRIORITY_OWNER,
    AnnounceSettings,
    Authentication,
    AuthenticationKind,
    InitialState,
    RouterSettings,
    SyncGroupSettings,
    UnicastPeer,
    VirtualAddress,
)

if TYPE_CHECKING:
    from pykeepalived.config.blocks.global_defs import GlobalDefs
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.vrrp_instance import VrrpInstance

T = TypeVar("T")

DEFAULT_PRIORITY = 100
MAX_ADVERTISED = 255
MAX_INTERVAL_CS = 4095


def plan_vrrp(
    config: Config,
    lvs: LvsPlan | None = None,
    kept: Kept[RouterSettings] | None = None,
    tracked: TrackingSettings | None = None,
) -> VrrpPlan:
    """The routers and groups of ``config``; ``lvs`` is its plan of pools, if it is there already.

    ``kept`` are the routers of the configuration before, and gets those of this one; ``tracked`` is what they
    followed.
    """
    if kept is None:
        kept = Kept()
    pools = (plan_lvs(config) if lvs is None else lvs).pools
    followed = {owner for pool in pools for owner in pool.settings.owners if owner}
    gaps = _interface_gaps(config)
    owned = plan_owned(config)
    links = LinkPlanner(config)
    notes: list[str] = []
    routers: dict[str, RouterSettings] = {}
    taken: dict[tuple[str, int, int], str] = {}
    for block in config.vrrp_instances:
        before = kept.of(block)
        same = before is not None and _stands_alone(before, block.name in followed, owned.watched)
        settings = before if same else _router(block, config.global_defs, gaps, block.name in followed)
        if settings is None:
            notes.append(f"({block.name}) left out: it has no interface or no virtual_router_id")
            continue
        if block.name in routers:
            notes.append(f"({block.name}) left out: its name is in use")
            continue
        place = (settings.interface, settings.family, settings.vrid)
        if not settings.peers and place in taken:
            # RFC 9568 section 6.1: one virtual router per interface, family and VRID.
            notes.append(f"({block.name}) left out: {taken[place]} has the same interface and VRID")
            continue
        taken.setdefault(place, block.name)
        if not same:
            settings = owned.complete(block, links.complete(block, settings))
            settings = before if before is not None and _same(before, settings) else settings
        kept.keep(block, settings)
        routers[block.name] = settings
    groups: list[SyncGroupSettings] = []
    grouped: set[str] = set()
    for group in config.vrrp_sync_groups:
        members = tuple(
            dict.fromkeys(
                entry.name for entry in group.group if entry.name in routers and entry.name not in grouped
            )
        )
        grouped.update(members)
        if members:
            groups.append(SyncGroupSettings(group.name, members))
    tracking = plan_tracking(config, routers.values(), groups, tracked)
    return VrrpPlan(
        routers=tuple(routers.values()),
        groups=tuple(groups),
        startup_delay_ns=seconds_to_ns(config.global_defs.vrrp_startup_delay),
        delay_after_boot_ns=seconds_to_ns(config.global_defs.vrrp_delay_after_boot),
        notes=(*notes, *tracking.notes, *firewall_notes(config.global_defs)),
        process=_process(config.global_defs),
        firewall=plan_firewall(config.global_defs),
        static=owned.static,
        pacing=plan_pacing(config, routers.values()),
        tracking=tracking.settings,
    )


def _stands_alone(router: RouterSettings, followed: bool, watched: Collection[str]) -> bool:
    """Whether nothing but its block makes a router what it was.

    Names of links are given out in turn, preferences of rules, too, and all of these say where they stand.
    """
    owns = router.links or router.routes or router.rules or router.needed_interfaces
    return router.follows_services is followed and not owns and router.name not in watched


def _same(before: RouterSettings, now: RouterSettings) -> bool:
    """Whether two are equal, and say the same about where their routes and rules stand."""
    return before == now and _places(before) == _places(now)


def _places(router: RouterSettings) -> list[str]:
    return [one.where for one in router.routes] + [one.where for one in router.rules]


def _process(defaults: GlobalDefs) -> ProcessSettings:
    priority = defaults.vrrp_rt_priority
    if priority is None and defaults.max_auto_priority != -1 and not defaults.vrrp_priority:
        priority = 1
    return ProcessSettings(
        priority,
        defaults.vrrp_priority,
        defaults.vrrp_cpu_affinity or (),
        defaults.log_unknown_vrids,
        defaults.vrrp_rlimit_rttime if defaults.vrrp_rt_priority is not None else 0,
        netlink_buffers(defaults),
    )


def _router(
    block: VrrpInstance, defaults: GlobalDefs, gaps: dict[str, tuple[float, float]], followed: bool
) -> RouterSettings | None:
    # A VRF is for unicast without an interface; its device stands for all that are in it.
    interface = block.interface or (block.vrf if block.unicast_peer else None) or defaults.default_interface
    vrid = block.virtual_router_id
    if interface is None or vrid is None:
        return None
    family = family_of(block)
    version = 3 if family == 6 else block.version or defaults.vrrp_version
    strict = _first(block.strict_mode, defaults.vrrp_strict)
    priority = block.priority
    if priority is None:
        priority = PRIORITY_OWNER if block.state == "MASTER" else DEFAULT_PRIORITY
    starts_as_master = block.state == "MASTER" or priority == PRIORITY_OWNER
    preempt_mode = not block.nopreempt or block.preempt or starts_as_master
    may_delay = preempt_mode and not starts_as_master and not strict
    advertised, excluded = _addresses(block, interface, family)
    peers = tuple(
        UnicastPeer(
            entry.address,
            0 if entry.min_ttl is None else entry.min_ttl,
            255 if entry.max_ttl is None else entry.max_ttl,
        )
        for entry in block.unicast_peer
        if entry.address.version == family
    )
    group = defaults.vrrp_mcast_group4 if family == 4 else defaults.vrrp_mcast_group6
    buffer = receive_buffer(block, defaults, family=family, version=version, addresses=len(advertised))
    return RouterSettings(
        name=block.name,
        interface=interface,
        vrid=vrid,
        family=family,
        version=version,
        priority=priority,
        initial_state=InitialState.MASTER if starts_as_master else InitialState.BACKUP,
        advertisement_interval_ns=_interval_ns(block.advert_int, version),
        preempt_mode=preempt_mode,
        preempt_delay_ns=seconds_to_ns(block.preempt_delay) if may_delay else 0,
        accept_mode=_accepts(block, priority, version, strict),
        addresses=advertised,
        excluded_addresses=excluded,
        authentication=_authentication(block, version, strict),
        hmac=plan_hmac(block, _interval_ns(block.advert_int, version), strict=strict),
        old_unicast_checksum=bool(peers) and version == 3 and block.old_unicast_checksum == "on",
        quickest_peer_priority=block.timer_expired_backup or 254,
        receive_buffer_bytes=buffer.size,
        receive_buffer_mtus=buffer.mtus,
        source_address=block.unicast_src_ip or block.mcast_src_ip,
        track_source_address=block.track_src_ip,
        multicast_group=block.mcast_dst_ip or group or (MULTICAST_GROUP_4, MULTICAST_GROUP_6)[family == 6],
        unicast=bool(peers) or block.unicast_fault_no_peer,
        peers=peers,
        check_unicast_source=bool(peers) and (block.check_unicast_src or defaults.vrrp_check_unicast_src),
        hop_limit=255 if block.unicast_ttl is None or not peers else block.unicast_ttl,
        checksum_without_pseudo_header=_first(block.v3_checksum_as_v2, defaults.v3_checksum_as_v2),
        down_timer_adverts=3
        if strict
        else _first(block.down_timer_adverts, defaults.vrrp_down_timer_adverts),
        lower_prio_no_advert=strict or _first(block.lower_prio_no_advert, defaults.vrrp_lower_prio_no_advert),
        higher_prio_send_advert=not strict
        and _first(block.higher_prio_send_advert, defaults.vrrp_higher_prio_send_advert),
        owner_ignore_adverts=_first(block.owner_ignore_adverts, defaults.vrrp_owner_ignore_adverts),
        skip_check_adv_addr=_first(block.skip_check_adv_addr, defaults.vrrp_skip_check_adv_addr),
        strict_mode=strict,
        track_interface=not block.dont_track_primary,
        promote_secondaries=block.promote_secondaries,
        follows_services=followed,
        announce=_announce(block, defaults, gaps.get(interface), strict=strict),
    )


def _accepts(block: VrrpInstance, priority: int, version: int, strict: bool) -> bool:
    """Accept_Mode; version 2 has none to choose (RFC 3768 section 6.4.3), which strict mode insists on."""
    if priority == PRIORITY_OWNER:
        return True
    if strict and version == 2:
        return False
    return block.accept or not (strict or block.no_accept)


def _first(written: T | None, default: T) -> T:
    return default if written is None else written


def _interval_ns(seconds: float, version: int) -> int:
    """Version 2 knows whole seconds, version 3 centiseconds up to 40.95 s; keepalived rounds to that."""
    if version == 2:
        return max(1, min(255, math.floor(seconds + 0.5))) * NANOSECONDS_PER_SECOND
    return max(1, min(MAX_INTERVAL_CS, round(seconds * 100))) * NANOSECONDS_PER_CENTISECOND


def _authentication(block: VrrpInstance, version: int, strict: bool) -> Authentication:
    """Only version 2 has any, and strict mode forbids it."""
    written = block.authentication
    if written is None or written.auth_type is None or version != 2 or strict:
        return Authentication()
    password = (written.auth_pass or "").encode("utf-8", "surrogateescape")[:8]
    return Authentication(AuthenticationKind[written.auth_type], password)


# ---------------------------------------------------------------- addresses


def _addresses(
    block: VrrpInstance, interface: str, family: int
) -> tuple[tuple[VirtualAddress, ...], tuple[VirtualAddress, ...]]:
    """Advertised and excluded addresses; what a packet cannot hold becomes excluded."""
    own = [line for line in block.virtual_ipaddress if line.address.version == family]
    advertised = tuple(virtual_address(line, interface) for line in own[:MAX_ADVERTISED])
    rest = (*own[MAX_ADVERTISED:], *block.virtual_ipaddress_excluded)
    return advertised, tuple(virtual_address(line, interface) for line in rest)


# ---------------------------------------------------------------- announcements


def _interface_gaps(config: Config) -> dict[str, tuple[float, float]]:
    """Seconds between gratuitous ARPs and between NAs on interfaces that a ``garp_group`` names."""
    defaults = config.global_defs
    gaps: dict[str, tuple[float, float]] = {}
    for group in config.garp_groups:
        names = [entry.name for entry in group.interfaces]
        if group.interface is not None:
            names.append(group.interface)
        gap = (
            _first(group.garp_interval, defaults.vrrp_garp_interval),
            _first(group.gna_interval, defaults.vrrp_gna_interval),
        )
        for name in names:
            gaps.setdefault(name, gap)
    return gaps


def _announce(
    block: VrrpInstance, defaults: GlobalDefs, gap: tuple[float, float] | None, *, strict: bool
) -> AnnounceSettings:
    delay_s = _first(block.garp_master_delay, defaults.vrrp_garp_master_delay)
    repeat = _first(block.garp_master_repeat, defaults.vrrp_garp_master_repeat)
    lower_delay_s = _first(block.garp_lower_prio_delay, _first(defaults.vrrp_garp_lower_prio_delay, delay_s))
    lower_repeat = _first(block.garp_lower_prio_repeat, _first(defaults.vrrp_garp_lower_prio_repeat, repeat))
    refresh_s = _first(block.garp_master_refresh, defaults.vrrp_garp_master_refresh)
    refresh_repeat = _first(block.garp_master_refresh_repeat, defaults.vrrp_garp_master_refresh_repeat)
    garp_s, gna_s = gap or (defaults.vrrp_garp_interval, defaults.vrrp_gna_interval)
    extra = _first(block.garp_extra_if, defaults.vrrp_garp_extra_if)
    return AnnounceSettings(
        master_delay_ns=seconds_to_ns(delay_s),
        master_repeat=max(1, repeat),
        refresh_ns=seconds_to_ns(refresh_s),
        refresh_repeat=max(1, refresh_repeat),
        lower_priority_delay_ns=0 if strict else seconds_to_ns(lower_delay_s),
        lower_priority_repeat=0 if strict else lower_repeat,
        garp_interval_ns=seconds_to_ns(garp_s),
        gna_interval_ns=seconds_to_ns(gna_s),
        extra_interval_ns=0 if extra is None else seconds_to_ns(extra.interval),
        extra_all=extra is not None and extra.all,
    )
