"""``vrrp_instance NAME { … }``: one virtual router on one interface."""

from __future__ import annotations

from pykeepalived.config.actions.headers import name_header
from pykeepalived.config.actions.vrrp import (
    address_of_adverts,
    always_true,
    close_vrrp_instance,
    interface,
    ipvlan_address,
    native_ipv6,
    peer,
    routing_line,
    version,
    virtual_address,
    vmac_name,
    vrf,
)
from pykeepalived.config.blocks.following import told, tracked
from pykeepalived.config.blocks.vrrp_authentication import Authentication, AuthHmac
from pykeepalived.config.kinds.addresses import AddressLineKind
from pykeepalived.config.kinds.network import Interface, Ip, Multicast
from pykeepalived.config.kinds.numbers import Bool, Decimal, Int, OptionalUint, Uint
from pykeepalived.config.kinds.routes import RouteLineKind
from pykeepalived.config.kinds.rules import RuleLineKind
from pykeepalived.config.kinds.text import OptionalChoice
from pykeepalived.config.kinds.vrrp import (
    ExtraInterfacesKind,
    IpvlanKind,
    PeerKind,
    Priority,
    StateKind,
    VmacKind,
)
from pykeepalived.config.schema import Alias, Bound, Repeat, block, child, flag, keyword, lines, named
from pykeepalived.config.values import (
    AddressLine,
    ExtraInterfaces,
    IPAddress,
    Ipvlan,
    PeerEntry,
    RouteLine,
    RuleLine,
    Script,
    TrackEntry,
    Vmac,
)


