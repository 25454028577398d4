"""Configurations and events of ``twins.py``: what a router owns, states, groups, tracking, reloads."""

from __future__ import annotations

from twin_case import Case, group, instance, script

PASS = "authentication {\nauth_type PASS\nauth_pass abc\n}"
AH = PASS.replace("PASS", "AH")
TWO = instance() + instance(name="VI_2", vrid=52, vips="192.0.2.110/24")
OTHER_LINK = instance(name="VI_2", vrid=52, interface="eth1", vips="198.51.100.110/24")
ROUTES = """virtual_routes {
    10.9.0.0/16 via 192.0.2.254 dev eth0
    10.8.0.0/16 via 198.51.100.254
    default via 192.0.2.254 table 200
    unreachable 10.5.0.0/16
}
virtual_rules {
    from 10.6.0.0/16 table 100 priority 500
    from 2001:db8:98::/48 table 100 priority 501
    fwmark 5 table 200 priority 502
}"""
ADDRESSES = """192.0.2.100/24 dev eth0 label eth0:vip
        192.0.2.101/24 brd + dev eth0
        192.0.2.102/28 brd -
        192.0.2.104 dev eth1 scope site
        192.0.2.105 peer 192.0.2.106
        192.0.2.107/24 noprefixroute
        192.0.2.108/24 preferred_lft 100
        192.0.2.109/24 preferred_lft 0
        192.0.2.111
        192.0.2.112/32 scope nowhere
        10.1.1.1/8 scope 99
        192.0.2.113/24 mngtmpaddr
        192.0.2.114/24 home"""
EXCLUDED = """virtual_ipaddress_excluded {
        2001:db8::100/64 dev eth0
        2001:db8::101/64 home
        2001:db8::102/64 mngtmpaddr
        2001:db8::103/64 noprefixroute
        2001:db8::104/64 preferred_lft 50
        2001:db8::105/128
        2001:db8::106/128 preferred_lft forever
        2001:db8::107/64 -nodad
        fe80::77/64
        2001:db8::109 peer 2001:db8::200
        192.0.2.120/24 dev eth2 label eth2:x
    }"""
STATIC = """static_ipaddress {
    198.51.100.51/24 dev eth1 brd +
    192.0.2.52/24 dev eth0
}
static_routes {
    10.9.0.0/16 via 192.0.2.254 dev eth0
    10.8.0.0/16 dev eth1 scope link table 100 src 198.51.100.51
    blackhole 10.7.0.0/16
}
static_rules {
    from 10.6.0.0/16 table 100 priority 500
    to 2001:db8:98::/48 table 100 priority 501
}
"""

PUT_BACK = (r"^keepalived: fifo \S+ \S+: BACKUP",)
DELETED = "what somebody deletes is put back at once, without a change of state"
TOLD = (r"^ours: fifo .*_PRIORITY \d+$",)
NEW_PRIORITY = "a priority that a reload changes is told"
RESTORED = (r": parameter eth\d arp_(filter|ignore)",)
REMADE = r"^keepalived: fifo \S+ \S+: FAULT 100 BACKUP 100 MASTER 100$"
MADE_AGAIN = "a macvlan that somebody deletes is made again at once"
PARAMETERS = "parameters of the parent interface are put back at the end"
DYNAMIC = "ip link add dyn0 type veth peer name dyn1; ip link set dyn1 up; ip link set dyn0 up"
_LINK_FLAPS = ("ip link set eth0 down", "ip link set eth0 up", "!carrier eth0 down", "!carrier eth0 up")

