"""Dump files against those that keepalived 2.4.3 wrote (shared/reference/golden/samples)."""

from __future__ import annotations

import json
import stat
from dataclasses import fields, replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_SECOND as S
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.load import load_text
from pykeepalived.config.values import Script, TrackEntry
from pykeepalived.daemon.dump_files import temporary_folder
from pykeepalived.daemon.dump_state import VrrpState, vrrp_lines
from pykeepalived.daemon.dumps import write_file
from pykeepalived.daemon.dumptext import Instance, json_text, statistics_text
from pykeepalived.ipc.messages import InstanceCounters, InstanceSnapshot, RouterState
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.watching import plan_watching
from pykeepalived.vrrp.settings import (
    AnnounceSettings,
    Authentication,
    AuthenticationKind,
    RouterSettings,
    SyncGroupSettings,
    VirtualAddress,
)

STATISTICS = """\
VRRP Instance: VI_1
  Advertisements:
    Received: 13
    Sent: 7
  Became master: 1
  Released master: 0
  Packet Errors:
    Length: 0
    TTL: 0
    Invalid Type: 0
    Advertisement Interval: 0
    Address List: 0
  Authentication Errors:
    Invalid Type: 0
    Type Mismatch: 0
    Failure: 0
  Authentication Extension Errors:
    Missing: 0
    Malformed: 0
    Unknown Key: 0
    Invalid HMAC: 0
    Stale: 0
    Replay: 0
  Priority Zero:
    Received: 0
    Sent: 0
"""
"""vrrp.master.keepalived.stats, first instance."""

DATA = (
    '{"iname":"VI_1","dont_track_primary":0,"skip_check_adv_addr":0,"strict_mode":0,"vmac_ifname":"",'
    '"ifp_ifname":"eth0","master_priority":254,"last_transition":1795330811.349109,"garp_delay":2,'
    '"garp_refresh":0,"garp_rep":2,"garp_refresh_rep":1,"garp_lower_prio_delay":2,"garp_lower_prio_rep":2,'
    '"lower_prio_no_advert":0,"higher_prio_send_advert":0,"vrid":51,"base_priority":100,'
    '"effective_priority":112,"vipset":true,"promote_secondaries":false,"adver_int":1,"master_adver_int":1,'
    '"accept":1,"nopreempt":false,"preempt_delay":0,"state":2,"wantstate":2,"version":2,"smtp_alert":true,'
    '"notify_deleted":true,"script_backup":"\'/run/golden/bin/notify\' \'backup\'",'
    "\"script_master\":\"'/run/golden/bin/notify' 'master'\","
    "\"script_deleted\":\"'/run/golden/bin/notify' 'deleted'\","
    "\"script\":\"'/run/golden/bin/notify' 'generic'\","
    '"vips":["192.0.2.100/24 dev eth0 scope global label eth0:vip set",'
    '"192.0.2.101/24 dev eth0 scope global set"],'
    '"evips":["2001:db8:f::100/64 dev eth0 scope global preferred_lft forever set"],"track_ifp":["eth1"],'
    '"auth_type":1,"auth_data":"********"}'
)
"""vrrp.master.keepalived.json, first instance, without routes, rules and tracked scripts."""


def script(word: str) -> Script:
    return Script(f"/run/golden/bin/notify {word}", ("/run/golden/bin/notify", word))


SNAPSHOT = InstanceSnapshot(
    name="VI_1",
    state=RouterState.MASTER,
    wanted_state=RouterState.MASTER,
    effective_priority=112,
    master_priority=254,
    master_adver_interval_ns=S,
    last_transition_ns=1795330811_349109000,
    addresses_set=True,
    counters=InstanceCounters(advert_rcvd=13, advert_sent=7, become_master=1),
    master_down_interval_ns=3_562_500_000,
    source_address="192.0.2.1",
)
SETTINGS = RouterSettings(
    "VI_1",
    "eth0",
    51,
    addresses=(
        VirtualAddress(IPv4Address("192.0.2.100"), 24, "eth0", label="eth0:vip"),
        VirtualAddress(IPv4Address("192.0.2.101"), 24, "eth0"),
    ),
    excluded_addresses=(VirtualAddress(IPv6Address("2001:db8:f::100"), 64, "eth0"),),
    authentication=Authentication(AuthenticationKind.PASS, b"secret"),
    announce=AnnounceSettings(
        master_delay_ns=2 * S, master_repeat=2, lower_priority_delay_ns=2 * S, lower_priority_repeat=2
    ),
)
BLOCK = VrrpInstance(
    name="VI_1",
    smtp_alert=True,
    notify_backup=script("backup"),
    notify_master=script("master"),
    notify_deleted=script("deleted"),
    notify=script("generic"),
    track_interface=(TrackEntry("eth1"),),
)
INSTANCE = Instance(BLOCK, SETTINGS, SNAPSHOT, "SG")


