"""The global part of every state file, in keepalived 2.4.3's words and order.  Pure.

Tools look values up by their label, so a label that keepalived always writes is always written here, too.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from pykeepalived.base.umask import DEFAULT_UMASK
from pykeepalived.config.blocks.global_defs import GlobalDefs
from pykeepalived.config.values import Account, Fifo, Script

DEFAULT_AGENTX = "default (unix:/var/agentx/master)"
NFTNL_VERSION = "1.2.4"
"""Of the library that keepalived is built with on Debian 12; we talk to the kernel without it."""

_UNSET = 4294967295

Identify = Callable[[Account | None], str]
"""``UID:GID`` of a configured account, None being the default one."""


class Part(enum.Enum):
    """Whose file it is: each process leaves out what is not its business."""

    PARENT = enum.auto()
    VRRP = enum.auto()
    CHECKER = enum.auto()
    BFD = enum.auto()


_OPENED_BY = {
    "Global": frozenset({Part.VRRP, Part.CHECKER}),
    "VRRP": frozenset({Part.VRRP}),
    "LVS": frozenset({Part.CHECKER}),
}
"""Which keepalived processes open a FIFO and know its reader with all its words."""


@dataclass(frozen=True, slots=True)
class GlobalFacts:
    """What the block alone does not say.

    ``default_owner`` is None when no script needs the script_user.  ``router_id``, ``smtp_helo`` and
    ``mail_from`` count when the block has none.
    """

    umask: int = DEFAULT_UMASK
    instance: str | None = None
    namespace: str | None = None
    namespace_ipvs: str | None = None
    script_security: bool = False
    default_owner: str | None = None
    router_id: str = ""
    smtp_helo: str = ""
    mail_from: str = ""
    planned_reload: datetime | None = None


def quoted(script: Script, *more: str) -> str:
    """A command as keepalived shows it: each word in single quotes."""
    return " ".join(f"'{word}'" for word in (*script.argv, *more))


def global_lines(
    block: GlobalDefs, facts: GlobalFacts, identify: Identify, part: Part = Part.PARENT
) -> Iterator[str]:
    """The section with its title."""
    yield "------< Global definitions >------"
    for name, value in _rows(block, facts, identify, part):
        yield f" {name}" if value is None else f" {name} = {value}"


_Rows = Iterator[tuple[str, object]]


def _rows(block: GlobalDefs, facts: GlobalFacts, identify: Identify, part: Part) -> _Rows:
    yield from _identity_rows(block, facts)
    yield from _mail_rows(block, facts)
    yield from _reload_rows(block, facts)
    for name, script, seconds, comma in (
        ("Startup", block.startup_script, block.startup_script_timeout, ","),
        ("Shutdown", block.shutdown_script, block.shutdown_script_timeout, ""),
    ):
        if script is not None and part is Part.PARENT:
            owner = identify(script.account)
            yield f"{name} script", f"{quoted(script)}, uid:gid {owner}{comma} timeout {seconds}"
    yield from _lvs_rows(block, part)
    yield from _fifo_rows(block, identify, part)
    yield from _vrrp_rows(block, part)
    yield from _process_rows(block)
    yield from _management_rows(block)
    yield f"Script security {_able(facts.script_security)}", None
    if facts.default_owner is not None:
        yield f"Default script uid:gid {facts.default_owner}", None
    yield from _buffer_rows(block)
    yield "umask", f"0{facts.umask:o}"
    if block.vrrp_startup_delay:
        yield "vrrp_startup_delay", f"{block.vrrp_startup_delay:g}"
    for word, given in (
        ("log_unknown_vrids", block.log_unknown_vrids),
        ("vrrp_owner_ignore_adverts", block.vrrp_owner_ignore_adverts),
    ):
        if given:
            yield word, None
    for label, prefix in (("VMAC", block.vmac_prefix), ("VMAC address", block.vmac_addr_prefix)):
        if prefix:
            yield f"{label} prefix", prefix
    yield f"json_version {block.json_version}", None
    yield f"iproute usr directory {block.iproute_usr_dir or '/etc/iproute2'}", None
    yield f"iproute etc directory {block.iproute_etc_dir or '/etc/iproute2'}", None
    for kind, path in (
        ("state", block.state_dump_file), ("stats", block.stats_dump_file), ("json", block.json_dump_file),
    ):  # fmt: skip
        if path:
            yield f"{kind} dump file {path}", None


def _identity_rows(block: GlobalDefs, facts: GlobalFacts) -> _Rows:
    if block.config_save_dir:
        yield "Config save dir", block.config_save_dir
    yield "Network namespace", facts.namespace or "(default)"
    ipvs = facts.namespace_ipvs
    yield "Network namespace ipvs", "(main namespace)" if ipvs is None else ipvs or "(default)"
    if facts.instance:
        yield "Instance name", facts.instance
    for kind, name in (
        ("Parent", block.process_name), ("VRRP", block.vrrp_process_name),
        ("LVS", block.checker_process_name), ("BFD", block.bfd_process_name),
    ):  # fmt: skip
        if name:
            yield f"{kind} process name", name
    yield f"{'Keep' if block.use_symlink_paths else 'Replace'} symlinks in script paths", None
    start = "Set" if block.set_supplementary_groups else "Don't set"
    yield f"{start} supplementary groups for all scripts", None
    if router_id := block.router_id or facts.router_id:
        yield "Router ID", router_id


def _mail_rows(block: GlobalDefs, facts: GlobalFacts) -> _Rows:
    if block.smtp_server is not None:
        yield "Smtp server", block.smtp_server.host
        yield "Smtp server port", block.smtp_server.port
    if helo := block.smtp_helo_name or facts.smtp_helo:
        yield "Smtp HELO name", helo
    if block.smtp_server is not None or block.is_set("smtp_connect_timeout"):
        yield "Smtp server connection timeout", block.smtp_connect_timeout
    if sender := block.notification_email_from or facts.mail_from:
        yield "Email notification from", sender
        yield "Email notification to:", None
        for entry in block.notification_email:
            yield f"  {entry.name}", None
    for suffix, value in (
        ("", block.smtp_alert), ("_vrrp", block.smtp_alert_vrrp), ("_checker", block.smtp_alert_checker),
    ):  # fmt: skip
        yield f"Default smtp_alert{suffix}", "unset" if value is None else "on" if value else "off"
    yield "Checkers log all failures", _true(block.checker_log_all_failures)


def _reload_rows(block: GlobalDefs, facts: GlobalFacts) -> _Rows:
    if block.reload_check_config is not None:
        yield f"Test config before reload, log to {block.reload_check_config}", None
    else:
        yield "No test config before reload", None
    if block.reload_time_file:
        yield "Reload time file", f"{block.reload_time_file}{' (repeat)' if block.reload_repeat else ''}"
        if facts.planned_reload is not None:
            yield f"Reload scheduled for {facts.planned_reload:%Y-%m-%d %H:%M:%S}", None
        else:
            yield "No reload scheduled", None
    if block.reload_file:
        yield "Reload_file", block.reload_file
    if block.tmp_config_directory:
        yield "config save directory", block.tmp_config_directory
    if block.data_use_instance:
        yield "Use instance name in data dumps", None


def _lvs_rows(block: GlobalDefs, part: Part) -> _Rows:
    yield "Dynamic interfaces", _true(block.dynamic_interfaces is not None)
    if block.dynamic_interfaces is not None:
        yield "Allow interface changes", _true(block.dynamic_interfaces == "allow_if_changes")
    if block.no_email_faults:
        yield "Send emails for fault transitions", "off"
    if block.lvs_timeouts is not None:
        for label, seconds in (
            ("TCP", block.lvs_timeouts.tcp), ("TCP FIN", block.lvs_timeouts.tcpfin),
            ("TCP", block.lvs_timeouts.udp),
        ):  # fmt: skip
            if seconds:
                yield f"LVS {label} timeout", seconds
    if part is Part.VRRP:
        yield "Default interface", block.default_interface or "eth0"
    yield "Disable local IGMP", _yes(block.disable_local_igmp)
    yield "Use VRRPv2 checksum for VRRPv3 IPv4", _yes(block.v3_checksum_as_v2)
    yield "LVS flush", _true(block.lvs_flush)
    yield "LVS flush on stop", _flush(block.lvs_flush_on_stop)


def _flush(how: str | None) -> str:
    if how is None:
        return "disabled"
    return "VS" if how.upper() == "VS" else "full"


def _fifo_rows(block: GlobalDefs, identify: Identify, part: Part) -> _Rows:
    fifos: Iterable[tuple[str, Fifo | None, Script | None]] = (
        ("Global", block.notify_fifo, block.notify_fifo_script),
        ("VRRP", block.vrrp_notify_fifo, block.vrrp_notify_fifo_script),
        ("LVS", block.lvs_notify_fifo, block.lvs_notify_fifo_script),
    )
    for kind, fifo, script in fifos:
        if fifo is None:
            continue
        account = None if fifo.user is None else Account(fifo.user, fifo.group)
        yield f"{kind} notify fifo", f"{fifo.path}, uid:gid {identify(account)}"
        if script is not None:
            owner = identify(script.account)
            more = (fifo.path,) if part in _OPENED_BY[kind] else ()
            yield f"{kind} notify fifo script", f"{quoted(script, *more)}, uid:gid {owner}"
    yield "FIFO write vrrp states on reload", _true(block.fifo_write_vrrp_states_on_reload)


def _vrrp_rows(block: GlobalDefs, part: Part) -> _Rows:
    delay: int | None = block.vrrp_garp_lower_prio_delay
    repeat: int | None = block.vrrp_garp_lower_prio_repeat
    if part is not Part.VRRP:  # the others never work the default out
        delay = delay if block.is_set("vrrp_garp_lower_prio_delay") else _UNSET
        repeat = repeat if block.is_set("vrrp_garp_lower_prio_repeat") else _UNSET
    yield "VRRP notify priority changes", _true(block.vrrp_notify_priority_changes)
    yield "VRRP IPv4 mcast group", block.vrrp_mcast_group4 or ip_address("224.0.0.18")
    yield "VRRP IPv6 mcast group", block.vrrp_mcast_group6 or ip_address("ff02::12")
    yield "Gratuitous ARP delay", block.vrrp_garp_master_delay
    yield "Gratuitous ARP repeat", block.vrrp_garp_master_repeat
    yield "Gratuitous ARP refresh timer", block.vrrp_garp_master_refresh
    yield "Gratuitous ARP refresh repeat", block.vrrp_garp_master_refresh_repeat
    yield "Gratuitous ARP lower priority delay", block.vrrp_garp_master_delay if delay is None else delay
    yield "Gratuitous ARP lower priority repeat", block.vrrp_garp_master_repeat if repeat is None else repeat
    yield "Num adverts before down", block.vrrp_down_timer_adverts
    extra = block.vrrp_garp_extra_if
    kind = "i/f" if extra is not None and extra.all else "VMAC"
    seconds = extra.interval if extra is not None else 0
    yield f"Gratuitous ARP for each secondary {kind}", f"{seconds}s"
    yield "Send advert after receive lower priority advert", _true(not block.vrrp_lower_prio_no_advert)
    yield "Send advert after receive higher priority advert", _true(block.vrrp_higher_prio_send_advert)
    yield "Gratuitous ARP interval", f"{block.vrrp_garp_interval:.6f}"
    yield "Gratuitous NA interval", f"{block.vrrp_gna_interval:.6f}"
    yield "VRRP default protocol version", block.vrrp_version
    if block.nftables:
        yield "nftables table name", block.nftables
        yield "nftables base chain priority", block.nftables_priority
        doubt = "" if block.nftables_ifindex else "don't "
        yield f"nftables {doubt}force use ifindex for link local IPv6", None
    if block.nftables_ipvs:
        yield "ipvs nftables table name", block.nftables_ipvs
        yield "ipvs nftables base chain priority", block.nftables_ipvs_priority
        yield "ipvs nftables start fwmark", block.nftables_ipvs_start_fwmark
    yield f"nftables with{'' if block.nftables_counters else 'out'} counters", None
    yield f"libnftnl version {NFTNL_VERSION}", None
    yield "VRRP check unicast_src", _true(block.vrrp_check_unicast_src)
    yield "VRRP skip check advert addresses", _true(block.vrrp_skip_check_adv_addr)
    yield "VRRP strict mode", _true(block.vrrp_strict)
    ceiling = block.max_auto_priority or 0
    yield "Max auto priority", "Disabled" if ceiling == -1 else ceiling
    yield "Min auto priority delay", f"{block.min_auto_priority_delay} usecs"


def _process_rows(block: GlobalDefs) -> _Rows:
    for kind, nice, no_swap, realtime, cpus, limit in (
        ("VRRP", block.vrrp_priority, block.vrrp_no_swap, block.vrrp_rt_priority,
         block.vrrp_cpu_affinity, block.vrrp_rlimit_rttime),
        ("Checker", block.checker_priority, block.checker_no_swap, block.checker_rt_priority,
         block.checker_cpu_affinity, block.checker_rlimit_rttime),
        ("BFD", block.bfd_priority, block.bfd_no_swap, block.bfd_rt_priority,
         block.bfd_cpu_affinity, block.bfd_rlimit_rttime),
    ):  # fmt: skip
        yield f"{kind} process priority", nice
        yield f"{kind} don't swap", _true(no_swap)
        yield f"{kind} realtime priority", realtime or 0
        if cpus:
            yield f"{kind} CPU Affinity", " ".join(map(str, cpus))
        yield f"{kind} realtime limit", limit


def _management_rows(block: GlobalDefs) -> _Rows:
    every = block.enable_snmp_rfc
    yield f"SNMP vrrp {_able(block.enable_snmp_vrrp)}", None
    yield f"SNMP checker {_able(block.enable_snmp_checker)}", None
    yield f"SNMP RFCv2 {_able(every or block.enable_snmp_rfcv2)}", None
    yield f"SNMP RFCv3 {_able(every or block.enable_snmp_rfcv3)}", None
    yield f"SNMP traps {_able(block.enable_traps)}", None
    yield "SNMP socket", block.snmp_socket or DEFAULT_AGENTX
    servers = block.snmp_rs_stats_update_interval
    yield "SNMP VS stats update interval", f"{block.snmp_vs_stats_update_interval:.6f}"
    yield "SNMP RS stats update interval", f"{servers or block.snmp_vs_stats_update_interval:.6f}"
    yield f"DBus {_able(block.enable_dbus)}", None
    yield "DBus service name", block.dbus_service_name or ""
    yield "DBus no interface name", block.dbus_no_interface_name or "none"


def _buffer_rows(block: GlobalDefs) -> _Rows:
    for name, size, force in (
        ("vrrp_netlink_cmd", block.vrrp_netlink_cmd_rcv_bufs, block.vrrp_netlink_cmd_rcv_bufs_force),
        ("vrrp_netlink_monitor", block.vrrp_netlink_monitor_rcv_bufs,
         block.vrrp_netlink_monitor_rcv_bufs_force),
        ("process_monitor", block.process_monitor_rcv_bufs, block.process_monitor_rcv_bufs_force),
        ("lvs_netlink_cmd", block.lvs_netlink_cmd_rcv_bufs, block.lvs_netlink_cmd_rcv_bufs_force),
        ("lvs_netlink_monitor", block.lvs_netlink_monitor_rcv_bufs,
         block.lvs_netlink_monitor_rcv_bufs_force),
    ):  # fmt: skip
        yield f"{name}_rcv_bufs", size or 0
        yield f"{name}_rcv_bufs_force", int(force)
    yield "rs_init_notifies", int(block.rs_init_notifies)
    yield "no_checker_emails", int(block.no_checker_emails)
    policy = block.vrrp_rx_bufs_policy
    if policy and policy[0].isdigit():
        yield "rx_bufs_size", policy[0]
    elif policy:
        yield "rx_bufs_policy", policy[0].upper()
    yield "rx_bufs_multiples", block.vrrp_rx_bufs_multiplier


def _true(value: bool) -> str:
    return "true" if value else "false"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _able(value: bool) -> str:
    return "enabled" if value else "disabled"