CASES = (
    Case(
        "addresses-every-option",
        instance(EXCLUDED, vips=ADDRESSES),
        (
            "ip addr del 192.0.2.100/24 dev eth0",
            "ip addr del 192.0.2.104 dev eth1",
            "ip addr del 2001:db8::100/64 dev eth0",
        ),
        on_purpose=(*PUT_BACK, r"^keepalived: address eth0 inet 192.0.2.105 peer"),
        why=f"{DELETED}; an address with a peer is removed at the end",
    ),
    Case(
        "routes-and-rules-deleted",
        instance(ROUTES),
        ("ip route del 10.9.0.0/16", "ip rule del priority 500", "ip route flush table 200"),
        on_purpose=PUT_BACK,
        why=DELETED,
    ),
    Case("routes-link-events", instance(ROUTES), _LINK_FLAPS),
    Case(
        "static",
        STATIC + instance(),
        ("ip addr del 192.0.2.52/24 dev eth0", "ip route del 10.9.0.0/16", "ip rule del priority 500"),
        on_purpose=(r"^ours: (route|rule) ", r"^keepalived: route 10.8.0.0/16 .* table 100"),
        why="static routes and rules that somebody deletes are put back, too; all are removed at the end",
    ),
    Case(
        "link-events",
        instance("track_interface {\neth2 weight -20\n}", vips="192.0.2.100/24\n192.0.2.101/24 dev eth1"),
        (
            "ip link set eth1 down",
            "ip link set eth1 up",
            "ip link set eth2 down",
            "ip link set eth2 up",
            *_LINK_FLAPS,
            "ip link set eth0 mtu 1400",
        ),
    ),
    Case("ipv6-link-events", instance(vips="fe80::77/64\n2001:db8::100/64"), _LINK_FLAPS),
    Case(
        "excluded-ipv6-link-events",
        instance("virtual_ipaddress_excluded {\n2001:db8::100/64\nfe80::99/64\n}"),
        _LINK_FLAPS,
    ),
    Case(
        "interface-renamed",
        instance(),
        (
            "ip link set eth0 down; ip link set eth0 name foo0; ip link set foo0 up",
            "ip link set foo0 down; ip link set foo0 name eth0; ip link set eth0 up",
        ),
    ),
    Case(
        "interface-without-address",
        instance(interface="eth1", vips="198.51.100.100/24"),
        ("ip addr add 198.51.100.1/24 dev eth1",),
        setup=("ip addr flush dev eth1",),
    ),
    Case(
        "interface-appears",
        "global_defs {\ndynamic_interfaces\n}\n"
        + instance()
        + instance(name="VI_2", vrid=52, interface="dyn0", vips="203.0.113.100/24"),
        (
            f"{DYNAMIC}; ip addr add 203.0.113.9/24 dev dyn0",
            "ip link set dyn1 down",
            "ip link set dyn1 up",
            "ip link del dyn0",
            f"{DYNAMIC}; ip addr add 203.0.113.9/24 dev dyn0",
        ),
        on_purpose=(r": address dyn\d inet6 fe80",),
        why="a new link has an address by chance",
    ),
    Case(
        "interface-of-an-address-vanishes",
        "global_defs {\ndynamic_interfaces\n}\n"
        + instance(vips="192.0.2.100/24\n198.51.100.100/24 dev dyn0"),
        ("ip link del dyn0", DYNAMIC),
        setup=(DYNAMIC,),
        on_purpose=(r": address dyn\d inet6 fe80",),
        why="a new link has an address by chance",
    ),
    Case(
        "dont-track-primary", instance("dont_track_primary"), ("ip link set eth0 down", "ip link set eth0 up")
    ),
    Case("linkbeat-polling", instance("linkbeat_use_polling"), ("!carrier eth0 down", "!carrier eth0 up")),
    Case("source-address", instance("mcast_src_ip 192.0.2.77"), ("ip addr add 192.0.2.77/24 dev eth0",)),
    Case("better-router", instance(), ("!speak 200", "!silence", "!speak 200", "!silence release")),
    Case("equal-router-higher-address", instance(), ("!speak 100 src=192.0.2.200", "!silence")),
    Case("equal-router-lower-address", instance(), ("!speak 100 src=192.0.2.0", "!silence")),
    Case(
        "state-master-of-lower-priority",
        instance("state MASTER", priority=50),
        ("!silence",),
        setup=("!speak 60",),
    ),
    Case(
        "nopreempt",
        instance("nopreempt", priority=150),
        (
            "!silence release",
            "!speak 200",
            "!silence",
            "ip link set eth0 down",
            "!speak 100",
            "ip link set eth0 up",
            "!silence release",
        ),
        setup=("!speak 60",),
    ),
    Case(
        "preempt-delay",
        instance("preempt_delay 3", priority=150),
        ("!wait 3", "true", "!silence"),
        setup=("!speak 60",),
    ),
    Case(
        "address-owner",
        instance("state MASTER", priority=255),
        ("!speak 200", "!silence", "!speak 255 src=192.0.2.200", "!silence"),
    ),
    Case("down-timer-adverts", instance("down_timer_adverts 6"), ("!speak 200", "!silence")),
    Case("timer-expired-backup", instance("timer_expired_backup 2"), ("!speak 200", "!silence")),
    Case(
        "lower-prio-no-advert",
        "global_defs {\nvrrp_lower_prio_no_advert true\n}\n" + instance(),
        ("!speak 50", "!silence"),
    ),
    Case(
        "higher-prio-send-advert",
        "global_defs {\nvrrp_higher_prio_send_advert true\n}\n" + instance(),
        ("!speak 200", "!silence"),
    ),
    Case("strict", "global_defs {\nvrrp_strict\n}\n" + instance(), ("!speak 200", "!silence release")),
    Case("no-accept", instance("no_accept"), ("!speak 200", "!silence release")),
    Case(
        "unicast",
        instance("unicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.9\n192.0.2.10 min_ttl 5 max_ttl 20\n}"),
        _LINK_FLAPS,
    ),
    Case(
        "wrong-password-heard",
        instance(PASS, version=2, interval="1"),
        ("!speak 200", "!silence"),
        settle=4,
        on_purpose=(r"^ours: advert ",),
        why="a refused packet puts no advert off",
    ),
    Case(
        "vmac",
        instance("use_vmac"),
        (
            "!speak 200",
            "!silence release",
            "ip link set eth0 down",
            "ip link set eth0 up",
            "ip link del vrrp.51",
            "ip link set eth0 mtu 1400",
        ),
        on_purpose=(*RESTORED, REMADE),
        why=f"{PARAMETERS}; {MADE_AGAIN}",
    ),
    Case(
        "vmac-xmit-base",
        instance("use_vmac vx51\nvmac_xmit_base"),
        ("!speak 200", "!silence release", "ip link del vx51"),
        on_purpose=(*RESTORED, REMADE),
        why=f"{PARAMETERS}; {MADE_AGAIN}",
    ),
    Case(
        "vmac-addr",
        instance(
            "use_vmac_addr",
            vips="192.0.2.100/24\n198.51.100.100/24 dev eth1\n198.51.100.101/24 dev eth1 use_vmac",
        ),
        ("!speak 200", "!silence release", "ip link set eth1 down", "ip link set eth1 up"),
        on_purpose=RESTORED,
        why=PARAMETERS,
    ),
    Case(
        "vmac-ipv6",
        instance("use_vmac", vips="fe80::77/64\n2001:db8::100/64"),
        ("ip link set eth0 down", "ip link set eth0 up"),
        on_purpose=(r"^keepalived: (address|route) (vrrp\.51 inet6 )?fe80::(ff:fe00:1)?/64", *RESTORED),
        why="the macvlan holds virtual addresses only; parameters are put back",
    ),
    Case(
        "group",
        group("VI_1", "VI_2", more="track_interface {\neth2\n}") + instance() + OTHER_LINK,
        (
            "ip link set eth2 down",
            "ip link set eth2 up",
            "ip link set eth1 down",
            "ip link set eth1 up",
            "!speak 200",
            "!silence",
            "!speak 200",
            "!silence release",
        ),
    ),
    Case(
        "group-begins-at-fault",
        group("VI_1", "VI_2") + instance() + OTHER_LINK,
        ("ip link set eth1 up",),
        setup=("ip link set eth1 down",),
    ),
    Case(
        "group-weights",
        script("weight 20")
        + group("VI_1", "VI_2", more="sync_group_tracking_weight\ntrack_script {\nf\n}")
        + TWO,
        ("!fail first", "!succeed first", "!speak 200 vrid=52", "!silence"),
        on_purpose=(r": fifo INSTANCE \S+: BACKUP 100 .*120$",),
        why="whether a script or its group speaks first at the start is a matter of time",
    ),
    Case(
        "script",
        script("weight 20")
        + script("fall 2\nrise 2", name="s", runs="second")
        + instance("track_script {\nf\ns\n}"),
        (
            "!fail first",
            "!succeed first",
            "!fail second",
            "!succeed second",
            "!fail first",
            "!fail second",
            "!succeed first",
            "!succeed second",
        ),
        on_purpose=(r": fifo INSTANCE \"VI_1\": BACKUP.* MASTER 120$",),
        why="whether a script or its instance speaks first at the start is a matter of time",
    ),
    Case(
        "script-reverse",
        script("weight 30 reverse")
        + script("weight 0 reverse", name="s", runs="second")
        + instance("track_script {\nf\ns\n}"),
        ("!fail second", "!fail first", "!succeed first", "!succeed second"),
        on_purpose=(
            r": fifo INSTANCE \"VI_1\": (FAULT 100|BACKUP_PRIORITY 70) (FAULT 70|BACKUP_PRIORITY \d+ ?)+$",
        ),
        why="which script speaks first at the start is a matter of time",
    ),
    Case(
        "script-fails-from-the-start",
        script() + instance("track_script {\nf\n}"),
        ("!succeed first", "!fail first"),
        setup=("!fail first",),
    ),
    Case(
        "script-init-fail",
        script("init_fail") + instance("track_script {\nf\n}"),
        ("!succeed first", "!fail first"),
        setup=("!fail first",),
    ),
    Case(
        "track-file",
        "track_file n {\nfile @DIR@/number\ninit_file 0\n}\n" + instance("track_file {\nn weight 2\n}"),
        ("!number 10", "!number 100", "!number 0", "!number abc", "!number -40", "!number -127"),
        on_purpose=(r"(ours|keepalived): fifo INSTANCE \"VI_1\": (FAULT|STOP) ",),
        why="beside a fault the priority without the file is told",
    ),
    Case(
        "track-interface-weights",
        instance("track_interface {\neth1 weight 20\neth2 weight 20 reverse\n}"),
        ("ip link set eth1 down", "ip link set eth2 down", "ip link set eth1 up", "ip link set eth2 up"),
        on_purpose=(r": fifo INSTANCE \"VI_1\": (BACKUP_PRIORITY \d+ )*BACKUP 100 MASTER 100",),
        why="at the start each weight is told",
    ),
    Case(
        "reload-addresses",
        TWO,
        ("!reload more", "!reload other", "!reload less", "!reload first"),
        {
            "first": TWO,
            "more": instance(vips="192.0.2.100/24\n192.0.2.102/24")
            + instance(name="VI_2", vrid=52, vips="192.0.2.110/24"),
            "other": instance(vips="192.0.2.100/24 label eth0:x\n192.0.2.102/24 dev eth1")
            + instance(name="VI_2", vrid=53, vips="192.0.2.110/24"),
            "less": instance(priority=90, interval="0.5"),
        },
        on_purpose=TOLD,
        why=NEW_PRIORITY,
    ),
    Case(
        "reload-owned",
        instance(ROUTES),
        ("!reload none", "!reload some"),
        {
            "none": instance(),
            "some": instance(
                ROUTES.replace("10.9.0.0/16 via 192.0.2.254", "10.9.0.0/16 via 192.0.2.253").replace(
                    "table 100 priority 500", "table 101 priority 500"
                )
            ),
        },
    ),
    Case(
        "reload-identity",
        instance(),
        ("!reload interface", "!reload version", "!reload pass", "!reload ah"),
        {
            "interface": instance(interface="eth1"),
            "version": instance(version=2, interval="1"),
            "pass": instance(PASS, version=2, interval="1"),
            "ah": instance(AH, version=2, interval="1"),
        },
        settle=5,
    ),
    Case(
        "reload-group",
        group("VI_1", "VI_2") + TWO,
        ("!reload none", "!reload again", "!speak 200", "!silence"),
        {"none": TWO, "again": group("VI_2", "VI_1") + TWO},
    ),
    Case(
        "reload-script-weight",
        script("weight 20") + instance("track_script {\nf\n}"),
        ("!reload more", "!fail first", "!succeed first"),
        {"more": script("weight 40") + instance("track_script {\nf\n}")},
        on_purpose=(*TOLD, r": fifo INSTANCE \"VI_1\": BACKUP.* MASTER(_PRIORITY)? 120$"),
        why=NEW_PRIORITY,
    ),
    Case(
        "reload-renamed",
        TWO,
        ("!reload other",),
        {"other": TWO.replace("VI_2", "OTHER")},
        on_purpose=(r"^ours: fifo INSTANCE \"(VI_2|OTHER)\": ",),
        why="of the old name the end is told, of the new one MASTER",
    ),
    Case(
        "reload-broken",
        instance(),
        ("!reload broken", "!reload mended"),
        {"broken": instance(priority=999) + "nonsense {\n", "mended": instance()},
    ),
)
