"""What an event makes known; arguments, lines and order as recorded from keepalived 2.4.3."""

from __future__ import annotations

import pytest

from pykeepalived.ipc.messages import (
    LowerPriorityReceived,
    Message,
    PriorityChanged,
    Ready,
    RouterState,
    RouterStateChanged,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
)
from pykeepalived.notify.dispatch import Effect, LvsLine, Run, VrrpLine, effects
from pykeepalived.notify.plan import Command, NotifyPlan, RouterScripts, UpDownScripts, server_key

SERVICE, SERVER = "[192.0.2.1]:tcp:80", "[10.0.0.1]:tcp:80"


def command(word: str) -> Command:
    return Command(("/bin/notify", word))


ALL = RouterScripts(
    master=command("master"),
    backup=command("backup"),
    fault=command("fault"),
    stop=command("stop"),
    deleted=command("deleted"),
    master_rx_lower_pri=command("rx_lower"),
    generic=command("generic"),
    tells_deleted=True,
    tells_priority=True,
)
PLAN = NotifyPlan(
    instances={"VI_1": ALL, "quiet": RouterScripts()},
    groups={"SG": RouterScripts(master=command("group_master"), generic=command("group_generic"))},
    services={SERVICE: UpDownScripts(command("quorum_up"), command("quorum_down"))},
    servers={server_key(SERVICE, SERVER): UpDownScripts(command("up"), command("down"))},
)


def tell(message: Message, plan: NotifyPlan = PLAN, previous: NotifyPlan | None = None) -> list[Effect]:
    return effects(message, plan, previous or plan)


def changed(name: str, state: RouterState, kind: SubjectKind = SubjectKind.INSTANCE) -> RouterStateChanged:
    return RouterStateChanged(name, kind, state, 105, 0)


def told(found: list[Effect]) -> list[object]:
    return [effect.command.argv if isinstance(effect, Run) else effect for effect in found]


@pytest.mark.parametrize("state", ["MASTER", "BACKUP", "FAULT", "STOP", "DELETED"])
def test_the_specific_script_starts_before_the_generic_one(state: str) -> None:
    expected = [
        VrrpLine(f'INSTANCE "VI_1" {state} 105\n'),
        ("/bin/notify", state.lower()),
        ("/bin/notify", "generic", "INSTANCE", "VI_1", state, "105"),
    ]
    assert expected == told(tell(changed("VI_1", RouterState(state))))


def test_a_group_has_priority_0() -> None:
    expected = [
        VrrpLine('GROUP "SG" MASTER 0\n'),
        ("/bin/notify", "group_master"),
        ("/bin/notify", "group_generic", "GROUP", "SG", "MASTER", "0"),
    ]
    assert expected == told(tell(changed("SG", RouterState.MASTER, SubjectKind.GROUP)))


def test_an_instance_without_scripts_still_has_its_line() -> None:
    assert [VrrpLine('INSTANCE "other" BACKUP 105\n')] == tell(changed("other", RouterState.BACKUP))


def test_the_initial_state_is_nobodys_business() -> None:
    assert [] == tell(changed("VI_1", RouterState.INIT))


def test_deleted_is_fault_unless_asked_for() -> None:
    assert [VrrpLine('INSTANCE "quiet" FAULT 105\n')] == tell(changed("quiet", RouterState.DELETED))


def test_what_a_reload_removed_is_told_by_the_plan_before_it() -> None:
    expected = ("/bin/notify", "deleted")
    assert expected in told(tell(changed("VI_1", RouterState.DELETED), NotifyPlan(), PLAN))


def test_what_stays_without_its_scripts_runs_none_of_the_old_ones() -> None:
    staying = NotifyPlan(group_of={"VI_1": "SG"})
    instance = tell(changed("VI_1", RouterState.MASTER), staying, PLAN)
    assert [VrrpLine('INSTANCE "VI_1" MASTER 105\n')] == instance
    group = tell(changed("SG", RouterState.MASTER, SubjectKind.GROUP), staying, PLAN)
    assert [VrrpLine('GROUP "SG" MASTER 0\n')] == group
    assert [] == tell(PriorityChanged("VI_1", RouterState.MASTER, 119), staying, PLAN)


def test_a_name_with_blanks_is_one_argument_and_quoted_in_the_fifo() -> None:
    plan = NotifyPlan(instances={"a b": RouterScripts(generic=command("g"))})
    expected = [
        VrrpLine('INSTANCE "a b" MASTER 105\n'),
        ("/bin/notify", "g", "INSTANCE", "a b", "MASTER", "105"),
    ]
    assert expected == told(tell(changed("a b", RouterState.MASTER), plan))


def test_a_lower_priority_advert_is_told_to_its_script_without_arguments() -> None:
    expected = [VrrpLine('INSTANCE "VI_1" MASTER_RX_LOWER_PRI 112\n'), ("/bin/notify", "rx_lower")]
    assert expected == told(tell(LowerPriorityReceived("VI_1", 112)))


def test_priority_changes_are_lines_only_where_configured() -> None:
    message = PriorityChanged("VI_1", RouterState.MASTER, 119)
    assert [VrrpLine('INSTANCE "VI_1" MASTER_PRIORITY 119\n')] == tell(message)
    assert [] == tell(PriorityChanged("quiet", RouterState.BACKUP, 1))


@pytest.mark.parametrize(("up", "word", "script"), [(True, "UP", "up"), (False, "DOWN", "down")])
def test_lines_about_services_end_in_a_nul_byte(up: bool, word: str, script: str) -> None:
    server = [LvsLine(f"RS {SERVER} {SERVICE} {word}\n\0"), ("/bin/notify", script)]
    service = [LvsLine(f"VS {SERVICE} {word}\n\0"), ("/bin/notify", f"quorum_{script}")]
    assert server == told(tell(VerdictChanged(SERVICE, SERVER, up)))
    assert service == told(tell(ServiceStateChanged(SERVICE, up)))


def test_other_messages_tell_nothing() -> None:
    assert [] == tell(Ready())
