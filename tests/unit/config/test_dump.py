"""A dump reads back as the same configuration."""

import json

import pytest

from pykeepalived.config.dump import as_data, dump, dump_json
from pykeepalived.config.load import load_text
from tests.support.beside import CORPUS, needs_corpus

EVERYTHING = """
global_defs {
    router_id "lb 1"
    vrrp_version 3
    vrrp_garp_interval 0.001
    vrrp_iptables IN OUT
    lvs_timeouts tcp 900 udp 300
    lvs_sync_daemon eth0 inst A id 5 ttl 3
    umask IRGRP|IWOTH
    include_check +match -read
    vrrp_garp_extra_if all 100
    notification_email {
        "Ops <ops@example.org>"
    }
    notify_fifo /run/fifo root
    # pykeepalived: ipvs_follows_vrrp false
}
bfd_instance b {
    neighbor_ip 192.0.2.9
    min_rx 50.5
    weight -10 reverse
}
track_file f {
    file /tmp/f
    weight 2
    init_file 3 overwrite
}
vrrp_track_process p {
    process nginx -g "daemon off"
    quorum_max 0
}
vrrp_script s {
    script "/bin/check 'a b'"
    interval 2.5
    user nobody
}
track_group t {
    group {
        A
    }
}
static_ipaddress {
    198.51.100.7/24 dev eth0 scope link brd + label eth0:1 track_group t
    2001:db8::7/64 -nodad preferred_lft 10
    2001:db8::8/128 preferred_lft forever
}
static_routes {
    default via 192.0.2.1 dev eth0 metric 5
    blackhole 198.51.100.0/24
    198.51.100.0/24 nexthop via 192.0.2.1 weight 2 nexthop via 192.0.2.3 dev eth0 onlink
}
static_rules {
    from 198.51.100.0/24 table 100 priority 900
    to 198.51.100.0/24 prohibit priority 901
}
vrrp_instance A {
    state BACKUP
    interface eth0
    virtual_router_id 7
    priority 150
    use_vmac vrrp.7 00:11:22:33:44:55 netlink_notify_msg group 3
    vmac_xmit_base
    unicast_peer {
        192.0.2.2 min_ttl 254
    }
    unicast_src_ip 192.0.2.1
    virtual_ipaddress {
        203.0.113.1/24 dev eth1
    }
    virtual_ipaddress_excluded {
        2001:db8::9/64
    }
    track_script {
        s weight 5 reverse
    }
    track_bfd {
        b
    }
    notify "/bin/n a" root :
}
virtual_server_group g {
    198.51.100.9-20 80
    fwmark 5 inet
}
virtual_server fwmark 7 {
    lb_algo mh
    mh-port
    lb_kind TUN type gue port 6080 remcsum
    persistence_granularity 255.255.255.0
    real_server 192.0.2.11 {
        UDP_CHECK {
            payload 00 ff
            require_reply 0X XX
        }
    }
}
virtual_server 203.0.113.1 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    sorry_server 192.0.2.50 8080
    real_server 192.0.2.11 8080 {
        weight 3
        HTTP_GET {
            url {
                path "/x y"
                status_code 200 301-303
                status_code 404
                regex "^ok\\\\.$"
                digest 0123456789abcdef0123456789abcdef
            }
        }
        FILE_CHECK {
            track_file f
            weight 5 reverse
        }
    }
}
"""


def test_everything_reads_back_equal():
    loaded = load_text(EVERYTHING)
    again = load_text(dump(loaded.config))

    assert () == loaded.errors
    assert () == again.errors
    assert loaded.config == again.config


@pytest.mark.parametrize("account", ['"a b"', '"a b" "c d"', 'a ":c d"', '""', 'a ""', "a :"])
def test_accounts_with_odd_names_read_back_equal(account: str) -> None:
    script = f"vrrp_script s {{\n script /bin/true\n user {account}\n}}\n"
    notify = f"vrrp_instance v {{\n interface eth0\n notify /bin/true {account}\n}}\n"
    config = load_text(script + notify).config
    assert load_text(dump(config)).config == config


def test_names_with_blanks_of_the_sync_daemon_read_back_equal() -> None:
    config = load_text('global_defs {\n lvs_sync_daemon "a b" inst "V 1" id 3\n}\n').config
    assert load_text(dump(config)).config == config


def test_a_dump_of_a_dump_is_the_same_text():
    text = dump(load_text(EVERYTHING).config)

    assert text == dump(load_text(text).config)


def test_defaults_stand_as_comments_and_can_be_left_out():
    config = load_text("vrrp_instance A {\n interface eth0\n virtual_router_id 7\n}\n").config

    assert "    # priority 100\n" in dump(config)
    assert "#" not in dump(config, defaults=False)


def test_an_extension_stays_a_pragma_comment():
    assert "    # pykeepalived: ipvs_follows_vrrp false\n" in dump(load_text(EVERYTHING).config)


def test_json_has_plain_values_and_no_places():
    data = json.loads(dump_json(load_text(EVERYTHING).config))

    assert "203.0.113.1" == data["virtual_servers"][1]["address"]
    assert [[200, 200], [301, 303], [404, 404]] == (
        data["virtual_servers"][1]["real_servers"][0]["checkers"][0]["urls"][0]["status_code"]
    )
    assert "where" not in data["global_defs"]
    assert "00ff" == as_data(b"\x00\xff")


@needs_corpus
def test_every_file_of_the_corpus_reads_back_equal():
    different = []
    for path in sorted(CORPUS.glob("**/*.conf")):
        config = load_text(path.read_bytes().decode("utf-8", "surrogateescape")).config
        if config != load_text(dump(config)).config:
            different.append(path.name)

    assert [] == different
