"""Scripts: do they exist, may they run, are they safe.

keepalived asks these questions of the machine it runs on; without a host nothing is asked.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from pykeepalived.config.blocks.misc_check import MiscCheck
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.config.blocks.vrrp_script import VrrpScript
from pykeepalived.config.host import ScriptState
from pykeepalived.config.resolving.report import Report
from pykeepalived.config.schema import Bound, amend
from pykeepalived.config.values import Account, Script

_NOTIFY = (
    "notify", "notify_master", "notify_backup", "notify_fault", "notify_stop", "notify_deleted",
    "notify_master_rx_lower_pri",
)  # fmt: skip

_ANY_NOTIFY = frozenset(_NOTIFY)

_CODES = {
    ScriptState.MISSING: "script-missing",
    ScriptState.NOT_EXECUTABLE: "script-not-executable",
    ScriptState.INSECURE: "script-insecure",
    ScriptState.CLOSED: "script-closed",
    ScriptState.FOREIGN: "script-foreign",
}
_EXPLAINED = frozenset({ScriptState.INSECURE, ScriptState.CLOSED})


def resolve_vrrp_scripts(config: Config, report: Report) -> None:
    """Tracked scripts and notify scripts of the VRRP side."""
    if not config.vrrp_instances:
        return
    secure = config.global_defs.enable_script_security
    default = config.global_defs.script_user
    insecure = False
    kept = []
    for tracked in config.vrrp_scripts:
        if tracked.script is not None and tracked.script.argv[0].startswith("<"):
            kept.append(tracked)  # a file to open, not a program to run
            continue
        account = tracked.user or default
        state = _state(tracked.script, account, secure, report)
        if state is ScriptState.GOOD:
            insecure = True
            kept.append(tracked)
            continue
        what = _what(tracked.script, account, state, report)
        report.error(
            _CODES[state], None, f"track script {tracked.name} (script {_program(tracked)} {what})",
            tracked.span_of("script"), consequence="it is not run",
        )  # fmt: skip
    for block in (*config.vrrp_instances, *config.vrrp_sync_groups):
        for name in _NOTIFY if block.has_any(_ANY_NOTIFY) else ():
            script = getattr(block, name, None)
            if script is not None and _usable(block, name, script, default, secure, report):
                insecure = True
    for name in ("notify_fifo_script", "vrrp_notify_fifo_script"):
        script = getattr(config.global_defs, name)
        if script is not None and _usable(config.global_defs, name, script, default, secure, report):
            insecure = True
    if report.host is not None:
        amend(config, vrrp_scripts=tuple(kept))
    if insecure and not secure and report.host is not None:
        _violation("scripts run", report)


def _program(tracked: VrrpScript) -> str:
    return tracked.script.argv[0] if tracked.script is not None else ""


def resolve_checker_scripts(config: Config, report: Report, unscripted: Container[int] = ()) -> set[int]:
    """MISC_CHECK and the notify scripts of virtual and real servers; what cannot be used is taken out.

    Services with their id in ``unscripted`` have none.  The answer is the ids of those that have some.
    """
    secure = config.global_defs.enable_script_security
    default = config.global_defs.script_user
    insecure = False
    left_out: set[int] = set()
    scripted: set[int] = set()
    for service, block, name, script, account in _checker_scripts(config, unscripted):
        scripted.add(id(service))
        runs_as = account or script.account or default
        state = _state(script, runs_as, secure, report)
        if state is ScriptState.GOOD:
            insecure = True
            continue
        report.blocks.add(id(service))
        if name == "misc_path":
            report.error(
                _CODES[state], None, f"check script {script.argv[0]} {_what(script, runs_as, state, report)}",
                block.span_of(name), consequence="the check is left out", exit_class=0,
            )  # fmt: skip
            left_out.add(id(block))
        else:
            # keepalived drops these without a word.
            report.error(
                _CODES[state], None,
                f"{name} script {script.argv[0]} {_what(script, runs_as, state, report)}",
                block.span_of(name), consequence="it is not run", exit_class=0,
            )  # fmt: skip
            amend(block, **{name: None})
    if left_out:
        for service in config.virtual_servers:
            for server in service.real_servers:
                kept = tuple(checker for checker in server.checkers if id(checker) not in left_out)
                if len(kept) != len(server.checkers):
                    amend(server, checkers=kept)
    if insecure and not secure and report.host is not None:
        _violation("check scripts run", report)
    return scripted


def _checker_scripts(
    config: Config, unscripted: Container[int]
) -> Iterator[tuple[VirtualServer, Bound, str, Script, Account | None]]:
    for service in config.virtual_servers:
        if id(service) in unscripted:
            continue
        for name in ("quorum_up", "quorum_down"):
            script = getattr(service, name)
            if script is not None:
                yield service, service, name, script, None
        for server in service.real_servers:
            for name in ("notify_up", "notify_down"):
                script = getattr(server, name)
                if script is not None:
                    yield service, server, name, script, None
            for checker in server.checkers:
                if isinstance(checker, MiscCheck) and checker.misc_path is not None:
                    yield service, checker, "misc_path", checker.misc_path, checker.user


def _usable(
    block: Bound, name: str, script: Script, default: Account | None, secure: bool, report: Report
) -> bool:
    """Whether a notify script can run; keepalived only logs when not, and drops it."""
    account = script.account or default
    state = _state(script, account, secure, report)
    if state is ScriptState.GOOD:
        return True
    report.error(
        _CODES[state], None, f"{name} script {script.argv[0]} {_what(script, account, state, report)}",
        block.span_of(name), consequence="it is not run", exit_class=0,
    )  # fmt: skip
    return False


def _state(script: Script | None, account: Account | None, secure: bool, report: Report) -> ScriptState:
    if script is None or report.host is None:
        return ScriptState.GOOD
    return report.host.script(script, account, secure=secure)


def _what(script: Script | None, account: Account | None, state: ScriptState, report: Report) -> str:
    """What is the matter, with the element of its path that is at fault if one is."""
    if state not in _EXPLAINED or script is None or report.host is None:
        return state.value
    flaws = report.host.script_flaws(script, account)
    return f"{state.value}: {flaws}" if flaws else state.value


def _violation(what: str, report: Report) -> None:
    report.error(
        "script-security", None, f"SECURITY VIOLATION: {what} and enable_script_security is not set", None,
        hint="add enable_script_security to global_defs", exit_class=6,
    )  # fmt: skip


__all__ = ["resolve_checker_scripts", "resolve_vrrp_scripts"]
