"""Which keywords this program acts on.

A keyword that is not named here is read, checked and reported once as "accepted, not yet acted on".
Whoever makes a keyword do something adds its first name below; nothing else has to change.
"""

from __future__ import annotations

ALL = frozenset({"*"})

EFFECTIVE: dict[str, frozenset[str]] = {
    "": frozenset(
        {
            "global_defs", "vrrp_instance", "vrrp_sync_group", "virtual_server", "virtual_server_group",
            "use_pid_dir", "instance", "SSL", "track_file",
            "static_ipaddress", "static_routes", "static_rules", "garp_group",
            "net_namespace", "child_wait_time", "bfd_instance", "net_namespace_ipvs",
            "vrrp_script", "vrrp_track_process", "track_group", "linkbeat_use_polling",
            "linkbeat_interfaces", "interface_up_down_delays",
        }
    ),
    "global_defs": frozenset(
        {
            "enable_dbus", "dbus_service_name", "dbus_no_interface_name",
            "snmp_socket", "enable_traps", "enable_snmp_vrrp", "enable_snmp_rfc", "enable_snmp_rfcv2",
            "enable_snmp_rfcv3", "enable_snmp_checker", "snmp_vs_stats_update_interval",
            "snmp_rs_stats_update_interval",
            "router_id", "script_user", "enable_script_security", "process_names", "vrrp_process_name",
            "checker_process_name", "bfd_process_name", "bfd_rt_priority", "bfd_priority", "bfd_no_swap",
            "bfd_cpu_affinity", "bfd_rlimit_rttime",
            "process_name", "default_interface", "vrrp_version", "vrrp_mcast_group4",
            "vrrp_mcast_group6", "vrrp_garp_master_delay", "vrrp_garp_master_repeat",
            "vrrp_garp_master_refresh", "vrrp_garp_master_refresh_repeat", "vrrp_garp_lower_prio_delay",
            "vrrp_garp_lower_prio_repeat", "vrrp_garp_interval", "vrrp_gna_interval", "vrrp_garp_extra_if",
            "iproute_etc_dir",
            "vrrp_down_timer_adverts", "vrrp_lower_prio_no_advert", "vrrp_higher_prio_send_advert",
            "vrrp_rt_priority", "vrrp_no_swap", "vrrp_priority", "vrrp_cpu_affinity", "vrrp_startup_delay",
            "vrrp_delay_after_boot", "vrrp_skip_check_adv_addr",
            "vrrp_check_unicast_src", "v3_checksum_as_v2", "vrrp_min_garp", "vrrp_owner_ignore_adverts",
            "lvs_sync_daemon", "rs_init_notifies", "checker_priority", "checker_rt_priority",
            "checker_cpu_affinity", "checker_no_swap", "checker_rlimit_rttime", "ipvs_sysctl",
            "nftables_ipvs", "nftables_ipvs_priority", "nftables_ipvs_start_fwmark", "nftables_counters",
            "ipvs_follows_vrrp", "checker_log_all_failures", "lvs_flush", "lvs_flush_on_stop", "lvs_timeouts",
            "nftables", "nftables_priority", "nftables_ifindex", "vrrp_iptables",
            "vrrp_ipsets", "vmac_prefix", "vmac_addr_prefix", "disable_local_igmp",
            "umask", "json_version", "notify_fifo", "notify_fifo_script", "vrrp_notify_fifo",
            "vrrp_notify_fifo_script", "lvs_notify_fifo", "lvs_notify_fifo_script",
            "vrrp_notify_priority_changes", "vrrp_strict", "log_unknown_vrids",
            "vrrp_rlimit_rttime", "vrrp_rlimit_rtime", "max_auto_priority",
            "notification_email", "notification_email_from", "smtp_server", "smtp_helo_name",
            "smtp_connect_timeout", "smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker",
            "include_check", "random_seed",  # of the preprocessor
            "no_email_faults", "no_checker_emails", "startup_script", "startup_script_timeout",
            "shutdown_script", "shutdown_script_timeout",
            "dynamic_interfaces", "process_monitor_rcv_bufs", "process_monitor_rcv_bufs_force",
            "data_use_instance", "state_dump_file", "reload_check_config", "reload_file", "reload_time_file",
            "reload_repeat", "config_save_dir", "set_supplementary_groups", "use_symlink_paths",
            "fifo_write_vrrp_states_on_reload", "vrrp_netlink_cmd_rcv_bufs",
            "vrrp_netlink_cmd_rcv_bufs_force", "vrrp_netlink_monitor_rcv_bufs",
            "vrrp_netlink_monitor_rcv_bufs_force", "vrrp_rx_bufs_policy", "vrrp_rx_bufs_multiplier",
        }
    ),
    "vrrp_instance": frozenset(
        {
            "state", "interface", "virtual_router_id", "priority", "advert_int", "version", "nopreempt",
            "preempt",
            "preempt_delay", "virtual_ipaddress", "virtual_ipaddress_excluded", "authentication",
            "unicast_peer", "unicast_src_ip", "mcast_src_ip", "mcast_dst_ip", "unicast_ttl", "notify",
            "notify_master", "notify_backup", "notify_fault", "notify_stop", "notify_deleted",
            "notify_master_rx_lower_pri", "notify_priority_changes", "garp_master_delay",
            "garp_master_repeat", "garp_master_refresh", "garp_master_refresh_repeat",
            "garp_lower_prio_delay",
            "garp_lower_prio_repeat", "garp_extra_if", "virtual_routes", "virtual_rules",
            "promote_secondaries", "lower_prio_no_advert", "higher_prio_send_advert", "native_ipv6",
            "no_virtual_ipaddress", "down_timer_adverts", "owner_ignore_adverts", "check_unicast_src",
            "use_vmac", "use_vmac_addr", "vmac_xmit_base", "use_ipvlan", "accept", "no_accept",
            "v3_checksum_as_v2", "dont_track_primary", "track_src_ip", "skip_check_adv_addr",
            "lvs_sync_daemon_interface",
            "track_interface", "track_script", "track_file", "track_process", "track_bfd",
            "linkbeat_use_polling", "auth_hmac", "old_unicast_checksum", "timer_expired_backup",
            "strict_mode", "unicast_fault_no_peer", "kernel_rx_buf_size", "smtp_alert", "vrf",
        }
    ),
    "authentication": ALL,
    "auth_hmac": ALL,
    "garp_group": ALL,
    "vrrp_sync_group": frozenset(
        {
            "group", "notify", "notify_master", "notify_backup", "notify_fault", "notify_stop",
            "track_interface", "track_script", "track_file", "track_process", "track_bfd",
            "sync_group_tracking_weight", "notify_priority_changes", "smtp_alert",
        }
    ),
    "virtual_server": frozenset(
        {
            "lb_algo", "lb_kind", "protocol", "persistence_timeout", "persistence_granularity", "snmp_name",
            "persistence_engine", "delay_loop", "retry", "delay_before_retry", "warmup", "connect_timeout",
            "alpha", "omega", "quorum", "hysteresis", "quorum_up", "quorum_down", "sorry_server",
            "sorry_server_inhibit", "sorry_server_lvs_method", "inhibit_on_failure", "ops", "sh-port",
            "sh-fallback", "mh-port", "mh-fallback", "flag-1", "flag-2", "flag-3", "weight", "real_server",
            "virtualhost", "ip_family", "ipvs_follows_vrrp", "hashed", "ha_suspend", "source_nat",
            "slow_start", "drain_removed", "smtp_alert",
        }
    ),
    "virtual_server_group": ALL,
    "real_server": frozenset(
        {
            "weight", "lvs_method", "uthreshold", "lthreshold", "inhibit_on_failure", "notify_up",
            "notify_down", "alpha", "retry", "delay_before_retry", "warmup", "connect_timeout", "delay_loop",
            "snmp_name", "virtualhost", "TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK",
            "MISC_CHECK", "UDP_CHECK", "PING_CHECK", "FILE_CHECK", "BFD_CHECK", "smtp_alert",
        }
    ),
    "SSL": ALL,
    "track_file": ALL,
    "track_group": ALL,
    "vrrp_script": ALL,
    "vrrp_track_process": ALL,
    "TCP_CHECK": ALL,
    "SSL_GET": ALL,
    "SMTP_CHECK": ALL,
    "host": ALL,
    "DNS_CHECK": ALL,
    "MISC_CHECK": ALL,
    "UDP_CHECK": ALL,
    "PING_CHECK": ALL,
    "FILE_CHECK": ALL,
    "BFD_CHECK": ALL,
    "bfd_instance": ALL,
    "HTTP_GET": frozenset(
        {
            "connect_ip", "connect_port", "bindto", "bind_port", "bind_if", "connect_timeout", "fwmark",
            "retry", "delay_before_retry", "warmup", "delay_loop", "alpha", "log_all_failures", "virtualhost",
            "http_protocol", "fast_recovery", "url",
        }
    ),
    "url": frozenset(
        {
            "path", "digest", "status_code", "virtualhost", "regex", "regex_no_match", "regex_options",
            "regex_min_offset", "regex_max_offset", "tls_compliant",
        }
    ),
}  # fmt: skip


