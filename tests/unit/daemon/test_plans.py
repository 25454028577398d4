"""From a file to what every process is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pykeepalived.config.host import InterfaceFacts, ScriptState
from pykeepalived.config.values import Account, Script
from pykeepalived.daemon.configured import Configured, UnusableConfigurationError
from pykeepalived.daemon.dumps import configured_text
from pykeepalived.daemon.plans import configure
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.health.settings import MiscTarget
from pykeepalived.ipc.messages import Process, ScriptUser
from pykeepalived.notify.plan import Command, NotifyPlan
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.syntax.source import DictLoader

FILE = "/etc/keepalived/keepalived.conf"
INSTANCE = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        192.0.2.1/24
    }
    notify_master "/bin/notify master 'two words'" root
    notify /bin/notify
}
"""
SERVICE = """
virtual_server 192.0.2.1 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    quorum_up /bin/up root
    real_server 10.0.0.1 80 {
        notify_down "/bin/down it" root
        TCP_CHECK {
        }
    }
}
"""

SESSION = "bfd_instance peer {\n neighbor_ip 192.0.2.2\n}\n"


class FakeHost:
    """A host on which everything is well, and one script can be changed by anybody."""

    def interface(self, name: str) -> InterfaceFacts | None:
        return InterfaceFacts(2, loopback=name == "lo")

    def real_name(self, name: str) -> str | None:
        return None

    def user_exists(self, name: str) -> bool:
        return name == "root"

    def group_exists(self, name: str) -> bool:
        return name == "root"

    def script(self, script: Script, account: Account | None, *, secure: bool) -> ScriptState:
        loose = secure and script.argv[0].startswith("/tmp/")
        return ScriptState.INSECURE if loose else ScriptState.GOOD

    def script_flaws(self, script: Script, account: Account | None) -> str:
        return "/tmp is a folder of alice"

    def resolves(self, name: str) -> bool:
        return True

    def directory_exists(self, path: str) -> bool:
        return True

    def exists(self, path: str) -> bool:
        return True

    def processors(self) -> int:
        return 2


def plan(text: str, **settings: object) -> Configured:
    asked = DaemonSettings(config_file=FILE, **settings)  # type: ignore[arg-type]
    return configure(asked, DictLoader({FILE: text}), FakeHost())


def notify(configured: Configured) -> NotifyPlan:
    found = configured.plans[Process.NOTIFIER]
    assert isinstance(found, NotifyPlan)
    return found


def test_only_what_is_configured_runs() -> None:
    assert {Process.VRRP, Process.NOTIFIER} == set(plan(INSTANCE).plans)
    assert {Process.CHECKER, Process.NOTIFIER} == set(plan(SERVICE).plans)
    assert {Process.VRRP, Process.CHECKER, Process.NOTIFIER} == set(plan(INSTANCE + SERVICE).plans)
    everything = plan("global_defs {\n enable_dbus\n enable_snmp_vrrp\n}\n" + INSTANCE + SERVICE + SESSION)
    assert set(Process) - {Process.SUPERVISOR} == set(everything.plans)
    assert {Process.BFD} == set(plan(SESSION).plans)
    assert not plan(SESSION).empty
    assert {} == plan("global_defs {\n}\n").plans
    assert plan("global_defs {\n}\n").empty
    assert not plan(INSTANCE).empty


def test_options_choose_processes() -> None:
    assert Process.CHECKER not in plan(INSTANCE + SERVICE, run_checkers=False).plans
    assert Process.VRRP not in plan(INSTANCE + SERVICE, run_vrrp=False).plans
    assert Process.BFD not in plan(INSTANCE + SESSION, run_bfd=False).plans
    on_request = {Process.SUPERVISOR, Process.DBUS, Process.SNMP}
    assert set(Process) - on_request == set(plan("", run_all=True).plans)


def test_scripts_have_their_words_and_user() -> None:
    scripts = notify(plan(INSTANCE)).instances["VI_1"]
    assert Command(("/bin/notify", "master", "two words"), ScriptUser(0, 0, (0,))) == scripts.master
    assert scripts.generic is not None
    assert ("/bin/notify",) == scripts.generic.argv
    assert scripts.backup is None


