"""The command ``undrain``: let a server take new connections again."""

from __future__ import annotations

from collections.abc import Mapping

from pykeepalived.daemon.control_command import Answers, Arguments, Command, Situation, only
from pykeepalived.daemon.drain_requests import document, question
from pykeepalived.ipc.draining import DrainAct
from pykeepalived.ipc.messages import Message, Process


def _ask(arguments: Arguments, request_id: int, situation: Situation) -> Mapping[Process, Message]:
    only(arguments, "server", "service", "slow_start_s")
    return question(DrainAct.UNDRAIN, arguments, request_id, situation)


def _answer(_arguments: Arguments, answers: Answers, _situation: Situation) -> Mapping[str, object]:
    return document(answers)


COMMAND = Command(_ask, _answer)
