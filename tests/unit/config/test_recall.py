"""What makes the next load of a file use what the last one has found, and what makes it not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pykeepalived.config.asked_host import AskedHost
from pykeepalived.config.host import InterfaceFacts, ScriptState
from pykeepalived.config.load import Loaded, load
from pykeepalived.config.recall import Memory
from pykeepalived.config.values import Script
from pykeepalived.syntax.source import DictLoader

GLOBAL = "global_defs {\n router_id one\n}\n"
SCRIPT = 'vrrp_script check {\n script "/bin/check"\n}\n'


def instance(name: str, number: int, more: str = "") -> str:
    return (
        f"vrrp_instance {name} {{\n interface eth0\n virtual_router_id {number}\n virtual_ipaddress {{\n"
        f"  192.0.2.{number}\n }}\n{more}}}\n"
    )


def service(port: int, more: str = "") -> str:
    return (
        f"virtual_server 192.0.2.1 {port} {{\n protocol TCP\n lb_algo rr\n lb_kind NAT\n"
        f" real_server 192.0.2.101 80 {{\n  weight 1\n{more} }}\n}}\n"
    )


A, B, WEB = instance("A", 1), instance("B", 2), service(80)


class Machine:
    """All is well but for what is named."""

    def __init__(self, *missing: str) -> None:
        self.missing = missing
        self.asked = 0

    def interface(self, name: str) -> InterfaceFacts | None:
        self.asked += 1
        return None if name in self.missing else InterfaceFacts(index=1)

    def real_name(self, name: str) -> None:
        return None

    def user_exists(self, name: str) -> bool:
        return name not in self.missing

    def script(self, script: Script, account: Any, *, secure: bool) -> ScriptState:
        return ScriptState.MISSING if script.argv[0] in self.missing else ScriptState.GOOD


class Daemon:
    """Loads one file again and again; each load is compared with a fresh one."""

    def __init__(self) -> None:
        self.memory = Memory()

    def load(self, text: str, host: Machine | None = None) -> Loaded:
        found = load("k.conf", DictLoader({"k.conf": text}), host=host, memory=self.memory)  # type: ignore[arg-type]
        fresh = load("k.conf", DictLoader({"k.conf": text}), host=host)  # type: ignore[arg-type]
        assert fresh.config == found.config
        assert fresh.diagnostics == found.diagnostics
        assert fresh.findings == found.findings
        return found

    def recalled(self, text: str, host: Machine | None = None) -> int:
        return len(self.load(text, host).recalled)


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


def test_what_stands_where_it_stood_is_the_very_same_object(daemon: Daemon) -> None:
    before = daemon.load(GLOBAL + A + WEB).config
    after = daemon.load(GLOBAL + A + WEB.replace("80 {", "81 {")).config
    assert before.vrrp_instances[0] is after.vrrp_instances[0]
    assert before.virtual_servers[0] is not after.virtual_servers[0]


def test_what_was_moved_says_so(daemon: Daemon) -> None:
    before = daemon.load(A + WEB).config
    after = daemon.load("\n\n# above\n" + A + "\n" + WEB)
    assert 2 == len(after.recalled)
    instance, service = after.config.vrrp_instances[0], after.config.virtual_servers[0]
    assert before.vrrp_instances[0] is after.recalled[id(instance)]
    places = (instance.span_of("interface"), service.real_servers[0].span_of("weight"))
    assert ["k.conf:5:12", "k.conf:17:10"] == [str(place) for place in places]
    line = instance.virtual_ipaddress[0].statement
    assert line is not None
    assert 8 == line.line
    assert 2 == len(daemon.load(A + WEB).recalled)


def test_a_block_in_another_order_or_twice_is_found_once(daemon: Daemon) -> None:
    daemon.load(A + B + WEB)
    assert 3 == daemon.recalled(WEB + B + A)
    assert 3 == daemon.recalled(WEB + B + A + WEB)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (GLOBAL + A, GLOBAL.replace("router_id one", "vrrp_strict") + A),
        (GLOBAL + A, A),
        (A, A + "vrrp_sync_group G {\n group {\n  A\n }\n}\n"),
        (SCRIPT + instance("A", 1, " track_script {\n  check\n }\n"),) * 2,
    ],
)
def test_what_stands_around_must_be_the_same(daemon: Daemon, before: str, after: str) -> None:
    daemon.load(before)
    assert (1 if before == after else 0) == daemon.recalled(after)


def test_a_file_must_be_known_before_whoever_tracks_it(daemon: Daemon) -> None:
    file = "track_file load {\n file /run/load\n}\n"
    tracking = instance("A", 1, " track_file {\n  load weight 1\n }\n")
    daemon.load(file + tracking)
    assert 0 == daemon.recalled(tracking + file)


@pytest.mark.parametrize(
    "block",
    [
        instance("A", 1, " nonsense\n"),
        instance("A", 1, " priority 255\n nopreempt\n"),
        instance("A", 1, " garp_master_delay $DELAY\n"),
        instance("A", 1, "@k.conf priority 90\n"),
        instance("A", 1, " include other.conf\n"),
        instance("A", 1, ' notify "/bin/all\n'),
        service(80, "  nonsense\n"),
        service(80).replace(" protocol TCP\n", ""),
    ],
)
def test_what_was_complained_about_or_means_more_than_it_says_is_read_again(
    daemon: Daemon, block: str
) -> None:
    daemon.load("$DELAY=3\n" + block + B)
    assert 1 == daemon.recalled("$DELAY=3\n" + block + B)


def test_a_name_that_is_taken_is_complained_about(daemon: Daemon) -> None:
    daemon.load(A + B)
    found = daemon.load(instance("B", 3) + A + B)
    assert ["duplicate-name"] == [d.code for d in found.diagnostics]


def test_a_vrid_that_is_taken_is_complained_about(daemon: Daemon) -> None:
    daemon.load(A + B)
    found = daemon.load(instance("C", 2) + A + B)
    assert ["C", "A"] == [one.name for one in found.config.vrrp_instances]
    assert 1 == daemon.recalled(A + B), "what was left out is read again"


def test_the_first_script_without_an_account_is_complained_about(daemon: Daemon) -> None:
    secure = "global_defs {\n enable_script_security\n}\n"
    first = instance("A", 1, ' notify "/bin/all now"\n')
    second = instance("B", 2, ' notify "/bin/all now"\n')
    host = Machine("keepalived_script")
    assert ["no-script-user"] == [d.code for d in daemon.load(secure + first + second, host).diagnostics]
    assert ["no-script-user"] == [d.code for d in daemon.load(secure + second, host).diagnostics]


def test_the_machine_must_say_what_it_said(daemon: Daemon) -> None:
    script = '  MISC_CHECK {\n   misc_path "/bin/check it"\n  }\n'
    text = A + service(80, script) + service(81, script)
    assert 0 == daemon.recalled(text, Machine())
    assert 2 == daemon.recalled(text, Machine()), "not the first with a script, which asks for an account"
    assert 0 == daemon.recalled(text, Machine("/bin/check"))
    services = daemon.load(text, Machine("/bin/check")).config.virtual_servers
    assert [(), ()] == [one.real_servers[0].checkers for one in services]
    assert 1 == daemon.recalled(text, Machine("/bin/check"))
    assert 0 == daemon.recalled(text, None), "a load without a machine is another one"


def test_another_file_is_neither_recalled_nor_remembered(daemon: Daemon) -> None:
    daemon.load(A)
    load("other.conf", DictLoader({"other.conf": A + B}), memory=daemon.memory)
    assert 1 == daemon.recalled(A)


def test_a_file_with_braces_missing_is_loaded_afresh(daemon: Daemon) -> None:
    daemon.load(A + B)
    assert 0 == daemon.recalled(A + B + "vrrp_sync_group G {\n")
    assert 0 == daemon.recalled(A + B)
    assert 2 == daemon.recalled(A + B)


def test_however_often_a_block_is_moved_nothing_of_before_is_kept(daemon: Daemon) -> None:
    for lines in range(30):
        found = daemon.load("\n" * lines + A)
    place = vars(found.config.vrrp_instances[0])["place"]
    assert not hasattr(place._where, "_places"), "the places of the first reading, moved once"


def test_questions_of_blocks_that_are_gone_do_not_pile_up(daemon: Daemon) -> None:
    asked = []
    for number in range(1000):
        text = A + service(80, f'  MISC_CHECK {{\n   misc_path "/bin/check{number} it"\n  }}\n')
        load("k.conf", DictLoader({"k.conf": text}), host=Machine(), memory=daemon.memory)  # type: ignore[arg-type]
        last = daemon.memory._last
        asked.append(0 if last is None else len(last.answers))
    assert 300 > max(asked)


def test_a_question_is_asked_once() -> None:
    machine = Machine()
    asked: Any = AskedHost(machine)  # type: ignore[arg-type]
    assert [True, True] == [asked.interface("eth0") is not None for _ in range(2)]
    assert 1 == machine.asked
    answers: Mapping[Any, Any] = asked.answers
    assert AskedHost(Machine()).agrees(answers)  # type: ignore[arg-type]
    assert not AskedHost(Machine("eth0")).agrees(answers)  # type: ignore[arg-type]