def test_scripts_of_services_and_servers_are_found_by_their_names() -> None:
    found = notify(plan(SERVICE))
    assert ["[192.0.2.1]:tcp:80"] == list(found.services)
    assert ["[192.0.2.1]:tcp:80 [10.0.0.1]:tcp:80"] == list(found.servers)
    down = found.servers["[192.0.2.1]:tcp:80 [10.0.0.1]:tcp:80"].down
    assert down is not None
    assert ("/bin/down", "it") == down.argv


def test_a_script_of_an_unknown_user_is_left_out_and_said() -> None:
    configured = plan(INSTANCE.replace("notify /bin/notify", "notify /bin/notify nobody-of-that-name"))
    assert notify(configured).instances["VI_1"].generic is None
    assert any("nobody-of-that-name" in str(said) for said in (*configured.diagnostics, *configured.notes))


def test_script_security_keeps_a_script_that_others_can_change_from_running() -> None:
    text = INSTANCE.replace("notify /bin/notify", "notify /tmp/notify root")
    assert notify(plan(text)).instances["VI_1"].generic is not None
    secure = plan("global_defs {\n enable_script_security\n}\n" + text)
    assert notify(secure).instances["VI_1"].generic is None
    assert any("/tmp/notify will not be run: /tmp is a folder of alice" in note for note in secure.notes)


def test_fifos_and_their_readers() -> None:
    text = (
        "global_defs {\n vrrp_notify_fifo /run/f\n vrrp_notify_fifo_script /bin/reader root\n umask 022\n}\n"
    )
    [fifo] = notify(plan(text + INSTANCE)).fifos
    assert ("/run/f", True, False) == (fifo.path, fifo.vrrp, fifo.lvs)
    assert fifo.reader is not None
    assert ("/bin/reader",) == fifo.reader.argv
    assert 0o22 == notify(plan(text + INSTANCE)).umask == plan(text + INSTANCE).umask


def test_a_missing_file_is_6_and_a_missing_word_2() -> None:
    with pytest.raises(UnusableConfigurationError, match="does not exist") as missing:
        configure(DaemonSettings(config_file=FILE), DictLoader({}), FakeHost())
    assert 6 == missing.value.exit_status
    with pytest.raises(UnusableConfigurationError, match=rf"^{FILE}:5:13: priority needs a value") as word:
        plan(INSTANCE.replace("priority 150", "priority"))
    assert 2 == word.value.exit_status


def test_other_errors_are_no_obstacle() -> None:
    configured = plan(INSTANCE.replace("priority 150", "priority 150\n    bogus 3"))
    assert any("bogus" in str(diagnostic) for diagnostic in configured.diagnostics)
    assert Process.VRRP in configured.plans


def test_what_cannot_change_is_read() -> None:
    configured = plan("instance I\nnet_namespace ns\nchild_wait_time 7\n" + INSTANCE)
    assert ("I", "ns", 7) == (
        configured.fixed.instance, configured.fixed.net_namespace, configured.child_wait_time,
    )  # fmt: skip
    assert 1 == plan("child_wait_time 0\n" + INSTANCE).child_wait_time


def test_process_names() -> None:
    assert {"keepalived"} == set(plan(INSTANCE).names.values())
    named = plan("global_defs {\n process_names\n process_name top\n}\n" + INSTANCE).names
    assert ("top", "keepalived_vrrp", "keepalived_lvs") == (
        named[Process.SUPERVISOR], named[Process.VRRP], named[Process.CHECKER],
    )  # fmt: skip
    inherited = plan("global_defs {\n process_name top\n bfd_process_name beat\n}\n" + INSTANCE).names
    assert ("top", "top", "beat") == (
        inherited[Process.SUPERVISOR], inherited[Process.VRRP], inherited[Process.BFD],
    )  # fmt: skip


