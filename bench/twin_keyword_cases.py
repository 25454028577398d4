"""Configurations and events of ``twins.py`` for keywords that no other case has: as many as go together."""

from __future__ import annotations

from twin_case import Case, group, instance

RESTORED = (r": parameter eth\d arp_(filter|ignore)",)
FLAPS = ("ip link set eth0 down", "ip link set eth0 up")
KINDS = ("master", "backup", "fault", "stop")


def global_defs(*lines: str) -> str:
    """With these statements in it."""
    return "global_defs {\n" + "\n".join(lines) + "\n}\n"


def tells(name: str, *more: str) -> str:
    """A script for every kind of notification."""
    specific = [f'notify_{kind} "@DIR@/tell {name} {kind}"' for kind in (*KINDS, *more)]
    return "\n".join([*specific, "notify @DIR@/tell"])


OURS_TELLS = tells("instance", "deleted", "master_rx_lower_pri")
PEERS = "unicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.9\n192.0.2.10 min_ttl 5 max_ttl 20\n}"
NEIGHBOURS = tuple(f"ip neigh add 192.0.2.{n} lladdr 02:00:00:00:ff:99 dev eth0" for n in (9, 10))
SIGNED = f"auth_hmac {{\nkey 1 hex:{'01' * 32}\nkey 2 hex:{'02' * 32}\nactive_key 2\ntime_window 5"
BFD = "bfd_instance B {\nneighbor_ip 192.0.2.9\nsource_ip 192.0.2.1\nmin_rx 100\nmin_tx 100\nidle_tx 200\n}\n"
BY_BFD = "global_tracking\ntrack_bfd {\nB weight 20\n}\nnotify_priority_changes"
GROUP_FILE = "vrrp_track_file n {\nfile @DIR@/number\ninit_file 0\n}\n"