def state_lines() -> list[str]:
    state = VrrpState(instances=[INSTANCE], groups=[SyncGroupSettings("SG", ("VI_1",))])
    return list(vrrp_lines(state, load_text("").config, lambda account: "0:0"))


def lines_of(lines: str) -> list[str]:
    """Of a running instance with these lines in its block."""
    address = "virtual_ipaddress {\n192.0.2.9/24\n}\n"
    text = f"vrrp_instance A {{\ninterface eth0\nvirtual_router_id 51\n{address}{lines}\n}}\n"
    config = load_text(text).config
    (settings,) = plan_vrrp(config).routers
    snapshot = replace(SNAPSHOT, name="A", addresses_set=False)
    state = VrrpState(instances=[Instance(config.vrrp_instances[0], settings, snapshot, None)])
    return list(vrrp_lines(state, config, lambda account: "0:0"))


@pytest.mark.parametrize(
    ("lines", "flags"),
    [
        ("", ["   Flags: none"]),
        ("nopreempt", ["   Flags:"]),
        ("mcast_src_ip 192.0.2.1", ["   Flags:"]),
        ("unicast_peer {\n192.0.2.2\n}", ["   Flags:", "     Using unicast"]),
        (
            "unicast_src_ip 192.0.2.1",
            ["   Flags:", "     Unicast config option specified but using multicast"],
        ),
    ],
)
def test_the_flags_of_an_instance(lines: str, flags: list[str]) -> None:
    found = lines_of(lines)
    start = next(index for index, line in enumerate(found) if line.startswith("   Flags"))
    assert flags == found[start : found.index(next(one for one in found if "Wantstate" in one))]


@pytest.mark.parametrize(
    ("lines", "interface", "address"),
    [
        ("", "eth0", "dev eth0"),
        ("use_vmac", "vrrp.51, vmac on eth0", "dev vrrp.51@eth0"),
        ("use_vmac\nvmac_xmit_base", "vrrp.51, vmac on eth0, xmit base i/f", "dev vrrp.51@eth0"),
    ],
)
def test_the_interface_that_an_instance_made_is_named_with_its_base(
    lines: str, interface: str, address: str
) -> None:
    found = lines_of(lines)
    assert f"   Interface = {interface}" in found
    assert f"     192.0.2.9/24 {address} scope global" in found


@pytest.mark.parametrize(
    ("lines", "said"),
    [("", []), ("nopreempt", ["0"]), ("state BACKUP\nnopreempt\ntimer_expired_backup 120", ["120"])],
)
def test_who_may_take_over_first_is_said_of_instances_that_do_not_preempt(
    lines: str, said: list[str]
) -> None:
    key = "   Highest other priority = "
    assert said == [line.removeprefix(key) for line in lines_of(lines) if line.startswith(key)]


def test_a_process_that_nobody_follows_is_shown_and_a_script_is_not() -> None:
    text = """vrrp_script unused {
script /bin/true
}
vrrp_track_process used {
process init
}
vrrp_track_process unused {
process getty
}
vrrp_instance A {
interface eth0
virtual_router_id 51
track_process {
used weight 5
}
}
"""
    config = load_text(text).config
    plan = plan_vrrp(config)
    state = VrrpState(
        instances=[Instance(config.vrrp_instances[0], plan.routers[0], replace(SNAPSHOT, name="A"), None)],
        tracking=plan.tracking.routers,
        watch=plan_watching(config, plan.tracking, lambda account: (0, 0, ()))[0],
    )
    lines = list(vrrp_lines(state, config, lambda account: "0:0"))
    place = lines.index("   Tracking instances :")
    assert "     A, weight 5" == lines[place + 1]
    assert 1 == lines.count("   Tracking instances :")
    assert lines.index(" VRRP Track process = unused") > place
    assert not [line for line in lines if "VRRP Script" in line]


