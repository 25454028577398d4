"""What ``drain``, ``undrain`` and ``connections`` of the control socket have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from pykeepalived.base.units import seconds_to_ns
from pykeepalived.daemon.control_command import Answers, Arguments, RefusedError, Situation
from pykeepalived.ipc.draining import DrainAct, DrainAnswer, DrainRequest
from pykeepalived.ipc.messages import Message, Process
from pykeepalived.lvs.naming import UnknownNameError, find_servers
from pykeepalived.plan.checker_plan import CheckerPlan

MOST_SERVERS = 2000
"""Servers whose connections are counted at once: no check runs meanwhile."""


def question(
    act: DrainAct, arguments: Arguments, request_id: int, situation: Situation
) -> Mapping[Process, Message]:
    """The message to the checker process; RefusedError for a server that there is not."""
    plan = situation.configured.plans.get(Process.CHECKER)
    if not isinstance(plan, CheckerPlan) or not plan.pools:
        raise RefusedError("the configuration of this daemon has no virtual server")
    server, service = _optional(arguments, "server"), _optional(arguments, "service")
    if server is None and act is not DrainAct.LOOK:
        raise RefusedError("argument 'server' is missing")
    try:
        names = find_servers(plan.pools, server, service)
    except UnknownNameError as unknown:
        raise RefusedError(str(unknown)) from unknown
    if len(names) > MOST_SERVERS:
        raise RefusedError(
            f"that means {len(names)} servers, and at most {MOST_SERVERS} can be looked at together;"
            " name a server or a virtual server"
        )
    request = DrainRequest(request_id, act, names, _slow_start(arguments), force=_flag(arguments, "force"))
    return {Process.CHECKER: request}


def document(answers: Answers) -> Mapping[str, object]:
    """The answer: how the servers stand, with their connections."""
    for message in answers.messages:
        if isinstance(message, DrainAnswer):
            if message.problem:
                raise RefusedError(message.problem)
            return {"servers": [dataclasses.asdict(server) for server in message.servers]}
    if answers.silent:
        raise RefusedError("the checker process has not answered within 2 s; it is stopped or very busy")
    raise RefusedError("the checker process does not run just now; the daemon's log says why")


def _optional(arguments: Arguments, name: str) -> str | None:
    value = arguments.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise RefusedError(f"'{name}' is no word")
    return value.strip()


def _flag(arguments: Arguments, name: str) -> bool:
    value = arguments.get(name, False)
    if not isinstance(value, bool):
        raise RefusedError(f"'{name}' is neither true nor false")
    return value


def _slow_start(arguments: Arguments) -> int | None:
    value = arguments.get("slow_start_s")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86400:
        raise RefusedError("'slow_start_s' is no number of seconds from 0 to 86400")
    return seconds_to_ns(value)
