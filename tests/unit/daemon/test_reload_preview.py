"""What a reload would do is told before, and nothing is left out."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from pykeepalived.cli.diff_text import text_of
from pykeepalived.cli.host import RealHost
from pykeepalived.config.host import InterfaceFacts, ScriptState
from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.plans import configure
from pykeepalived.daemon.preview_document import document
from pykeepalived.daemon.reload_preview import OUTSIDE_OF_PLANS, Preview, preview
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.daemon.vrrp_preview import Object
from pykeepalived.ipc.messages import Process, RouterState
from pykeepalived.syntax.source import DictLoader

FILE = "/etc/keepalived/keepalived.conf"
BASE = """\
global_defs {
    vrrp_garp_master_repeat 3
    enable_script_security
    script_user root
}
vrrp_script check {
    script /bin/check
    interval 2
}
bfd_instance peer {
    neighbor_ip 192.0.2.254
    min_rx 100
}
vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 5
    priority 100
    advert_int 1
    virtual_ipaddress {
        192.0.2.1/24
        192.0.2.2/24
    }
    track_script {
        check weight 5
    }
    notify_master "/bin/tell master"
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 6
    priority 100
    virtual_ipaddress {
        198.51.100.1/24
    }
}
static_routes {
    203.0.113.0/24 dev eth0
}
virtual_server 192.0.2.1 80 {
    delay_loop 5
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.1 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server 10.0.0.2 80 {
        weight 2
    }
}
"""


class Host(RealHost):
    """Every interface and script is there."""

    def interface(self, name: str) -> InterfaceFacts | None:
        return InterfaceFacts(2, loopback=name == "lo")

    def script(self, script: object, account: object, *, secure: bool) -> ScriptState:
        return ScriptState.GOOD


def configured(text: str) -> Configured:
    return configure(DaemonSettings(config_file=FILE), DictLoader({FILE: text}), Host())


def changed(*edits: tuple[str, str], states: Mapping[str, RouterState] | None = None) -> Preview:
    text = BASE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return preview(configured(BASE), configured(text), states)


def same_effect(old: Configured, new: Configured) -> bool:
    """Whether a reload finds nothing to do: equal plans, and equal settings beside them."""
    return (
        dict(old.plans) == dict(new.plans)
        and old.fixed == new.fixed
        and all(getattr(old, name) == getattr(new, name) for name in OUTSIDE_OF_PLANS)
    )


def only(found: Preview) -> Object:
    assert 1 == len(found.objects), [one.title for one in found.objects]
    return found.objects[0]


def told(found: Preview, title: str) -> str:
    return "\n".join(next(one for one in found.objects if one.title == title).consequences)


def test_the_same_file_changes_nothing() -> None:
    found = changed()

    assert not found.changes
    assert not found.words
    assert "No change" in text_of(document(found, FILE, FILE))


def test_comments_and_spelling_change_nothing() -> None:
    found = changed(
        ("priority 100", "priority   0100 # now"), ("vrrp_instance VI_2", "\n! x\nvrrp_instance VI_2")
    )

    assert not found.changes
    assert not found.words


def test_a_priority_takes_effect_in_place() -> None:
    found = changed(("priority 100", "priority 150"), states={"VI_1": RouterState.BACKUP})

    one = only(found)
    assert ("vrrp_instance VI_1", "change") == (one.title, one.action)
    assert (
        "stays BACKUP, keeps its timers",
        "base priority 100 -> 150: in place, no change of state by itself",
        "takes over when that is more than the Master's priority",
    ) == one.consequences
    change = (found.words or {})["vrrp_instance VI_1"][0]
    assert ("priority", "100", "150") == (change.keyword, change.old, change.new)
    assert (f"{FILE}:23:14", f"{FILE}:23:14") == (change.old_at, change.new_at)


def test_another_vrid_is_another_router() -> None:
    found = changed(("virtual_router_id 5", "virtual_router_id 9"), states={"VI_1": RouterState.MASTER})

    one = next(one for one in found.objects if one.title == "vrrp_instance VI_1")
    assert "replace" == one.action
    assert "virtual_router_id 5 -> 9: is another virtual router, ends and begins anew" == one.consequences[0]
    assert "is Master now: sends priority 0 and removes 192.0.2.1/24, 192.0.2.2/24" in one.consequences[1]
    assert "starts as Backup with priority 100" in one.consequences[2]


def test_another_name_alone_makes_no_other_router_and_is_told() -> None:
    after = BASE.replace("VI_2", "VI_9")
    by_state = {state: preview(configured(BASE), configured(after), {"VI_2": state}) for state in RouterState}

    master = by_state[RouterState.MASTER]
    assert "goes on as VI_9" in told(master, "vrrp_instance VI_2")
    assert "is VI_2 under another name: stays MASTER" in told(master, "vrrp_instance VI_9")
    assert "starts as Backup" in told(by_state[RouterState.BACKUP], "vrrp_instance VI_9")
    unknown = preview(configured(BASE), configured(after))
    assert "stays Master when it is that" in told(unknown, "vrrp_instance VI_9")


def test_addresses_come_and_go_on_the_master_only() -> None:
    edit = ("192.0.2.2/24", "192.0.2.3/24")

    master = told(changed(edit, states={"VI_1": RouterState.MASTER}), "vrrp_instance VI_1")
    backup = told(changed(edit, states={"VI_1": RouterState.BACKUP}), "vrrp_instance VI_1")

    assert "removes 192.0.2.2/24 now" in master
    assert "adds 192.0.2.3/24 now" in master
    assert "no longer takes 192.0.2.2/24" in backup
    assert "adds 192.0.2.3/24 at its next takeover" in backup


def test_an_instance_that_vanishes_or_appears() -> None:
    start, end = BASE.index("vrrp_instance VI_2"), BASE.index("static_routes")
    without = BASE[:start] + BASE[end:]

    gone = preview(configured(BASE), configured(without.replace("        VI_2\n", "")))
    come = preview(configured(without.replace("        VI_2\n", "")), configured(BASE))

    actions = {one.title: one.action for one in gone.objects}
    assert "remove" == actions["vrrp_instance VI_2"]
    assert "add" == {one.title: one.action for one in come.objects}["vrrp_instance VI_2"]


def test_a_server_that_goes_breaks_its_connections_and_drain_is_named() -> None:
    found = changed(("10.0.0.1 80", "10.0.0.3 80"))

    one = only(found)
    assert "virtual_server 192.0.2.1 80" == one.title
    assert "real server [10.0.0.1]:tcp:80 leaves the kernel at once" in one.consequences[0]
    assert "`pykeepalived drain 10.0.0.1:80` first lets them end" in one.consequences[0]
    assert "real server [10.0.0.3]:tcp:80 is added with weight 1" == one.consequences[1]


def test_weight_0_lets_connections_end() -> None:
    assert ("real server [10.0.0.1]:tcp:80 gets weight 0: no new connections, open ones go on",) == only(
        changed(("weight 1\n", "weight 0\n"))
    ).consequences


def test_real_time_priority_needs_a_restart() -> None:
    found = changed(("vrrp_garp_master_repeat 3", "vrrp_rt_priority 20\nvrrp_garp_master_repeat 3"))

    assert "needs a full restart" in told(found, "global_defs")
    assert "Some of it needs a full restart" in text_of(document(found, FILE, FILE))


def test_another_bfd_neighbor_is_another_session() -> None:
    assert "replace" == only(changed(("192.0.2.254", "192.0.2.253"))).action
    assert "Poll Sequence" in only(changed(("min_rx 100", "min_rx 200"))).consequences[0]


def test_a_file_that_is_refused_says_why_and_changes_nothing() -> None:
    found = changed(("priority 100", "priority 1x0"))

    assert not found.changes
    assert 1 == len(found.refused)
    assert f"{FILE}:23:14" in found.refused[0]
    assert "refused" == document(found, FILE, FILE)["result"]


def test_an_empty_file_is_refused() -> None:
    found = preview(configured(BASE), configured("global_defs {\n}\n"))

    assert ("there is no instance and no virtual server in it",) == found.refused


def test_a_daemon_that_runs_nothing_takes_a_file_with_other_errors() -> None:
    broken = configured("vrrp_instance VI_1 {\n broken")
    found = preview(broken, configured(BASE.replace("priority 100", "priority 1x0")))

    assert () == found.refused
    assert found.changes


def test_passwords_are_not_shown() -> None:
    def with_password(word: str) -> Configured:
        block = f"authentication {{\n auth_type PASS\n auth_pass {word}\n}}\n"
        return configured(BASE.replace("    advert_int 1\n", block))

    text = text_of(document(preview(with_password("first"), with_password("other")), FILE, FILE))

    assert "authentication: auth_pass (hidden) -> (hidden)" in text
    assert "first" not in text
    assert "other" not in text.replace("in another", "")
    assert "peers with the old one discard its adverts" in text


EDITS = [
    ("priority 100", "priority 120"),
    ("priority 100", "priority 100 # same"),
    ("interval 2", "interval 3"),
    ("interval 2", "interval 2.0"),
    ("min_rx 100", "min_rx 150"),
    ("192.0.2.254", "192.0.2.253"),
    ("        VI_2\n", ""),
    ("interface eth1", "interface eth2"),
    ("advert_int 1", "advert_int 2"),
    ("advert_int 1", "nopreempt"),
    ("advert_int 1", "use_vmac"),
    ("192.0.2.2/24", "192.0.2.2/25"),
    ("weight 5", "weight -5"),
    ("tell master", "tell others"),
    ("203.0.113.0/24", "203.0.113.0/25"),
    ("lb_algo rr", "lb_algo wlc"),
    ("lb_kind NAT", "lb_kind DR"),
    ("delay_loop 5", "delay_loop 6"),
    ("delay_loop 5", "quorum 2"),
    ("connect_timeout 3", "connect_timeout 4"),
    ("weight 2", "weight 3"),
    ("vrrp_garp_master_repeat 3", "vrrp_garp_master_repeat 4"),
    ("vrrp_garp_master_repeat 3", "umask 022"),
    ("vrrp_garp_master_repeat 3", "notification_email_from a@example.org"),
    ("vrrp_garp_master_repeat 3", "process_names"),
    ("vrrp_garp_master_repeat 3", "vrrp_notify_fifo /run/fifo"),
    ("vrrp_garp_master_repeat 3", "lvs_timeouts tcp 60"),
    ("vrrp_garp_master_repeat 3", "lvs_sync_daemon eth0 VI_1"),
    ("vrrp_garp_master_repeat 3", "vrrp_startup_delay 5"),
    ("vrrp_garp_master_repeat 3", "reload_file /run/marker"),
    ("vrrp_garp_master_repeat 3", "checker_priority -5"),
    ("vrrp_garp_master_repeat 3", "bfd_priority -5"),
    ("global_defs {", "child_wait_time 7\nglobal_defs {"),
    ("global_defs {", "instance other\nglobal_defs {"),
]


@pytest.mark.parametrize("seed", range(60))
def test_the_plan_is_empty_exactly_when_a_reload_finds_nothing_to_do(seed: int) -> None:
    chance = random.Random(seed)
    texts = []
    for _ in range(2):
        text = BASE
        for old, new in chance.sample(EDITS, chance.choice((0, 0, 1, 2, 4))):
            text = text.replace(old, new, 1)
        texts.append(text)
    old, new = (configured(text) for text in texts)

    found = preview(old, new)
    assert same_effect(old, new) == (not found.objects)
    if found.objects:
        assert all(one.consequences for one in found.objects)


@pytest.mark.parametrize("edit", EDITS)
def test_every_single_edit_with_an_effect_is_told(edit: tuple[str, str]) -> None:
    old, new = configured(BASE), configured(BASE.replace(*edit, 1))

    assert same_effect(old, new) == (not preview(old, new).objects)


def test_a_difference_without_a_sentence_of_its_own_is_told_all_the_same() -> None:
    base = configured(BASE)
    other = replace(
        base, plans={**base.plans, Process.CHECKER: replace(base.plans[Process.CHECKER], notes=("x",))}
    )

    one = only(preview(base, other))
    assert ("process checker", ("gets other settings in place (notes)",)) == (one.title, one.consequences)


def test_processes_come_and_go_and_the_notifier_stays() -> None:
    session = configured("bfd_instance peer {\n neighbor_ip 192.0.2.254\n}\n")
    both = configured(BASE)

    come = {one.title: one.action for one in preview(session, both).objects if one.kind == "process"}
    gone = {one.title: one.action for one in preview(both, session).objects if one.kind == "process"}

    assert {"process VRRP": "add", "process checker": "add", "process notifier": "add"} == come
    assert {"process VRRP": "remove", "process checker": "remove", "process notifier": "change"} == gone


def test_every_field_beside_the_plans_is_looked_at_or_known_not_to_matter() -> None:
    from dataclasses import fields

    harmless = {
        "plans",
        "fixed",
        "diagnostics",
        "notes",
        "config",
        "findings",
        "test_status",
        "text",
        "script_user",
        "inputs",
    }
    assert {one.name for one in fields(Configured)} == harmless | set(OUTSIDE_OF_PLANS)
