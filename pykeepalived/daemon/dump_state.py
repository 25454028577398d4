"""``keepalived.data``: the state of everything VRRP, in keepalived 2.4.3's words and order.  Pure.

Tools look values up by label and by section; what keepalived always writes is always written here, too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pykeepalived.base.units import (
    NANOSECONDS_PER_CENTISECOND,
    NANOSECONDS_PER_MICROSECOND,
    NANOSECONDS_PER_SECOND,
)
from pykeepalived.config.actions.vrrp import UNICAST_WORDS
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup
from pykeepalived.config.values import Script, Weight
from pykeepalived.daemon.dump_global import Identify, quoted
from pykeepalived.daemon.dump_links import IFF_UP, interface_lines, socket_lines
from pykeepalived.daemon.dump_tracking import Followed, follow_lines, own_weights, statuses, tracking_sections
from pykeepalived.daemon.dumptext import MASKED, Instance, address_text
from pykeepalived.daemon.routing_text import route_text, rule_text
from pykeepalived.ipc.details import HostReport, ProcessReport
from pykeepalived.ipc.messages import RouterState
from pykeepalived.plan.static import StaticSettings
from pykeepalived.tracking.settings import RouterTracking, WatchSettings
from pykeepalived.vrrp.settings import AuthenticationKind, RouterSettings, SyncGroupSettings, VirtualAddress
from pykeepalived.vrrp.virtual_link import LinkKind, VirtualLink

_NEVER = 0
_FLAGGED = (
    "nopreempt", "no_virtual_ipaddress", "use_vmac", "use_vmac_addr", "vmac_xmit_base", "use_ipvlan",
    "linkbeat_use_polling", "v3_checksum_as_v2", "dont_track_primary", "mcast_src_ip", "track_src_ip",
    "skip_check_adv_addr", "promote_secondaries",
)  # fmt: skip
"""What keepalived keeps as a flag of the instance besides those of unicast."""


@dataclass(frozen=True, slots=True)
class VrrpState:
    """All that the file is made from.

    ``to_realtime_ns`` added to a CLOCK_MONOTONIC time gives CLOCK_REALTIME.  ``host`` None: not running yet.
    """

    instances: Sequence[Instance] = ()
    groups: Sequence[SyncGroupSettings] = ()
    static: StaticSettings | None = None
    tracking: Sequence[RouterTracking] = ()
    watch: WatchSettings = field(default_factory=WatchSettings)
    processes: Sequence[ProcessReport] = ()
    host: HostReport | None = None
    to_realtime_ns: int = 0


def vrrp_lines(state: VrrpState, config: Config, identify: Identify) -> Iterator[str]:
    """The sections about VRRP that are in use."""
    weights = own_weights(config)
    settings = {one.settings.name: one.settings for one in state.instances}
    descriptors = {
        name: one.descriptor
        for one in (state.host.sockets if state.host is not None else ())
        for name, _ in one.routers
    }
    if state.static is not None:
        yield from _static_lines(state.static)
    if state.instances:
        yield "------< VRRP Topology >------"
        for instance in state.instances:
            text = _InstanceText(instance, state, weights, identify, descriptors.get(instance.settings.name))
            yield from text.lines()
    if state.host is not None:
        yield from socket_lines(state.host, settings)
    if state.groups:
        yield "------< VRRP Sync groups >------"
        blocks = {block.name: block for block in config.vrrp_sync_groups}
        for group in state.groups:
            yield from _group_lines(group, state, blocks.get(group.name), weights, identify)
    known = statuses(state.host)
    followed = Followed(state.watch, state.tracking, known, state.processes)
    yield from tracking_sections(config, followed, identify)
    if state.host is not None:
        static = state.static.addresses if state.static is not None else ()
        ours = {str(one.address.address) for one in static}
        yield from interface_lines(state.host, settings, state.tracking, ours)


def _static_lines(static: StaticSettings) -> Iterator[str]:
    for title, rows in (
        ("Addresses", [address_text(one.address, True) for one in static.addresses]),
        ("Routes", [route_text(route) for route in static.routes]),
        ("Rules", [rule_text(rule) for rule in static.rules]),
    ):
        if rows:
            yield f"------< Static {title} >------"
            yield from (f"     {row}" for row in rows)


def _group_lines(
    group: SyncGroupSettings,
    state: VrrpState,
    block: VrrpSyncGroup | None,
    weights: Mapping[str, Weight],
    identify: Identify,
) -> Iterator[str]:
    known = {one.settings.name: one.snapshot.state for one in state.instances}
    members = [known.get(member, RouterState.INIT) for member in group.members]
    common = members[0] if members and len(set(members)) == 1 else RouterState.INIT
    faults = sum(_own_fault(one) for one in state.instances if one.settings.name in group.members)
    beginning = members.count(RouterState.INIT)
    yield f" VRRP Sync Group = {group.name}, {common}"
    yield f"   Num member fault {faults}, num member init {beginning}"
    if group.members:
        yield "   VRRP member instances :"
        yield from (f"     {member}" for member in group.members)
    if block is None:
        return
    if block.sync_group_tracking_weight:
        yield "   sync group tracking weight set"
    yield f"   Using smtp notification = {'yes' if block.smtp_alert else 'no'}"
    if block.is_set("notify_priority_changes"):
        yield f"   Notify priority changes = {'yes' if block.notify_priority_changes else 'no'}"
    yield from follow_lines(block, weights)
    for kind, script in (
        ("Backup", block.notify_backup), ("Master", block.notify_master), ("Fault", block.notify_fault),
        ("Stop", block.notify_stop), ("Generic", block.notify),
    ):  # fmt: skip
        yield from _script_lines(kind, script, identify)


def _own_fault(instance: Instance) -> bool:
    """A member that would be at fault without its group."""
    detail = instance.snapshot.detail
    shared = f"sync group {instance.group}"
    return detail is not None and any(fault != shared for fault in detail.faults)


def _script_lines(kind: str, script: Script | None, identify: Identify) -> Iterator[str]:
    if script is not None and script.argv:
        owner = identify(script.account)
        yield f"   {kind} state transition script = {quoted(script)}, uid:gid {owner}"


@dataclass(frozen=True, slots=True)
class _InstanceText:
    """An instance as keepalived.data has it."""

    instance: Instance
    state: VrrpState
    weights: Mapping[str, Weight]
    identify: Identify
    descriptor: int | None

    def lines(self) -> Iterator[str]:
        settings, block = self.instance.settings, self.instance.block
        yield f" VRRP Instance = {settings.name}"
        yield f"   VRRP Version = {settings.version}"
        if self.instance.group is not None:
            yield f"   Sync group = {self.instance.group}"
        if settings.family == 6:
            yield "   Using Native IPv6"
        yield from self._state(settings)
        yield from self._timers(settings)
        yield from self._interface(settings)
        yield from self._adverts(settings)
        yield from self._authentication(settings, block)
        yield from self._owned(settings, block)
        yield from follow_lines(block, self.weights)
        yield f"   Using smtp notification = {'yes' if block.smtp_alert else 'no'}"
        yield f"   Notify deleted = {'Deleted' if block.notify_deleted is not None else 'Fault'}"
        for kind, script in (
            ("Backup", block.notify_backup), ("Master", block.notify_master), ("Fault", block.notify_fault),
            ("Stop", block.notify_stop), ("Deleted", block.notify_deleted), ("Generic", block.notify),
            ("Master rx lower pri", block.notify_master_rx_lower_pri),
        ):  # fmt: skip
            yield from _script_lines(kind, script, self.identify)
        yield f"   Notify priority changes = {_true(bool(block.notify_priority_changes))}"

    def _state(self, settings: RouterSettings) -> Iterator[str]:
        now, detail = self.instance.snapshot, self.instance.snapshot.detail
        yield f"   State = {now.state}"
        if now.state is RouterState.BACKUP:
            yield f"   Master router = {now.master_address or '(none)'}"
            yield f"   Master priority = {now.master_priority}"
            if settings.version == 3:
                interval = now.master_adver_interval_ns // (NANOSECONDS_PER_CENTISECOND // 10)
                yield f"   Master advert interval = {interval} milli-sec"
        yield from self._flags(settings)
        yield f"   Wantstate = {now.wanted_state}"
        yield "   Number of config faults = 0"
        faults = () if detail is None else tuple(one for one in detail.trackers if one.is_fault)
        yield f"   Number of tracker faults = {len(faults)}"
        if now.interface_ok:
            yield "   Flags of interface faults - (none)"
        else:
            yield "   Flags of interface faults:"
            yield "     i/f down"
        yield f"   Number of track scripts init = {0 if detail is None else len(detail.awaited)}"

    def _flags(self, settings: RouterSettings) -> Iterator[str]:
        """keepalived names those of unicast only; others leave the heading alone."""
        block = self.instance.block
        unicast = settings.unicast or bool(settings.peers)
        asked = unicast or any(block.is_set(word) for word in UNICAST_WORDS)
        some = asked or any(getattr(block, word) for word in _FLAGGED)
        yield "   Flags:" if some else "   Flags: none"
        if unicast:
            yield "     Using unicast"
        elif asked:
            yield "     Unicast config option specified but using multicast"
        if block.unicast_fault_no_peer:
            yield "     If unicast go to fault state if no peers"

    def _timers(self, settings: RouterSettings) -> Iterator[str]:
        now, detail = self.instance.snapshot, self.instance.snapshot.detail
        yield f"   Last transition = {moment(now.last_transition_ns)}"
        if detail is None or detail.deadline_at is None:
            yield "   Read timeout = DISABLED"
        else:
            yield f"   Read timeout = {moment(detail.deadline_at + self.state.to_realtime_ns)}"
        yield f"   Master down timer = {now.master_down_interval_ns // NANOSECONDS_PER_MICROSECOND} usecs"

    def _interface(self, settings: RouterSettings) -> Iterator[str]:
        now = self.instance.snapshot
        ours = {link.name: link.kind.name for link in settings.links}
        speaking = settings.speaking_interface
        yield from self._own_links(settings)
        block = self.instance.block
        asked = block.use_vmac is not None or block.use_ipvlan is not None
        own = speaking if speaking in ours else next(iter(ours), None) if asked else None
        if own is not None:
            kind = "vmac" if ours[own] == "MACVLAN" else "ipvlan"
            base = "" if own == speaking else ", xmit base i/f"
            yield f"   Interface = {own}, {kind} on {settings.interface}{base}"
        else:
            yield f"   Interface = {speaking}"
        if not settings.track_interface:
            yield "   VRRP interface tracking disabled"
        if settings.skip_check_adv_addr:
            yield "   Skip checking advert IP addresses"
        if settings.strict_mode:
            yield "   Enforcing strict VRRP compliance"
        given = " (from configuration)" if settings.source_address is not None else ""
        yield f"   Using src_ip = {now.source_address or '(none)'}{given}"
        if not (settings.unicast or settings.peers):
            scope = ""
            if settings.family == 6:
                links = self.state.host.links if self.state.host is not None else ()
                index = next((link.index for link in links if link.name == speaking), 0)
                scope = f", ifindex {index}"
            yield f"   Multicast address {settings.multicast_group}{scope}"

    def _own_links(self, settings: RouterSettings) -> Iterator[str]:
        """The interfaces that it made; keepalived makes one only."""
        known = self.state.host.links if self.state.host is not None else ()
        for link in settings.links:
            there = next((one for one in known if one.name == link.name), None)
            up = _true(there is not None and bool(there.flags & IFF_UP))
            if link.kind is LinkKind.MACVLAN:
                base = _true(link.name != settings.speaking_interface)
                yield f"   Use VMAC, i/f name {link.name}, is_up = {up}, xmit_base = {base}"
                if there is not None:
                    yield f"     MAC = {there.mac}"
            else:
                address = (
                    "" if link.address is None else f", i/f address = {link.address}/{link.prefix_length}"
                )
                mode = link.mode.name.lower()
                yield f"   Use IPVLAN, i/f {link.name}, is_up = {up}{address}, type {mode}"

    def _adverts(self, settings: RouterSettings) -> Iterator[str]:
        now, detail, announce = self.instance.snapshot, self.instance.snapshot.detail, settings.announce
        yield f"   Gratuitous ARP delay = {_whole(announce.master_delay_ns)}"
        yield f"   Gratuitous ARP repeat = {announce.master_repeat}"
        yield f"   Gratuitous ARP refresh = {_whole(announce.refresh_ns)}"
        yield f"   Gratuitous ARP refresh repeat = {announce.refresh_repeat}"
        yield f"   Gratuitous ARP lower priority delay = {_whole(announce.lower_priority_delay_ns)}"
        yield f"   Gratuitous ARP lower priority repeat = {announce.lower_priority_repeat}"
        yield f"   Down timer adverts = {settings.down_timer_adverts}"
        if announce.extra_interval_ns:
            kind = "i/f" if announce.extra_all else "VMAC"
            yield f"   Gratuitous ARP for each secondary {kind} = {_whole(announce.extra_interval_ns)}"
        lower = _true(not settings.lower_prio_no_advert)
        yield f"   Send advert after receive lower priority advert = {lower}"
        higher = _true(settings.higher_prio_send_advert)
        yield f"   Send advert after receive higher priority advert = {higher}"
        if settings.address_owner:
            yield f"   Address owner ignores received adverts = {_true(settings.owner_ignore_adverts)}"
        yield f"   Virtual Router ID = {settings.vrid}"
        yield f"   Priority = {settings.priority}"
        yield f"   Effective priority = {now.effective_priority}"
        yield f"   Total priority = {now.effective_priority}"
        if not settings.preempt_mode:
            yield f"   Highest other priority = {self.instance.block.timer_expired_backup or 0}"
        yield f"   Advert interval = {_interval(settings)}"
        sent = 0 if detail is None or not detail.advertised_at else detail.advertised_at
        yield f"   Last advert sent = {_stamp(sent + self.state.to_realtime_ns if sent else _NEVER)}"
        yield f"   Accept = {_enabled(settings.accept_mode)}"
        yield f"   Preempt = {_enabled(settings.preempt_mode)}"
        if settings.preempt_delay_ns:
            yield f"   Preempt delay = {settings.preempt_delay_ns / NANOSECONDS_PER_SECOND:g} secs"
        yield f"   Promote_secondaries = {_enabled(settings.promote_secondaries)}"

    def _authentication(self, settings: RouterSettings, block: VrrpInstance) -> Iterator[str]:
        if settings.version == 2:
            match settings.authentication.kind:
                case AuthenticationKind.NONE:
                    yield "   Authentication type = none"
                case AuthenticationKind.PASS:
                    yield "   Authentication type = SIMPLE_PASSWORD"
                    yield f"   Password = {MASKED}"
                case AuthenticationKind.AH:
                    yield "   Authentication type = IPSEC_AH"
        if settings.hmac is not None:
            yield "   Authentication extension = HMAC-SHA256-128"
            yield f"     Keys = {len(settings.hmac.keys)}, active key id = {settings.hmac.active_key}"
            yield f"     Mode = {settings.hmac.mode}"
            window = settings.hmac.window_s
            how = "monotonic" if window is None else f"time, window = {window} sec"
            yield f"     Anti replay = {how}"
        if settings.version == 3 and settings.family == 4:
            as_v2 = _enabled(settings.checksum_without_pseudo_header)
            yield f"   VRRPv3 uses VRRPv2 checksum = {as_v2}"
        if block.kernel_rx_buf_size:
            yield f"   Kernel rx buffer size = {block.kernel_rx_buf_size}"

    def _owned(self, settings: RouterSettings, block: VrrpInstance) -> Iterator[str]:
        is_set = self.instance.snapshot.addresses_set
        if settings.addresses:
            yield f"   Virtual IP ({len(settings.addresses)}):"
            yield from _addresses(settings.addresses, is_set, settings.links)
        if settings.excluded_addresses:
            yield "   Virtual IP Excluded :"
            yield from _addresses(settings.excluded_addresses, is_set, settings.links)
        if settings.unicast or settings.peers:
            if block.unicast_ttl is not None:
                yield f"   Unicast TTL = {block.unicast_ttl}"
            yield f"   Check unicast src : {'yes' if settings.check_unicast_source else 'no'}"
            yield "   Unicast Peer :"
            for peer in settings.peers:
                yield f"     {peer.address} min_ttl {peer.min_ttl} max_ttl {peer.max_ttl}"
            yield f"   Unicast checksum compatibility = {block.old_unicast_checksum or 'no'}"
        if self.descriptor is not None:
            yield f"   fd_in {self.descriptor}, fd_out {self.descriptor}"
        else:
            yield "   No sockets allocated"
        if settings.routes:
            yield "   Virtual Routes :"
            yield from (f"     {route_text(route)}" for route in settings.routes)
        if settings.rules:
            yield "   Virtual Rules :"
            yield from (f"     {rule_text(rule)}" for rule in settings.rules)


def moment(at_ns: int) -> str:
    """CLOCK_REALTIME as seconds and as local time."""
    micros = at_ns // NANOSECONDS_PER_MICROSECOND % 1_000_000
    local = time.localtime(at_ns // NANOSECONDS_PER_SECOND)
    day, year = time.strftime("%a %b %e %H:%M:%S", local), time.strftime("%Y", local)
    return f"{_stamp(at_ns)} ({day}.{micros:06} {year})"


def _stamp(at_ns: int) -> str:
    seconds, micros = divmod(at_ns // NANOSECONDS_PER_MICROSECOND, 1_000_000)
    return f"{seconds}.{micros:06}"


def _addresses(
    addresses: Sequence[VirtualAddress], is_set: bool, links: Sequence[VirtualLink]
) -> Iterator[str]:
    return (f"     {address_text(address, is_set, links)}" for address in addresses)


def _interval(settings: RouterSettings) -> str:
    interval = settings.advertisement_interval_ns
    if settings.version == 2:
        return f"{interval // NANOSECONDS_PER_SECOND} sec"
    return f"{interval // (NANOSECONDS_PER_CENTISECOND // 10)} milli-sec"


def _whole(duration_ns: int) -> int:
    return duration_ns // NANOSECONDS_PER_SECOND


def _enabled(value: bool) -> str:
    return "enabled" if value else "disabled"


def _true(value: bool) -> str:
    return "true" if value else "false"