_BUFFERS = "the checker process has no socket for routing netlink, which is what these size in keepalived"
_DUMPS = "keepalived 2.4.3 shows it and goes on using the default name in TMPDIR or /tmp; so do we"
_NO_TLS = "means something for SSL_GET only"

NOT_ACTED_ON: dict[str, str] = {
    "namespace_with_ipsets": "about kernels older than 3.13, which are not supported",
    "min_auto_priority_delay": "priorities are set once at start and never raised by lateness",
    **dict.fromkeys(
        (
            "lvs_netlink_cmd_rcv_bufs", "lvs_netlink_cmd_rcv_bufs_force", "lvs_netlink_monitor_rcv_bufs",
            "lvs_netlink_monitor_rcv_bufs_force",
        ),
        _BUFFERS,
    ),
    "tmp_config_directory": "the configuration is handed over in memory; keepalived's file there has no name",
    "stats_dump_file": _DUMPS,
    "json_dump_file": _DUMPS,
    "iproute_usr_dir": "names of routing tables are looked up in iproute_etc_dir and the usual folders",
    "debug": "has no effect in keepalived either",
    "enable_sni": _NO_TLS,
    "sni_name": _NO_TLS,
    "regex_stack": "the regular expressions of Python need no stack of their own",
}  # fmt: skip
"""Why a keyword that is not effective somewhere does nothing there; a test compares both tables."""


def is_effective(block: str, keyword: str) -> bool:
    known = EFFECTIVE.get(block, frozenset())
    return known is ALL or keyword in known
