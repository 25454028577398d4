"""Requests find their command, the processes are asked, and every client gets an answer in time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.daemon import control
from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.control import PATIENCE_NS, Control
from pykeepalived.daemon.control_command import (
    Answers,
    Arguments,
    Command,
    RefusedError,
    Situation,
    only,
    word,
)
from pykeepalived.daemon.memory import Memory
from pykeepalived.ipc.messages import (
    DumpKind,
    DumpRequest,
    InstanceSnapshots,
    Message,
    Process,
    Ready,
    VerdictSnapshots,
)


def _ask(arguments: Arguments, request_id: int, _situation: Situation) -> dict[Process, Message]:
    only(arguments, "fail")
    if arguments.get("fail") == "ask":
        raise RefusedError("not today")
    if arguments.get("fail") == "bug":
        raise RuntimeError("a bug")
    return dict.fromkeys((Process.VRRP, Process.CHECKER), DumpRequest(request_id, DumpKind.STATUS))


def _answer(arguments: Arguments, answers: Answers, _situation: Situation) -> dict[str, object]:
    if arguments.get("fail") == "answer":
        raise RefusedError("too late")
    return {
        "came": [type(message).__name__ for message in answers.messages],
        "silent": sorted(answers.silent),
    }


TOY = Command(_ask, _answer)


class Site:
    def __init__(self, pids: dict[Process, int]) -> None:
        self.pids = pids
        self.now = 1
        self.asked: list[tuple[Process, Message]] = []
        self.replies: list[tuple[object, dict[str, Any]]] = []
        self.number = 40
        self.control = Control(
            situation=lambda: Situation(Configured({}), Memory(), self.pids, "x.pid", 0),
            ask=lambda process, message: self.asked.append((process, message)),
            next_id=self._next,
            reply=lambda client, line: self.replies.append((client, json.loads(line))),
            clock=lambda: self.now,
        )

    def _next(self) -> int:
        self.number += 1
        return self.number

    def request(self, client: str = "somebody", **request: object) -> None:
        name: Any = client
        self.control.request(name, json.dumps(request).encode())

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [reply for _, reply in self.replies]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(control, "find", lambda name: replace(TOY, shared=name == "shared"))
    return Site({Process.VRRP: 10, Process.CHECKER: 11})


def snapshots(number: int, last: bool = True) -> InstanceSnapshots:
    return InstanceSnapshots(number, (), last)


def test_the_answer_is_made_when_the_last_process_has_said_its_last_word(site: Site) -> None:
    site.request(command="toy")
    site.control.take(Process.VRRP, snapshots(41, last=False))
    site.control.take(Process.CHECKER, VerdictSnapshots(41, (), ()))
    assert [] == site.answers

    assert site.control.take(Process.VRRP, snapshots(41))

    came = ["InstanceSnapshots", "VerdictSnapshots", "InstanceSnapshots"]
    assert [{"answer": {"came": came, "silent": []}}] == site.answers


def test_messages_that_answer_no_request_are_left_to_others(site: Site) -> None:
    site.request(command="toy")

    assert not site.control.take(Process.VRRP, snapshots(7))
    assert not site.control.take(Process.VRRP, Ready())


def test_only_processes_that_run_are_asked(site: Site) -> None:
    del site.pids[Process.CHECKER]
    site.request(command="toy")

    assert [Process.VRRP] == [process for process, _ in site.asked]


def test_nobody_to_ask_is_an_answer_at_once(site: Site) -> None:
    site.pids.clear()
    site.request(command="toy")

    assert [{"answer": {"came": [], "silent": []}}] == site.answers


def test_a_process_that_ends_is_not_waited_for(site: Site) -> None:
    site.request(command="toy")
    site.control.take(Process.VRRP, snapshots(41))

    site.control.gone(Process.CHECKER)

    assert [["_healthcheckers"]] == [answer["answer"]["silent"] for answer in site.answers]


def test_a_process_that_does_not_answer_is_left_out(site: Site) -> None:
    site.request(command="toy")
    site.control.take(Process.CHECKER, VerdictSnapshots(41, (), ()))
    assert site.control.deadline == site.now + PATIENCE_NS

    site.control.expire(site.now + PATIENCE_NS - 1)
    assert [] == site.answers
    site.control.expire(site.now + PATIENCE_NS)

    assert [["_vrrp"]] == [answer["answer"]["silent"] for answer in site.answers]
    assert site.control.deadline is None


def test_equal_questions_cost_one_only_if_the_command_says_so(site: Site) -> None:
    for client in ("one", "other"):
        site.request(client, command="shared")
    assert 2 == len(site.asked)
    for process in (Process.VRRP, Process.CHECKER):
        site.control.take(process, snapshots(41))

    assert ["one", "other"] == [client for client, _ in site.replies]
    for client in ("one", "other"):
        site.request(client, command="toy")
    assert 2 + 4 == len(site.asked)


@pytest.mark.parametrize("moment", ["ask", "answer"])
def test_a_refusal_is_told_in_its_own_words(site: Site, moment: str) -> None:
    site.pids.clear()
    site.request(command="toy", fail=moment)

    assert [{"error": "not today" if moment == "ask" else "too late"}] == site.answers


def test_a_bug_in_a_command_is_told_and_ends_nothing(site: Site) -> None:
    site.request(command="toy", fail="bug")
    site.request(command="toy", fail="ask")

    assert "a bug" in site.answers[0]["error"]
    assert [{"error": "not today"}] == site.answers[1:]


def test_an_unknown_argument_is_named(site: Site) -> None:
    site.request(command="toy", speed=3)

    assert [{"error": "unknown argument 'speed'; known are: fail"}] == site.answers


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"null", b"{}", b'{"command": 1}', b"\xff\xfe", b"[" * 4000], ids=repr
)
def test_what_is_no_request_is_refused(site: Site, line: bytes) -> None:
    client: Any = "somebody"
    site.control.request(client, line)

    (answer,) = site.answers
    assert "the request is no" in answer["error"]


def test_a_word_is_asked_for_by_name() -> None:
    assert "VI_1" == word({"instance": "VI_1"}, "instance")
    with pytest.raises(RefusedError, match="argument 'instance' is missing"):
        word({}, "instance")
    with pytest.raises(RefusedError, match="'instance' is no word"):
        word({"instance": 3}, "instance")


@pytest.mark.parametrize("name", ["nonsense", "", "__init__", "../status", "status.x", "STATUS", "os"])
def test_an_unknown_command_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="unknown command"):
        control.find(name)


def test_a_near_miss_is_told() -> None:
    with pytest.raises(RefusedError, match="did you mean 'status'"):
        control.find("statsu")


def test_every_file_is_a_command() -> None:
    files = sorted(path.stem for path in Path(control.control_commands.__path__[0]).glob("[a-z]*.py"))

    assert files == sorted(name.replace("-", "_") for name in control.names())
    for name in control.names():
        assert isinstance(control.find(name), Command)


def test_a_client_is_cut_off_later_than_its_answer_is_due() -> None:
    from pykeepalived.daemon import control_socket

    assert control_socket.PATIENCE_NS > PATIENCE_NS
