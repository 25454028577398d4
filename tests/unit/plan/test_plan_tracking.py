"""Configuration -> who follows what, with keepalived's adjustments of weights."""

from __future__ import annotations

import pytest

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.config.load import load_text
from pykeepalived.config.values import Account
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.plan.watching import plan_watching
from pykeepalived.tracking.settings import (
    FileSettings,
    Follow,
    LinkDelay,
    ParameterMatch,
    PolledLink,
    ProcessSettings,
    ScriptSettings,
    StaticGroup,
    TrackerKind,
    WatchSettings,
)

SECOND = 1_000_000_000
SCRIPT, FILE, IFACE, PROCESS, BFD = (
    TrackerKind.SCRIPT,
    TrackerKind.FILE,
    TrackerKind.INTERFACE,
    TrackerKind.PROCESS,
    TrackerKind.BFD,
)
DEFINED = """
vrrp_script chk {
    script "/bin/check one"
    weight -20 reverse
}
vrrp_script plain {
    script /bin/plain
}
track_file load {
    file /tmp/load
}
vrrp_track_process ha {
    process haproxy
    weight 5
}
bfd_instance peer {
    neighbor_ip 192.0.2.9
    weight 4
}
"""


def instance(body: str, name: str = "VI_1", vrid: int = 51, priority: int = 100) -> str:
    return f"""
vrrp_instance {name} {{
    interface eth0
    virtual_router_id {vrid}
    priority {priority}
    {body}
    virtual_ipaddress {{
        192.0.2.{vrid}/24
    }}
}}
"""


def plan(text: str) -> VrrpPlan:
    return plan_vrrp(load_text(DEFINED + text).config)


def follows(text: str, name: str = "VI_1") -> list[Follow]:
    return next(list(one.follows) for one in plan(text).tracking.routers if one.name == name)


def block(kind: str, *lines: str) -> str:
    return f"track_{kind} {{\n" + "\n".join(lines) + "\n}\n"


EVERYTHING = (
    block("interface", "eth1 weight 7 reverse")
    + block("script", "chk", "plain")
    + block("file", "load")
    + block("process", "ha")
    + block("bfd", "peer")
)


def test_what_a_line_does_not_say_the_object_says() -> None:
    assert [
        Follow(IFACE, "eth1", 7, reverse=True),
        Follow(SCRIPT, "chk", -20, reverse=True),
        Follow(SCRIPT, "plain"),
        Follow(FILE, "load", 1),
        Follow(PROCESS, "ha", 5),
        Follow(BFD, "peer", 4),
    ] == follows(instance(EVERYTHING))


def test_what_a_line_says_wins() -> None:
    lines = block("script", "chk weight 30 noreverse", "plain weight 2 reverse") + block(
        "file", "load weight 0"
    )
    assert [
        Follow(SCRIPT, "chk", 30),
        Follow(SCRIPT, "plain", 2, reverse=True),
        Follow(FILE, "load", 0),
    ] == follows(instance(lines))


def group(body: str = "", weights: str = "") -> str:
    return f"vrrp_sync_group G {{\ngroup {{\nVI_1\nVI_2\n}}\n{weights}\n{body}\n}}\n"


TWO = instance("", "VI_2", 52)


def test_members_of_a_group_have_no_weights_of_their_own() -> None:
    assert [
        Follow(IFACE, "eth1", 0, reverse=True),
        Follow(SCRIPT, "plain"),
        Follow(FILE, "load", 0),
        Follow(PROCESS, "ha", 5),
    ] == follows(group() + instance(EVERYTHING) + TWO)


def test_unless_the_group_allows_them() -> None:
    text = group(weights="sync_group_tracking_weight") + instance(EVERYTHING) + TWO
    assert follows(instance(EVERYTHING)) == follows(text)


def test_a_file_with_an_unusual_weight_is_not_tracked_in_a_group() -> None:
    settled = plan(group() + instance(block("file", "load weight 3")) + TWO)
    assert () == settled.tracking.routers[0].follows
    assert "(VI_1) file load with weight 3 is not tracked: SYNC group" in settled.notes


def test_an_owner_follows_only_what_has_no_weight() -> None:
    assert [Follow(SCRIPT, "plain"), Follow(FILE, "load", 0), Follow(PROCESS, "ha", 5)] == follows(
        instance(EVERYTHING, priority=255)
    )


def test_what_a_group_tracks_every_member_tracks() -> None:
    text = group(block("script", "chk")) + instance("") + TWO
    wanted = [Follow(SCRIPT, "chk", -20, reverse=True, group="G")]
    assert wanted == follows(text)
    assert wanted == follows(text, "VI_2")


def test_the_weight_of_the_group_wins_over_a_weight_of_a_member() -> None:
    weights = "sync_group_tracking_weight"
    own = block("script", "chk weight 5", "plain")
    both = group(block("script", "chk weight 9", "plain weight 3"), weights) + instance(own) + TWO
    assert [Follow(SCRIPT, "chk", 9, reverse=True, group="G"), Follow(SCRIPT, "plain")] == follows(both)


def test_in_a_group_with_an_owner_the_group_has_no_weights() -> None:
    text = group(block("script", "chk")) + instance("", priority=255) + TWO
    assert [Follow(SCRIPT, "chk", 0, reverse=True, group="G")] == follows(text, "VI_2")


