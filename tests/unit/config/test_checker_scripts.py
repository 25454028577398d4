"""Scripts of the checker side that cannot be used safely do not survive loading."""

from __future__ import annotations

import pytest

from pykeepalived.cli.host import RealHost
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.host import ScriptState
from pykeepalived.config.load import load_text
from pykeepalived.config.values import Account, Script


class Judging(RealHost):
    """A host on which every script has the same state."""

    def __init__(self, state: ScriptState) -> None:
        super().__init__()
        self.state = state

    def script(self, script: Script, account: Account | None, *, secure: bool) -> ScriptState:
        return self.state


TEXT = """
global_defs {
    enable_script_security
    script_user root
}
virtual_server 203.0.113.10 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    quorum_up /bin/up
    real_server 192.0.2.11 80 {
        notify_down /bin/down
        TCP_CHECK {
        }
        MISC_CHECK {
            misc_path /bin/check
        }
    }
}
"""


def load(state: ScriptState) -> Config:
    return load_text(TEXT, host=Judging(state)).config


@pytest.mark.parametrize("state", [ScriptState.MISSING, ScriptState.INSECURE])
def test_unusable_scripts_are_taken_out_and_other_checks_stay(state: ScriptState) -> None:
    (service,) = load(state).virtual_servers
    (server,) = service.real_servers

    assert (None, None, ["TcpCheck"]) == (
        service.quorum_up,
        server.notify_down,
        [type(checker).__name__ for checker in server.checkers],
    )


def test_what_is_not_run_is_said_though_the_test_mode_keeps_silent() -> None:
    loaded = load_text(TEXT, host=Judging(ScriptState.MISSING))

    assert [
        "quorum_up script /bin/up is not found/accessible",
        "notify_down script /bin/down is not found/accessible",
        "check script /bin/check is not found/accessible",
    ] == [one.message for one in loaded.diagnostics if one.code == "script-missing"]
    assert 0 == loaded.exit_status


def test_good_scripts_stay() -> None:
    (service,) = load(ScriptState.GOOD).virtual_servers
    (server,) = service.real_servers

    assert service.quorum_up is not None
    assert server.notify_down is not None
    assert 2 == len(server.checkers)