def test_the_configuration_can_be_shown_before_the_start() -> None:
    text = configured_text(plan(INSTANCE))
    assert " VRRP Instance = VI_1\n" in text
    assert "   Priority = 150\n" in text
    assert "     192.0.2.1/24 dev eth0 scope global\n" in text


def test_the_same_file_gives_equal_plans() -> None:
    assert plan(INSTANCE + SERVICE).plans == plan(INSTANCE + SERVICE).plans


def test_every_plan_travels() -> None:
    from pykeepalived.ipc.framing import decode, encode
    from pykeepalived.ipc.messages import Reload

    for one in plan(INSTANCE + SERVICE + SESSION).plans.values():
        assert Reload(1, one) == decode(encode(Reload(1, one)))


def test_without_scripts_fifos_mails_and_trackers_there_is_no_notifier() -> None:
    quiet = "\n".join(line for line in (INSTANCE + SERVICE).splitlines() if "/bin/" not in line)
    assert {Process.VRRP, Process.CHECKER} == set(plan(quiet).plans)
    for reason in (
        "global_defs {\n notify_fifo /run/fifo\n}\n",
        "global_defs {\n notification_email {\n a@example.org\n }\n smtp_server 127.0.0.1\n smtp_alert\n}\n",
        "global_defs {\n script_user root\n}\nvrrp_track_file load {\n file /run/load\n}\n",
    ):
        text = quiet.replace("virtual_router_id", "track_file {\n load\n }\n virtual_router_id")
        text = text if "vrrp_track_file" in reason else quiet
        assert Process.NOTIFIER in plan(reason + text).plans, reason


def test_a_sample_of_ours_is_planned() -> None:
    path = Path(__file__).parents[3] / "conf.examples" / "nat" / "director-a.conf"
    configured = plan(path.read_text())
    assert {Process.VRRP, Process.CHECKER} == set(configured.plans)


def test_a_pattern_that_cannot_be_used_is_said() -> None:
    check = 'HTTP_GET {\n url {\n path /\n regex "a(?R)b"\n }\n }'
    configured = plan(SERVICE.replace("TCP_CHECK {\n        }", check))
    assert [note for note in configured.notes if "regex 'a(?R)b' of url / is not used" in note]


def test_set_supplementary_groups_gives_every_script_all_groups_of_its_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.getgrouplist", lambda name, gid: [gid, 4242])
    text = INSTANCE.replace("notify /bin/notify\n", "notify /bin/notify root\n")
    with_groups = plan("global_defs {\n set_supplementary_groups\n}\n" + text).plans[Process.NOTIFIER]
    without = plan(text).plans[Process.NOTIFIER]
    assert isinstance(with_groups, NotifyPlan)
    assert isinstance(without, NotifyPlan)
    generic = [one.instances["VI_1"].generic for one in (with_groups, without)]
    assert [(0, 4242), (0,)] == [None if one is None else one.user.groups for one in generic]


SCRIPTS = """
global_defs {
    %s
    startup_script /bin/before
    notify_fifo /run/fifo
    notify_fifo_script /bin/reader
}
vrrp_script chk {
    script /bin/check
}
"""


@pytest.mark.parametrize("word", ["", "use_symlink_paths"])
def test_use_symlink_paths_reaches_every_kind_of_script(word: str) -> None:
    tracked = INSTANCE.replace("notify /bin/notify\n", "notify /bin/notify\n track_script {\n chk\n }\n")
    checked = SERVICE.replace("TCP_CHECK {\n", "MISC_CHECK {\n misc_path /bin/check\n")
    configured = plan(SCRIPTS % word + tracked + checked)
    scripts = notify(configured)
    checks = configured.plans[Process.CHECKER]
    assert isinstance(checks, CheckerPlan)
    (check,) = [one for server in checks.checks for checker in server.checkers for one in checker.targets]
    assert isinstance(check, MiscTarget)
    commands = [
        None if configured.startup is None else configured.startup.command,
        scripts.fifos[0].reader,
        scripts.instances["VI_1"].generic,
        *scripts.watch.scripts,
        check,
    ]
    assert [bool(word)] * 5 == [one is not None and one.by_symlink for one in commands]