@block(
    "vrrp_instance",
    header=name_header(exact=True, unique=True),
    header_words="NAME",
    closing=close_vrrp_instance,
)
class VrrpInstance(Bound):
    """One virtual router on one interface."""

    name: str = named(default="", doc="its name")
    use_vmac: Vmac | None = keyword(
        "use_vmac",
        VmacKind(),
        repeat=Repeat.CUSTOM,
        handler=vmac_name,
        doc=(
            "Send from a private macvlan with the RFC virtual MAC; MAC may have 5 octets (VRID appended); "
            "multicast or RFC MACs refused"
        ),
    )
    use_vmac_addr: bool = flag(
        "use_vmac_addr",
        doc="Use a VMAC for VIPs placed on other interfaces",
    )
    vmac_xmit_base: bool = flag(
        "vmac_xmit_base",
        doc="Send and receive adverts on the base interface (error without a vmac)",
    )
    use_ipvlan: Ipvlan | None = keyword(
        "use_ipvlan",
        IpvlanKind(),
        repeat=Repeat.FIRST,
        handler=ipvlan_address,
        doc="Use an ipvlan; IPv4 needs a source address; missing one leads to a fault state",
    )
    unicast_peer: tuple[PeerEntry, ...] = lines(
        "unicast_peer",
        PeerKind(),
        handler=peer,
        doc="Send adverts to these hosts instead of multicast",
    )
    unicast_fault_no_peer: bool = flag(
        "unicast_fault_no_peer",
        doc="FAULT rather than multicast when no peer is left",
    )
    check_unicast_src: bool = flag(
        "check_unicast_src",
        doc="Sender must be one of the peers; without peers it gives the deprecated class",
    )
    old_unicast_checksum: str | None = keyword(
        "old_unicast_checksum",
        OptionalChoice("never", bare="on"),
        requires="OLD_CHKSUM_COMPAT",
        doc="Peers use the checksum of releases before 1.3.6",
    )
    native_ipv6: bool = flag(
        "native_ipv6",
        handler=native_ipv6,
        doc="Force IPv6 and version 3; error if IPv4 addresses came first",
    )
    state: str | None = keyword(
        "state",
        StateKind(),
        default_text="BACKUP; MASTER when priority 255",
        repeat=Repeat.CUSTOM,
        doc="Initial state; BACKUP after MASTER is refused with an error",
    )
    interface: str | None = keyword(
        "interface",
        Interface(),
        handler=interface,
        doc=(
            "Where the instance runs; loopback is refused; unknown ends the test with an extra plain message"
        ),
    )
    vrf: str | None = keyword(
        "vrf",
        Interface(),
        repeat=Repeat.FIRST,
        handler=vrf,
        doc="VRF for a unicast instance that names no interface; before interface only",
    )
    dont_track_primary: bool = flag(
        "dont_track_primary",
        doc="Interface faults of the own interface do not matter",
    )
    track_interface: tuple[TrackEntry, ...] = tracked("interface", doc="Extra interfaces to follow")
    track_script: tuple[TrackEntry, ...] = tracked(
        "script", doc="Vrrp_scripts to follow (must be defined earlier)"
    )
    track_file: tuple[TrackEntry, ...] = tracked("file", doc="Track_files to follow (defined earlier)")
    track_process: tuple[TrackEntry, ...] = tracked(
        "process", doc="Vrrp_track_process entries to follow (defined earlier)"
    )
    track_bfd: tuple[TrackEntry, ...] = tracked("bfd", doc="Bfd_instances to follow (defined earlier)")
    mcast_src_ip: IPAddress | None = keyword(
        "mcast_src_ip",
        Ip(),
        default_text="primary address of the interface",
        handler=address_of_adverts,
        doc="Source address of adverts; fixes the family",
    )
    unicast_src_ip: IPAddress | None = keyword(
        "unicast_src_ip",
        Ip(),
        default_text="primary address",
        handler=address_of_adverts,
        doc="As mcast_src_ip plus marks the instance as unicast",
    )
    mcast_dst_ip: IPAddress | None = keyword(
        "mcast_dst_ip",
        Multicast(),
        default_text="vrrp_mcast_group4/6",
        handler=address_of_adverts,
        doc="Multicast destination; fixes the family; IPv6 must be link-local scope",
    )
    track_src_ip: bool = flag(
        "track_src_ip",
        doc="FAULT when the configured source address is missing",
    )
    virtual_router_id: int | None = keyword(
        "virtual_router_id",
        Uint(1, 255, exact=True),
        doc="VRID",
    )
    unicast_ttl: int | None = keyword(
        "unicast_ttl",
        Uint(0, 255, exact=True),
        default_text="255 IPv4, kernel IPv6",
        doc="TTL of unicast adverts; error without peers",
    )
    version: int | None = keyword(
        "version",
        Int(2, 3),
        default_text="vrrp_version; 3 for IPv6",
        repeat=Repeat.CUSTOM,
        handler=version,
        doc="Protocol version",
    )
    priority: int | None = keyword(
        "priority",
        Priority(),
        default_text="100; 255 when state MASTER and unset",
        doc="Base priority; 255 = address owner",
    )
    advert_int: float = keyword(
        "advert_int",
        Decimal(0.01, 255),
        default=1.0,
        doc=(
            "Advert interval; v2 needs whole seconds, v3 multiples of 0.01 up to 40.95; other values are "
            "rounded with an error"
        ),
    )
    virtual_ipaddress: tuple[AddressLine, ...] = lines(
        "virtual_ipaddress",
        AddressLineKind(),
        handler=virtual_address,
        doc="Advertised addresses; the first fixes the family, others must match",
    )
    virtual_ipaddress_excluded: tuple[AddressLine, ...] = lines(
        "virtual_ipaddress_excluded",
        AddressLineKind(excluded=True),
        handler=virtual_address,
        doc="Addresses managed but not advertised; any family",
    )
    no_virtual_ipaddress: bool = flag(
        "no_virtual_ipaddress",
        doc="Permit an instance with no address",
    )
    promote_secondaries: bool = flag(
        "promote_secondaries",
        doc="Set the sysctl of that name on the interface; error with a vmac",
    )
    linkbeat_use_polling: bool = flag(
        "linkbeat_use_polling",
        doc="Poll link state of the own interface; always reported",
        deprecated="linkbeat_interfaces",
        reported=True,
    )
    v3_checksum_as_v2: bool | None = keyword(
        "v3_checksum_as_v2",
        Bool(),
        default_text="global value",
        doc="VRRPv3 IPv4 checksum without pseudo header",
    )
    virtual_routes: tuple[RouteLine, ...] = lines(
        "virtual_routes",
        RouteLineKind(),
        handler=routing_line,
        doc="Routes held while MASTER",
    )
    virtual_rules: tuple[RuleLine, ...] = lines(
        "virtual_rules",
        RuleLineKind(),
        handler=routing_line,
        doc="Policy rules held while MASTER",
    )
    accept: bool = flag(
        "accept",
        doc="Accept packets for the VIPs although not owner",
    )
    no_accept: bool = flag(
        "no_accept",
        doc="Drop packets for the VIPs with the firewall",
        requires="firewall",
    )
    skip_check_adv_addr: bool | None = keyword(
        "skip_check_adv_addr",
        Bool(),
        default_text="vrrp_skip_check_adv_addr",
        repeat=Repeat.CUSTOM,
        handler=always_true,
        doc="Skip address list check; bug: 'false' also turns it on",
    )
    strict_mode: bool | None = keyword(
        "strict_mode",
        Bool(),
        default_text="vrrp_strict",
        doc="RFC strictness",
    )
    preempt: bool = flag(
        "preempt",
        doc="Undo nopreempt",
    )
    nopreempt: bool = flag(
        "nopreempt",
        doc="A lower master is left alone; error with MASTER or priority 255",
    )
    preempt_delay: float = keyword(
        "preempt_delay",
        Decimal(0, 1000, fallback=0),
        default=0.0,
        doc="Wait before preempting; error with nopreempt, MASTER or strict",
    )
    debug: int = keyword(
        "debug",
        Uint(0, 4),
        default=0,
        doc="Debug level, no effect",
    )
    notify_backup: Script | None = told("notify_backup", doc="Run on entering BACKUP")
    notify_master: Script | None = told("notify_master", doc="Run on entering MASTER")
    notify_fault: Script | None = told("notify_fault", doc="Run on entering FAULT")
    notify_stop: Script | None = told("notify_stop", doc="Run on stop")
    notify_deleted: Script | None = told(
        "notify_deleted",
        missing=0,
        default_text="FAULT is reported",
        doc="Report DELETED when a reload removes the instance, and run a script",
    )
    notify: Script | None = told("notify", doc="Run on every change with four extra arguments")
    notify_master_rx_lower_pri: Script | None = told(
        "notify_master_rx_lower_pri", doc="Run when MASTER and a lower priority advert arrives"
    )
    smtp_alert: bool | None = keyword(
        "smtp_alert",
        Bool(),
        default_text="smtp_alert_vrrp, else smtp_alert, else false",
        doc="Mail on state change",
    )
    notify_priority_changes: bool | None = keyword(
        "notify_priority_changes",
        Bool(),
        default_text="group or global value",
        doc="Write priority changes to the FIFOs",
    )
    lvs_sync_daemon_interface: str | None = keyword(
        "lvs_sync_daemon_interface",
        Interface(),
        repeat=Repeat.FIRST,
        deprecated="global_defs/lvs_sync_daemon",
        reported=True,
        doc="Run the IPVS sync daemon with this instance; always reported",
    )
    garp_master_delay: int | None = keyword(
        "garp_master_delay",
        Uint(0, 4294),
        default_text="vrrp_garp_master_delay",
        doc="Seconds until the second GARP burst",
    )
    garp_master_refresh: int | None = keyword(
        "garp_master_refresh",
        Uint(0, 4294967295),
        default_text="vrrp_garp_master_refresh",
        doc="Seconds between periodic GARPs",
    )
    garp_master_repeat: int | None = keyword(
        "garp_master_repeat",
        Uint(0, 4294967295, zero_becomes=1),
        default_text="vrrp_garp_master_repeat",
        doc="GARPs per burst; 0 gives an error and becomes 1",
    )
    garp_master_refresh_repeat: int | None = keyword(
        "garp_master_refresh_repeat",
        Uint(0, 4294967295, zero_becomes=1),
        default_text="vrrp_garp_master_refresh_repeat",
        doc="GARPs per periodic burst; 0 gives an error and becomes 1",
    )
    garp_lower_prio_delay: int | None = keyword(
        "garp_lower_prio_delay",
        Uint(0, 4294),
        default_text="vrrp_garp_lower_prio_delay",
        doc="Delay after a lower priority advert",
    )
    garp_lower_prio_repeat: int | None = keyword(
        "garp_lower_prio_repeat",
        Uint(0, 2147483647),
        default_text="vrrp_garp_lower_prio_repeat",
        doc="Burst after a lower priority advert",
    )
    down_timer_adverts: int | None = keyword(
        "down_timer_adverts",
        Uint(1, 100),
        default_text="vrrp_down_timer_adverts",
        doc="Lost adverts before takeover; error in strict mode",
    )
    timer_expired_backup: int | None = keyword(
        "timer_expired_backup",
        OptionalUint(1, 254, bare=254, exact=True),
        default_text="off (bare: 254)",
        aliases=(Alias("thread_timer_expired", deprecated="timer_expired_backup", reported=True),),
        doc="On expiry wait as if another backup of this priority existed; needs nopreempt",
    )
    garp_extra_if: ExtraInterfaces | None = keyword(
        "garp_extra_if",
        ExtraInterfacesKind(0, 86400),
        default_text="vrrp_garp_extra_if",
        aliases=(Alias("vmac_garp_intvl", deprecated="garp_extra_if", reported=True),),
        doc="GARP refresh on VIP interfaces other than the instance's",
    )
    lower_prio_no_advert: bool | None = keyword(
        "lower_prio_no_advert",
        Bool(),
        default_text="global value; true when strict",
        doc="Do not answer lower priority adverts",
    )
    higher_prio_send_advert: bool | None = keyword(
        "higher_prio_send_advert",
        Bool(),
        default_text="global value",
        doc="One advert before yielding",
    )
    owner_ignore_adverts: bool | None = keyword(
        "owner_ignore_adverts",
        Bool(),
        default_text="global value",
        doc="Owner ignores adverts; error unless priority 255",
    )
    kernel_rx_buf_size: int | None = keyword(
        "kernel_rx_buf_size",
        Uint(0, 4294967295, missing=5, single=True, exact=True),
        default_text="system default",
        doc="Receive buffer bytes",
    )
    authentication: Authentication | None = child(
        "authentication",
        Authentication,
        repeat=Repeat.CUSTOM,
        requires="VRRP_AUTH",
        doc="VRRPv2 authentication (dropped with an error for v3 or strict)",
    )
    auth_hmac: AuthHmac | None = child(
        "auth_hmac",
        AuthHmac,
        repeat=Repeat.CUSTOM,
        requires="VRRP_AUTH",
        doc="Extension: HMAC-SHA256 trailer on adverts; excludes authentication",
    )
