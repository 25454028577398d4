"""The command ``status``: what every process knows of the state of things."""

from __future__ import annotations

import time
from collections.abc import Mapping

from pykeepalived.daemon.control_command import Answers, Arguments, Command, Situation, only
from pykeepalived.daemon.status_document import status_document
from pykeepalived.ipc.messages import DumpKind, DumpRequest, Message, Process


def _ask(arguments: Arguments, request_id: int, _situation: Situation) -> Mapping[Process, Message]:
    only(arguments)
    request = DumpRequest(request_id, DumpKind.STATUS)
    return dict.fromkeys((Process.VRRP, Process.CHECKER, Process.BFD), request)


def _answer(_arguments: Arguments, answers: Answers, situation: Situation) -> Mapping[str, object]:
    return status_document(situation, answers, time.monotonic_ns(), time.time_ns())


COMMAND = Command(_ask, _answer, shared=True)
