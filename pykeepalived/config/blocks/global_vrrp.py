"""``global_defs``: vRRP as a whole, and defaults for its instances."""

from __future__ import annotations

from pykeepalived.config.actions.vrrp import largest
from pykeepalived.config.blocks.global_lvs import LvsSettings
from pykeepalived.config.kinds.network import Interface, Multicast
from pykeepalived.config.kinds.numbers import Bool, Decimal, Int, Uint
from pykeepalived.config.kinds.text import NameList, OptionalChoice, TableName, Text
from pykeepalived.config.kinds.vrrp import ExtraInterfacesKind
from pykeepalived.config.schema import Alias, Repeat, block, flag, keyword
from pykeepalived.config.values import ExtraInterfaces, IPAddress


@block("global_defs", abstract=True)
class VrrpSettings(LvsSettings):
    """VRRP as a whole, and defaults for its instances."""

    dynamic_interfaces: str | None = keyword(
        "dynamic_interfaces",
        OptionalChoice("allow_if_changes", bare="on"),
        doc="Accept interfaces that do not exist yet",
    )
    default_interface: str | None = keyword(
        "default_interface",
        Interface(missing=5),
        default_text="eth0",
        doc="Interface of static addresses that name none",
    )
    disable_local_igmp: bool = flag(
        "disable_local_igmp",
        doc="Turn off kernel IGMP reports for link-local groups; error when the sysctl is not writable",
    )
    v3_checksum_as_v2: bool = flag(
        "v3_checksum_as_v2",
        doc=(
            "IPv4 VRRPv3 checksum leaves out the pseudo header; here it takes no value (any value is ignored)"
        ),
    )
    vrrp_mcast_group4: IPAddress | None = keyword(
        "vrrp_mcast_group4",
        Multicast(family=4),
        default_text="224.0.0.18",
        doc="Multicast group for IPv4 adverts",
    )
    vrrp_mcast_group6: IPAddress | None = keyword(
        "vrrp_mcast_group6",
        Multicast(family=6),
        default_text="ff02::12",
        doc="Multicast group for IPv6 adverts; not link-local = warning class but used",
    )
    vrrp_garp_master_delay: int = keyword(
        "vrrp_garp_master_delay",
        Uint(0, 4294),
        default=5,
        doc="Seconds until the second GARP burst; 0 = none",
    )
    vrrp_garp_master_repeat: int = keyword(
        "vrrp_garp_master_repeat",
        Uint(0, 4294967295, zero_becomes=1),
        default=5,
        doc="GARPs per burst; 0 gives an error and becomes 1",
    )
    vrrp_garp_master_refresh: int = keyword(
        "vrrp_garp_master_refresh",
        Uint(0, 4294967295, fallback=0),
        default=0,
        doc="Seconds between periodic GARPs; 0 = none",
    )
    vrrp_garp_master_refresh_repeat: int = keyword(
        "vrrp_garp_master_refresh_repeat",
        Uint(0, 4294967295, zero_becomes=1),
        default=1,
        doc="GARPs per periodic burst; 0 gives an error and becomes 1",
    )
    vrrp_garp_lower_prio_delay: int | None = keyword(
        "vrrp_garp_lower_prio_delay",
        Uint(0, 4294),
        default_text="vrrp_garp_master_delay",
        doc="As garp_master_delay after a lower priority advert",
    )
    vrrp_garp_lower_prio_repeat: int | None = keyword(
        "vrrp_garp_lower_prio_repeat",
        Uint(0, 2147483647),
        default_text="vrrp_garp_master_repeat",
        doc="As garp_master_repeat after a lower priority advert; 0 allowed",
    )
    vrrp_down_timer_adverts: int = keyword(
        "vrrp_down_timer_adverts",
        Uint(1, 100),
        default=3,
        doc="Lost adverts before a backup takes over",
    )
    vrrp_garp_interval: float = keyword(
        "vrrp_garp_interval",
        Decimal(1e-06, 4294.967295),
        default=0.0,
        doc="Gap between GARPs",
    )
    vrrp_gna_interval: float = keyword(
        "vrrp_gna_interval",
        Decimal(1e-06, 4294.967295),
        default=0.0,
        doc="Gap between NAs",
    )
    vrrp_min_garp: bool = keyword(
        "vrrp_min_garp",
        Bool(),
        default=False,
        repeat=Repeat.CUSTOM,
        doc="One GARP, no repeat; a bare keyword still acts",
    )
    vrrp_garp_extra_if: ExtraInterfaces | None = keyword(
        "vrrp_garp_extra_if",
        ExtraInterfacesKind(1, 86400),
        default_text="0 (off)",
        aliases=(Alias("vrrp_vmac_garp_intvl", deprecated="vrrp_garp_extra_if", reported=True),),
        doc="Seconds between GARPs on the interfaces of VIPs that are not the instance's",
    )
    vrrp_lower_prio_no_advert: bool = keyword(
        "vrrp_lower_prio_no_advert",
        Bool(),
        default=False,
        doc="Do not answer a lower priority advert",
    )
    vrrp_higher_prio_send_advert: bool = keyword(
        "vrrp_higher_prio_send_advert",
        Bool(),
        default=False,
        doc="Send one advert before yielding to a higher priority",
    )
    vrrp_version: int = keyword(
        "vrrp_version",
        Int(2, 3),
        default=2,
        doc="Default VRRP version for IPv4",
    )
    vrrp_iptables: tuple[str, ...] | None = keyword(
        "vrrp_iptables",
        NameList(2, 27),
        default_text="INPUT OUTPUT when bare",
        repeat=Repeat.FIRST,
        requires="IPTABLES",
        doc="Use iptables; both names equal is logged only",
    )
    vrrp_ipsets: tuple[str, ...] | None = keyword(
        "vrrp_ipsets",
        NameList(6, 30),
        default_text="keepalived...",
        requires="LIBIPSET",
        doc="Ipset names; bare keyword turns ipsets off",
    )
    nftables: str | None = keyword(
        "nftables",
        TableName("keepalived"),
        default_text="keepalived",
        repeat=Repeat.FIRST,
        requires="NFTABLES",
        doc="Use nftables and set the table name",
    )
    nftables_priority: int = keyword(
        "nftables_priority",
        Int(-2147483648, 2147483647, exact=True),
        default=-1,
        requires="NFTABLES",
        doc="Base chain priority",
    )
    nftables_ifindex: bool = flag(
        "nftables_ifindex",
        doc="Key IPv6 link-local sets by ifindex",
        requires="NFTABLES",
    )
    vrrp_check_unicast_src: bool = flag(
        "vrrp_check_unicast_src",
        doc="Unicast sender must be a configured peer",
    )
    vrrp_skip_check_adv_addr: bool = keyword(
        "vrrp_skip_check_adv_addr",
        Bool(),
        default=False,
        doc="Skip the address list check for the same master",
    )
    vrrp_strict: bool = keyword(
        "vrrp_strict",
        Bool(),
        default=False,
        doc="Enforce RFC behaviour",
    )
    nftables_counters: bool = flag(
        "nftables_counters",
        doc="Add counters to generated rules",
        requires="NFTABLES",
    )
    vrrp_notify_priority_changes: bool = keyword(
        "vrrp_notify_priority_changes",
        Bool(),
        default=False,
        doc="Also report priority changes on FIFOs",
    )
    vrrp_startup_delay: float = keyword(
        "vrrp_startup_delay",
        Decimal(0.001, 4294.967295),
        default=0.0,
        repeat=Repeat.CUSTOM,
        handler=largest,
        doc="Wait before instances start",
    )
    vrrp_delay_after_boot: float = keyword(
        "vrrp_delay_after_boot",
        Decimal(0.001, 4294.967295),
        default=0.0,
        repeat=Repeat.CUSTOM,
        handler=largest,
        doc="Wait until this long after boot",
    )
    log_unknown_vrids: bool = flag(
        "log_unknown_vrids",
        doc="Log adverts of unconfigured VRIDs",
    )
    vrrp_owner_ignore_adverts: bool = keyword(
        "vrrp_owner_ignore_adverts",
        Bool(),
        default=False,
        doc="An owner ignores received adverts",
    )
    vmac_prefix: str | None = keyword(
        "vmac_prefix",
        Text(),
        default_text="vrrp",
        repeat=Repeat.FIRST,
        doc="Prefix of generated VMAC names",
    )
    vmac_addr_prefix: str | None = keyword(
        "vmac_addr_prefix",
        Text(),
        default_text="vmac_prefix",
        repeat=Repeat.FIRST,
        doc="Prefix of VMAC names for VIPs on other interfaces",
    )