KEYWORD_CASES = (
    Case(
        "notify-scripts",
        global_defs("umask 0027")
        + group("VI_1", "VI_2", more=tells("group"))
        + instance(OURS_TELLS)
        + instance(name="VI_2", vrid=52, vips="192.0.2.110/24")
        + instance(OURS_TELLS, name="VI_3", vrid=53, vips="192.0.2.120/24"),
        ("!speak 200", "!silence release", "!speak 50 vrid=53", "!silence", *FLAPS, "!reload less"),
        {"less": global_defs("umask 0027") + instance(OURS_TELLS)},
    ),
    Case(
        "notify-fifos",
        global_defs(
            "notify_fifo @DIR@/all",
            "notify_fifo_script @DIR@/reader",
            "vrrp_notify_fifo_script @DIR@/tell",
        )
        + instance("notify_priority_changes on"),
        ("!speak 200", "!silence release"),
        setup=(
            "printf '#!/bin/sh\\nwhile read line; do echo \"$line\" >> ${0%%/*}/told; done < $1\\n'"
            " > @DIR@/reader; chmod +x @DIR@/reader",
        ),
        on_purpose=(r"^ours: told INSTANCE .* STOP ",),
        why="the reader of a FIFO reads STOP, too",
    ),
    Case(
        "announcements",
        instance("garp_master_delay 1\ngarp_master_repeat 2", vips="192.0.2.100/24\n192.0.2.101/24 dev eth1")
        + instance(
            "garp_master_delay 0\ngarp_master_repeat 3", name="VI_2", vrid=52, vips="2001:db8::100/64"
        ),
        ("!speak 200", "!silence release"),
        announcements=20,
    ),
    Case(
        "announcements-by-default",
        global_defs(
            "vrrp_garp_master_delay 1",
            "vrrp_garp_master_repeat 3",
            "vrrp_garp_master_refresh 1",
            "vrrp_garp_master_refresh_repeat 2",
            "vrrp_garp_lower_prio_delay 1",
            "vrrp_garp_lower_prio_repeat 2",
        )
        + instance(),
        ("!speak 50", "!silence"),
        announcements=4,
    ),
    Case(
        "announcements-lower-prio",
        instance("garp_lower_prio_delay 1\ngarp_lower_prio_repeat 1\ngarp_master_delay 0"),
        ("!speak 50", "!silence"),
        on_purpose=(r": announced ",),
        why="what a trickle of lower-priority adverts is answered with is limited",
        announcements=2,
    ),
    Case(
        "announcements-paced",
        global_defs("vrrp_garp_interval 0.01", "vrrp_gna_interval 0.01", "vrrp_min_garp true")
        + "garp_group {\ngarp_interval 0.02\ngna_interval 0.02\ninterfaces {\neth0\neth1\n}\n}\n"
        + instance(vips="192.0.2.100/24\n192.0.2.101/24 dev eth1"),
        ("!speak 200", "!silence release"),
        announcements=20,
    ),
    Case(
        "announcements-of-a-vmac",
        instance("use_vmac\ngarp_extra_if 1\ngarp_master_delay 0\ngarp_master_repeat 1"),
        ("!speak 200", "!silence release"),
        on_purpose=RESTORED,
        why="parameters of the parent interface are put back at the end",
        announcements=2,
    ),
    Case(
        "groups-of-their-own",
        global_defs("vrrp_mcast_group4 224.0.0.77", "vrrp_mcast_group6 ff02::77")
        + instance()
        + instance("mcast_dst_ip 224.0.0.99", name="VI_2", vrid=52, vips="192.0.2.110/24")
        + instance(name="VI_3", vrid=53, vips="fe80::78/64\n2001:db8::100/64")
        + instance("mcast_dst_ip ff02::99", name="VI_4", vrid=54, vips="fe80::79/64"),
        FLAPS,
    ),
    Case(
        "tracked-source-address",
        instance("mcast_src_ip 192.0.2.77\ntrack_src_ip")
        + instance(
            "unicast_src_ip 198.51.100.77\ntrack_src_ip\nunicast_peer {\n198.51.100.9\n}",
            name="VI_2",
            vrid=52,
            interface="eth1",
            vips="198.51.100.110/24",
        ),
        (
            "ip addr add 192.0.2.77/24 dev eth0; ip addr add 198.51.100.77/24 dev eth1",
            "ip addr del 192.0.2.77/24 dev eth0",
            "ip addr del 198.51.100.77/24 dev eth1",
            "ip addr add 192.0.2.77/24 dev eth0",
        ),
        on_purpose=(r".",),
        why="keepalived follows only the first address of an interface",
    ),
    Case(
        "unicast-heard",
        instance(f"{PEERS}\ncheck_unicast_src\nunicast_ttl 33"),
        (
            "!speak 200 to=192.0.2.1",
            "!silence",
            "!speak 200 to=192.0.2.1 src=192.0.2.10 ttl=4",
            "!silence",
            "!speak 200 to=192.0.2.1 src=192.0.2.10 ttl=20",
            "!silence release",
            "!speak 200 to=192.0.2.1 src=192.0.2.11",
            "!silence",
        ),
        setup=NEIGHBOURS,
    ),
    Case(
        "unicast-strangers",
        global_defs("vrrp_check_unicast_src")
        + instance(PEERS)
        + instance(
            "unicast_src_ip 192.0.2.1\nunicast_peer {\n}\nunicast_fault_no_peer",
            name="VI_2",
            vrid=52,
            vips="192.0.2.110/24",
        ),
        ("!speak 200 to=192.0.2.1 src=192.0.2.11", "!silence"),
        setup=NEIGHBOURS,
    ),
    Case(
        "unicast-strangers-not-checked",
        instance(f"{PEERS}\nold_unicast_checksum", version=2, interval="1"),
        ("!wait 1",),
        setup=NEIGHBOURS,
    ),
    Case(
        "other-addresses-heard",
        instance(vips="192.0.2.100/24"),
        ("!speak 200 vip=192.0.2.222", "!silence", "!speak 50 vip=192.0.2.222", "!silence"),
    ),
    Case(
        "other-addresses-heard-unchecked",
        global_defs("vrrp_skip_check_adv_addr on") + instance("skip_check_adv_addr on\nv3_checksum_as_v2 on"),
        ("!speak 200 vip=192.0.2.222", "!silence"),
    ),
    Case(
        "owner-ignores-adverts",
        instance("owner_ignore_adverts", priority=255),
        ("!speak 255 src=192.0.2.200", "!silence"),
    ),
    Case(
        "names-of-macvlans",
        global_defs("vmac_prefix fast", "vmac_addr_prefix far")
        + instance("use_vmac", vips="192.0.2.100/24\n198.51.100.101/24 dev eth1 use_vmac"),
        ("!speak 200", "!silence release"),
        on_purpose=RESTORED,
        why="parameters of the parent interface are put back at the end",
    ),
    Case(
        "defaults-for-instances",
        global_defs(
            "default_interface eth2",
            "vrrp_version 3",
            "vrrp_down_timer_adverts 5",
            "vrrp_lower_prio_no_advert true",
            "vrrp_higher_prio_send_advert true",
            "vrrp_owner_ignore_adverts",
            "vrrp_startup_delay 0.2",
            "v3_checksum_as_v2",
        )
        + "static_ipaddress {\n203.0.113.77/24\n}\n"
        + "vrrp_instance VI_1 {\ninterface eth1\nvirtual_router_id 51\npriority 100\nadvert_int 0.2\n"
        + "virtual_ipaddress {\n198.51.100.100/24\n}\n}\n"
        + instance("lower_prio_no_advert off\nhigher_prio_send_advert off", name="VI_2", vrid=52),
        ("!speak 200 vrid=52", "!silence", "!speak 50 vrid=52", "!silence"),
    ),
    Case(
        "words-of-an-instance",
        instance("preempt\naccept\nstrict_mode on\ndebug 1\nkernel_rx_buf_size 300000\npromote_secondaries")
        + instance(
            "native_ipv6\nno_virtual_ipaddress\nthread_timer_expired 3\nlower_prio_no_advert on\n"
            "virtual_ipaddress_excluded {\n192.0.2.120/24\n}",
            name="VI_2",
            vrid=52,
            vips="",
        ).replace("virtual_ipaddress {\n        \n    }", ""),
        ("!speak 200", "!silence release", "!speak 50", "!silence"),
    ),
    Case(
        "bfd-that-is-down",
        BFD
        + instance("track_bfd {\nB weight 20\n}")
        + instance("track_bfd {\nB weight -20\n}", name="VI_2", vrid=52, vips="192.0.2.110/24")
        + instance("track_bfd {\nB\n}", name="VI_3", vrid=53, vips="192.0.2.120/24"),
        ("!wait 1",),
        settle=4,
    ),
    Case(
        "bfd-of-a-group",
        BFD
        + group("VI_1", "VI_2", more=BY_BFD)
        + instance()
        + instance(name="VI_2", vrid=52, vips="192.0.2.110/24"),
        FLAPS,
        settle=4,
    ),
    Case(
        "file-of-a-group",
        GROUP_FILE
        + group("VI_1", "VI_2", more="track_file {\nn\n}")
        + instance()
        + instance(name="VI_2", vrid=52, vips="192.0.2.110/24"),
        ("!number 5", "!number 0"),
    ),
    Case(
        "links-that-are-polled-and-delayed",
        "linkbeat_interfaces {\neth0\n}\ninterface_up_down_delays {\neth1 1 1\n}\n"
        + instance("track_interface {\neth1 weight -20\n}"),
        (
            "!carrier eth0 down",
            "!carrier eth0 up",
            "ip link set eth1 down; sleep 0.3; ip link set eth1 up",
            "ip link set eth1 down",
            "ip link set eth1 up",
        ),
        settle=3,
    ),
    Case(
        "tagged-static-entries",
        "track_group T {\ngroup {\nVI_1\n}\n}\n"
        "static_routes {\n10.9.0.0/16 via 198.51.100.254 dev eth1 track_group T\n}\n"
        "static_ipaddress {\n203.0.113.51/24 dev eth2 track_group T\n}\n"
        "static_rules {\nfrom 10.6.0.0/16 table 100 priority 500 track_group T\n"
        "iif eth2 table 100 priority 501 track_group T\n}\n" + instance(),
        ("ip link set eth1 down", "ip link set eth1 up", "ip link set eth2 down", "ip link set eth2 up"),
    ),
    Case(
        "processes",
        global_defs(
            "process_names",
            "vrrp_process_name its_vrrp",
            "vrrp_rt_priority 3",
            "vrrp_no_swap",
            "vrrp_rlimit_rttime 20000",
            "vrrp_cpu_affinity 1",
        )
        + instance(),
        on_purpose=(
            r": process vrrp is called its_vrrp, policy \d+ priority 3 nice \d+ on \[1\], locked True",
        ),
        why="the time limit tells, and ends nothing",
        processes=True,
    ),
    Case(
        "processes-without-real-time",
        global_defs("process_name parent_of_all", "vrrp_priority -5", "vrrp_cpu_affinity 0 1") + instance(),
        on_purpose=(
            r": process vrrp is called parent_of_all, policy 0 priority 0 nice -5 on \[0, 1\], locked",
        ),
        why="memory is locked in any case",
        processes=True,
    ),
    Case(
        "signed",
        instance(f"{SIGNED}\nmode enforce\n}}\ngarp_master_refresh 1\ngarp_master_refresh_repeat 2")
        + instance(f"{SIGNED}\nmode permissive\n}}", name="VI_2", vrid=52, vips="192.0.2.110/24"),
        ("!speak 200", "!silence", "!speak 200 vrid=52", "!silence"),
        on_purpose=(r"^ours: advert \(0, 51\)",),
        why="a refused packet puts no advert off",
        announcements=3,
    ),
    Case(
        "igmp",
        global_defs("disable_local_igmp") + instance(),
        ("!speak 200", "!silence release"),
    ),
)
