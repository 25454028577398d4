"""Which version of keepalived brought or dropped a word.

Found by comparing the keyword tables of 2.0.20, 2.2.8 and 2.4.3 (for what was dropped, of every release since
0.6).  A word that an older version knew in one block only counts as known.
"""

from __future__ import annotations

NEW: dict[tuple[int, int], frozenset[str]] = {
    (2, 2): frozenset(
        {
            "FILE_CHECK",
            "PING_CHECK",
            "UDP_CHECK",
            "bfd_rlimit_rttime",
            "check_unicast_src",
            "checker_process_name",
            "checker_rlimit_rttime",
            "config_save_dir",
            "data_use_instance",
            "disable_local_igmp",
            "down_timer_adverts",
            "fifo_write_vrrp_states_on_reload",
            "garp_extra_if",
            "include_check",
            "interface_up_down_delays",
            "json_version",
            "lvs_flush_on_stop",
            "max_auto_priority",
            "max_reply_length",
            "mcast_dst_ip",
            "min_auto_priority_delay",
            "min_reply_length",
            "multihop",
            "net_namespace_ipvs",
            "nftables_ipvs",
            "nftables_ipvs_priority",
            "nftables_ipvs_start_fwmark",
            "no_virtual_ipaddress",
            "notify_deleted",
            "payload",
            "reload_check_config",
            "reload_file",
            "reload_repeat",
            "reload_time_file",
            "require_reply",
            "shutdown_script",
            "shutdown_script_timeout",
            "snmp_name",
            "startup_script",
            "startup_script_timeout",
            "timer_expired_backup",
            "tls_compliant",
            "tmp_config_directory",
            "unicast_fault_no_peer",
            "unicast_ttl",
            "use_vmac_addr",
            "v3_checksum_as_v2",
            "vmac_addr_prefix",
            "vmac_garp_intvl",
            "vmac_prefix",
            "vrf",
            "vrrp_down_timer_adverts",
            "vrrp_garp_extra_if",
            "vrrp_rlimit_rttime",
            "vrrp_vmac_garp_intvl",
        }
    ),
    (2, 4): frozenset(
        {
            "active_key",
            "anti_replay",
            "auth_hmac",
            "dbus_no_interface_name",
            "iproute_etc_dir",
            "iproute_usr_dir",
            "json_dump_file",
            "mode",
            "owner_ignore_adverts",
            "snmp_rs_stats_update_interval",
            "snmp_vs_stats_update_interval",
            "state_dump_file",
            "stats_dump_file",
            "thread_timer_expired",
            "time_window",
            "use_symlink_paths",
            "vrrp_delay_after_boot",
            "vrrp_owner_ignore_adverts",
        }
    ),
}
"""Version series → words that no earlier series knows."""

NEW_BEHIND: dict[tuple[int, int], dict[str, frozenset[str]]] = {
    (2, 2): {
        "virtual_ipaddress": frozenset({"use_vmac"}),
        "virtual_ipaddress_excluded": frozenset({"use_vmac"}),
        "virtual_routes": frozenset({"add", "append", "prepend", "vrf"}),
        "static_routes": frozenset({"add", "append", "prepend", "vrf"}),
        "unicast_peer": frozenset({"max_ttl", "min_ttl"}),
        "lb_algo": frozenset({"twos"}),
        "lvs_sched": frozenset({"twos"}),
    },
    (2, 4): {"use_vmac": frozenset({"netlink_notify_msg"})},
}
"""Version series → keyword → words behind it, or on the lines of its block, that no earlier series knows."""

REMOVED: dict[str, str] = {
    "lvs_id": "write router_id",
    "nat_mask": "remove the line: it has had no effect for years",
    "plugin_dir": "remove the line",
    "real_group": "write real_server blocks",
    "real_server_group": "write real_server blocks",
    "state_file_location": "write state_dump_file",
    "stats_file_location": "write stats_dump_file",
    "json_file_location": "write json_dump_file",
}
"""Words that 2.4.3 does not know any more, or only its manual knows → what to do."""
