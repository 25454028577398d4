"""Requests of the control socket: which command, which processes to ask, and the answer from what they say.

A request is a JSON object ``{"command": NAME, ...arguments}``; the answer is ``{"answer": {...}}`` or
``{"error": "a sentence"}``.  A process that does not answer within two seconds is left out, and named.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon import control_commands
from pykeepalived.daemon.control_command import Answers, Command, RefusedError, Situation
from pykeepalived.daemon.control_socket import Client
from pykeepalived.daemon.log import get_logger
from pykeepalived.ipc.messages import Message, Process

PATIENCE_NS = 2 * NANOSECONDS_PER_SECOND

log = get_logger()


@dataclass(slots=True)
class _Question:
    """A command under way and who waits for it."""

    command: Command
    arguments: dict[str, object]
    line: bytes
    clients: list[Client]
    waiting: set[Process]
    late_at: int
    messages: list[Message] = field(default_factory=list)
    silent: set[Process] = field(default_factory=set)


class Control:
    """The commands that are under way.

    ``situation`` is what the supervisor knows now, ``ask`` sends a message to a child, ``next_id`` gives a
    request number that nobody else uses, ``reply`` sends the answer to a client.
    """

    def __init__(
        self,
        *,
        situation: Callable[[], Situation],
        ask: Callable[[Process, Message], None],
        next_id: Callable[[], int],
        reply: Callable[[Client, bytes], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._situation = situation
        self._ask = ask
        self._next_id = next_id
        self._reply = reply
        self._clock = clock
        self._questions: dict[int, _Question] = {}

    def request(self, client: Client, line: bytes) -> None:
        """A client asks."""
        try:
            self._begin(client, line)
        except RefusedError as refusal:
            self._reply(client, _line({"error": str(refusal)}))
        except Exception:
            # A bug in a command must not end a daemon that runs well.
            log.exception("a request failed; this is a bug of pykeepalived")
            self._reply(client, _line({"error": "the request failed: a bug, see the daemon's log"}))

    def take(self, sender: Process, message: Message) -> bool:
        """A child says something: whether it was the answer (or a portion of it) to a question of ours."""
        number = getattr(message, "request_id", 0)
        question = self._questions.get(number)
        if question is None:
            return False
        question.messages.append(message)
        if getattr(message, "last", True):
            question.waiting.discard(sender)
            self._finish_if_complete(number, question)
        return True

    def gone(self, process: Process) -> None:
        """A process ended: no answer will come from it."""
        for number, question in list(self._questions.items()):
            if process in question.waiting:
                question.waiting.discard(process)
                question.silent.add(process)
                self._finish_if_complete(number, question)

    @property
    def deadline(self) -> int | None:
        """When ``expire`` has something to do."""
        return min((question.late_at for question in self._questions.values()), default=None)

    def expire(self, now: int) -> None:
        """Whoever has not answered by now is left out."""
        for number, question in list(self._questions.items()):
            if question.late_at <= now:
                question.silent |= question.waiting
                question.waiting.clear()
                self._finish_if_complete(number, question)

    # ------------------------------------------------------------ parts

    def _begin(self, client: Client, line: bytes) -> None:
        name, arguments = _request(line)
        command = find(name)
        if command.shared:
            for question in self._questions.values():
                if question.line == line:
                    question.clients.append(client)
                    return
        number = self._next_id()
        situation = self._situation()
        messages = command.ask(arguments, number, situation)
        asked = {process for process in messages if process in situation.pids}
        question = _Question(command, arguments, line, [client], asked, self._clock() + PATIENCE_NS)
        self._questions[number] = question
        for process in sorted(asked):
            self._ask(process, messages[process])
        self._finish_if_complete(number, question)

    def _finish_if_complete(self, number: int, question: _Question) -> None:
        if question.waiting:
            return
        del self._questions[number]
        try:
            answers = Answers(tuple(question.messages), frozenset(question.silent))
            answer: dict[str, object] = {
                "answer": question.command.answer(question.arguments, answers, self._situation())
            }
        except RefusedError as refusal:
            answer = {"error": str(refusal)}
        except Exception:
            log.exception("a request failed; this is a bug of pykeepalived")
            answer = {"error": "the request failed: a bug, see the daemon's log"}
        data = _line(answer)
        for client in question.clients:
            self._reply(client, data)


def names() -> list[str]:
    """Every command there is."""
    return [one.name.replace("_", "-") for one in pkgutil.iter_modules(control_commands.__path__)]


def find(name: str) -> Command:
    """A command by its name; its module is imported when it is asked for first."""
    known = names()
    if not re.fullmatch(r"[a-z][a-z-]*", name) or name not in known:
        from difflib import get_close_matches

        near = get_close_matches(name, known, 1)
        hint = f"; did you mean '{near[0]}'?" if near else f"; known are: {', '.join(known)}"
        raise RefusedError(f"unknown command '{name[:40]}'{hint}")
    module = importlib.import_module(f"{control_commands.__name__}.{name.replace('-', '_')}")
    command: Command = module.COMMAND
    return command


def _request(line: bytes) -> tuple[str, dict[str, object]]:
    try:
        request: Any = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise RefusedError("the request is no line of JSON") from problem
    if not isinstance(request, dict) or not isinstance(request.get("command"), str):
        raise RefusedError('the request is no object with a "command"')
    return request.pop("command"), request


def _line(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"