def test_a_group_that_tracks_the_members_own_interface_adds_nothing() -> None:
    text = (
        group(block("interface", "eth0 weight 5")) + instance("") + instance("dont_track_primary", "VI_2", 52)
    )
    assert [] == follows(text)
    assert [Follow(IFACE, "eth0", 5, group="G")] == follows(text, "VI_2")


def test_members_of_a_group_begin_together() -> None:
    routers = plan(group() + instance("") + TWO).tracking.routers
    assert ["G", "G"] == [one.group for one in routers]


def test_static_groups_name_their_members() -> None:
    text = "track_group T {\ngroup {\nVI_1\nnobody\n}\n}\n"
    assert (StaticGroup("T", ("VI_1",)),) == plan(text + instance("")).tracking.static_groups


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("words", "body", "wanted"),
    [
        ("eth0 1 0.5", "advert_int 1", LinkDelay("eth0", SECOND, SECOND // 2)),
        (
            "eth0 9 9",
            "advert_int 1",
            LinkDelay("eth0", 2 * SECOND - SECOND // 256, 2 * SECOND - SECOND // 256),
        ),
        ("eth0 9 3", "advert_int 1", LinkDelay("eth0", 2 * SECOND - SECOND // 256, 3 * SECOND)),
        ("eth1 9", "advert_int 1", LinkDelay("eth1", 9 * SECOND)),
    ],
)
def test_delays_are_shorter_than_the_patience_of_the_peers(words: str, body: str, wanted: LinkDelay) -> None:
    text = f"interface_up_down_delays {{\n{words}\n}}\n"
    assert (wanted,) == plan(text + instance(body)).tracking.delays


def test_polled_are_the_interfaces_in_use() -> None:
    text = "linkbeat_interfaces {\neth0 MII\neth1\neth7\n}\n" + instance(block("interface", "eth1"))
    assert (PolledLink("eth0", "MII"), PolledLink("eth1")) == plan(text).tracking.polled


def test_linkbeat_use_polling_polls_the_interfaces_of_instances() -> None:
    text = "linkbeat_use_polling\n" + instance(block("interface", "eth1"))
    assert (PolledLink("eth0"),) == plan(text).tracking.polled


# ---------------------------------------------------------------- what is watched


def watched(text: str) -> tuple[WatchSettings, list[str]]:
    def identity(account: Account | None) -> tuple[int, int, tuple[int, ...]]:
        if account is not None and account.user == "nobody-knows":
            raise PykeepalivedError("no such user")
        return (0, 0, ()) if account is None else (65534, 65534, (1,))

    config = load_text(DEFINED + text).config
    return plan_watching(config, plan_vrrp(config).tracking, identity)


def test_only_what_somebody_follows_is_watched() -> None:
    assert WatchSettings() == watched(instance(""))[0]


def test_scripts_files_and_processes_with_their_defaults() -> None:
    settings, notes = watched(instance(EVERYTHING))
    assert [] == notes
    assert settings.scripts[0] == ScriptSettings("chk", ("/bin/check", "one"))
    assert (FileSettings("load", "/tmp/load"),) == settings.files
    assert (ProcessSettings("ha", "haproxy"),) == settings.processes


def test_a_script_with_all_its_words() -> None:
    text = """
vrrp_script full {
    script "</etc/passwd"
    interval 2.5
    timeout 7
    rise 3
    fall 4
    init_fail
    user nobody
}
"""
    (one,) = watched(text + instance(block("script", "full")))[0].scripts
    argv = ("/bin/sh", "-c", ': < "$0"', "/etc/passwd")
    wanted = ScriptSettings("full", argv, 65534, 65534, (1,), 2_500_000_000, 7 * SECOND, 3, 4, True)
    assert wanted == one


def test_a_script_of_an_unknown_user_is_left_out_with_a_note() -> None:
    text = "vrrp_script odd {\nscript /bin/odd\nuser nobody-knows\n}\n" + instance(block("script", "odd"))
    settings, notes = watched(text)
    assert () == settings.scripts
    assert ["track script odd will not run: no such user"] == notes


def test_a_process_with_all_its_words() -> None:
    text = """
vrrp_track_process full {
    process /usr/sbin/haproxy -f "/etc/ha proxy.cfg"
    param_match initial
    quorum 2
    quorum_max 5
    delay 3
}
"""
    settings, _ = watched(text + instance(block("process", "full")))
    parameters = b"-f\0/etc/ha proxy.cfg\0"
    assert settings.processes == (
        ProcessSettings(
            "full",
            "/usr/sbin/haproxy",
            parameters,
            ParameterMatch.INITIAL,
            full_command=True,
            quorum=2,
            quorum_max=5,
            fork_delay_ns=3 * SECOND,
            terminate_delay_ns=3 * SECOND,
        ),
    )


def test_quorum_max_0_means_that_none_may_run() -> None:
    text = "vrrp_track_process none {\nprocess x\nquorum_max 0\n}\n" + instance(block("process", "none"))
    (one,) = watched(text)[0].processes
    assert (0, 0) == (one.quorum, one.quorum_max)


def test_first_numbers_of_files() -> None:
    text = "track_file f {\nfile /tmp/f\ninit_file 7 overwrite\n}\n" + instance(block("file", "f"))
    assert (FileSettings("f", "/tmp/f", 7, overwrite=True),) == watched(text)[0].files