def test_statistics_are_laid_out_as_keepaliveds() -> None:
    assert STATISTICS == statistics_text([SNAPSHOT])


def test_every_counter_has_its_own_line() -> None:
    numbers = {field.name: 1000 + index for index, field in enumerate(fields(InstanceCounters))}
    text = statistics_text([InstanceSnapshot(**_plain(SNAPSHOT) | {"counters": InstanceCounters(**numbers)})])
    assert sorted(numbers.values()) == sorted(
        int(line.split()[-1]) for line in text.split("\n")[1:] if "1" in line
    )


def test_json_has_keepaliveds_keys_in_its_order() -> None:
    dumped = json.loads(json_text([INSTANCE]))
    assert json.loads(DATA) == dumped[0]["data"]
    assert list(json.loads(DATA)) == list(dumped[0]["data"])
    assert [field.name for field in fields(InstanceCounters)] == list(dumped[0]["stats"])


def test_json_is_one_line_and_version_2_an_object() -> None:
    assert "\n" not in json_text([INSTANCE])
    assert {"vrrp"} == set(json.loads(json_text([INSTANCE], version=2)))


def test_a_fraction_of_a_second_stays_one() -> None:
    settings = RouterSettings("V", "eth0", 1, version=3, advertisement_interval_ns=S // 100)
    data = json.loads(json_text([Instance(VrrpInstance(name="V"), settings, SNAPSHOT)]))[0]["data"]
    assert 0.01 == data["adver_int"]
    assert 0 == data["auth_type"]
    assert "script" not in data


# Lines of vrrp.master.keepalived.data that tools search for.
@pytest.mark.parametrize(
    "line",
    [
        "------< VRRP Topology >------",
        " VRRP Instance = VI_1",
        "   VRRP Version = 2",
        "   Sync group = SG",
        "   State = MASTER",
        "   Wantstate = MASTER",
        "   Flags of interface faults - (none)",
        "   Master down timer = 3562500 usecs",
        "   Interface = eth0",
        "   Using src_ip = 192.0.2.1",
        "   Multicast address 224.0.0.18",
        "   Gratuitous ARP delay = 2",
        "   Virtual Router ID = 51",
        "   Priority = 100",
        "   Effective priority = 112",
        "   Advert interval = 1 sec",
        "   Accept = enabled",
        "   Preempt = enabled",
        "   Authentication type = SIMPLE_PASSWORD",
        "   Password = ********",
        "   Virtual IP (2):",
        "     192.0.2.100/24 dev eth0 scope global label eth0:vip set",
        "     2001:db8:f::100/64 dev eth0 scope global preferred_lft forever set",
        "------< VRRP Sync groups >------",
        " VRRP Sync Group = SG, MASTER",
    ],
)
def test_state_file_has_keepaliveds_lines(line: str) -> None:
    assert line in state_lines()


def test_passwords_are_in_no_file() -> None:
    texts = (json_text([INSTANCE]), *state_lines(), statistics_text([SNAPSHOT]))
    assert not any("secret" in text for text in texts)


def test_a_file_appears_whole_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "keepalived.json"
    path.write_text("old")
    write_file(path, "[]")
    assert "[]" == path.read_text()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(tmp_path.iterdir())


def test_a_link_left_by_somebody_is_replaced_not_followed(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "keepalived.data"
    victim.write_text("mine")
    path.symlink_to(victim)
    write_file(path, "dump")
    assert "mine" == victim.read_text()


def test_the_folder_is_tmpdir_when_it_exists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert tmp_path == temporary_folder()
    for useless in ("relative", str(tmp_path / "absent"), ""):
        monkeypatch.setenv("TMPDIR", useless)
        assert Path("/tmp") == temporary_folder()


def _plain(snapshot: InstanceSnapshot) -> dict[str, object]:
    return {field.name: getattr(snapshot, field.name) for field in fields(snapshot)}
