"""Asking a daemon: which one, and what is said when it does not answer."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.cli import asking
from pykeepalived.cli.asking import NoAnswerError, NotRunningError, ask, ask_with_pid
from pykeepalived.daemon.control_socket import path_beside

ANSWER = b'{"answer": {"schema": 1}}\n'


@contextmanager
def daemon(pid_file: Path, answer: bytes = ANSWER) -> Iterator[list[dict[str, Any]]]:
    """A process that answers everything alike; gives what it was asked."""
    requests: list[dict[str, Any]] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path_beside(pid_file)))
        listener.listen(8)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    line = connection.recv(4096)
                    if line:
                        requests.append(json.loads(line))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield requests
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    path_beside(pid_file).unlink()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /run."""
    monkeypatch.setattr(asking, "RUN_DIRECTORY", tmp_path)
    monkeypatch.setattr(asking, "DEFAULT_PID_FILE", tmp_path / "keepalived.pid")
    (tmp_path / "keepalived" / "red").mkdir(parents=True)
    return tmp_path


def test_the_answer_comes_with_the_process_that_gave_it(run: Path) -> None:
    with daemon(run / "x.pid") as requests:
        assert ({"schema": 1}, os.getpid()) == ask_with_pid(str(run / "x.pid"), "toy", {"speed": 3})
        assert [{"command": "toy", "speed": 3}] == requests


def test_the_usual_daemon_is_asked_first(run: Path) -> None:
    with (
        daemon(run / "keepalived.pid", b'{"answer": {"usual": 1}}'),
        daemon(run / "keepalived/keepalived_a.pid"),
    ):
        assert {"usual": 1} == ask(None, "status")


@pytest.mark.parametrize("name", ["keepalived/keepalived_a.pid", "keepalived/red/keepalived.pid"])
def test_the_only_other_daemon_is_found(run: Path, name: str) -> None:
    with daemon(run / name):
        assert {"schema": 1} == ask(None, "status")


def test_several_daemons_are_named(run: Path) -> None:
    with (
        daemon(run / "keepalived/keepalived_a.pid"),
        daemon(run / "keepalived/red/keepalived.pid"),
        pytest.raises(NoAnswerError, match="several daemons run here") as refused,
    ):
        ask(None, "status")

    assert [
        f"  -p {run}/keepalived/keepalived_a.pid",
        f"  -p {run}/keepalived/red/keepalived.pid",
    ] == str(refused.value).splitlines()[1:]


def test_what_killed_daemons_left_does_not_count_as_one(run: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path_beside(run / "keepalived/keepalived_a.pid")))
    with daemon(run / "keepalived/red/keepalived.pid"):
        assert {"schema": 1} == ask(None, "status")
    with pytest.raises(NotRunningError, match="one that was killed left behind"):
        ask(str(run / "keepalived/keepalived_a.pid"), "status")


def test_no_daemon_at_all_is_said(run: Path) -> None:
    with pytest.raises(NotRunningError, match=f"no daemon runs with pid file {run}/keepalived.pid; name"):
        ask(None, "status")
    with pytest.raises(NotRunningError, match=r"no daemon runs with pid file /nowhere/x\.pid"):
        ask("/nowhere/x.pid", "status")


def test_a_process_without_a_socket_may_be_a_real_keepalived(run: Path) -> None:
    (run / "keepalived.pid").write_text(f"{os.getpid()}\n")

    with pytest.raises(NotRunningError, match=f"process {os.getpid()} .* it is a real keepalived, or"):
        ask(None, "status")


def test_a_refusal_is_told_in_the_daemons_words(run: Path) -> None:
    with (
        daemon(run / "x.pid", b'{"error": "unknown command"}'),
        pytest.raises(NoAnswerError, match=r"^unknown command$"),
    ):
        ask(str(run / "x.pid"), "toy")


@pytest.mark.parametrize("answer", [b"", b'{"answer": {'])
def test_an_answer_that_ends_too_early_is_none(run: Path, answer: bytes) -> None:
    with daemon(run / "x.pid", answer), pytest.raises(NoAnswerError, match="ends too early"):
        ask(str(run / "x.pid"), "toy")


@pytest.mark.parametrize("answer", [b"[]", b"{}", b"3"])
def test_something_else_that_listens_there_is_recognised(run: Path, answer: bytes) -> None:
    with daemon(run / "x.pid", answer), pytest.raises(NoAnswerError, match="an answer of another kind"):
        ask(str(run / "x.pid"), "toy")


def test_a_stranger_is_asked_nothing(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "who_is_at_the_other_end", lambda connection: (1, 12345))
    with daemon(run / "x.pid") as requests:
        with pytest.raises(NoAnswerError, match="neither root nor you; nothing was asked"):
            ask(str(run / "x.pid"), "toy")
        assert [] == requests


def failing(problem: OSError) -> Callable[..., Any]:
    def fail(*_: object) -> Any:
        raise problem

    return fail


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (PermissionError(13, "Permission denied"), "only root may ask the daemon"),
        (TimeoutError(), "has not answered within 6 s"),
        (BlockingIOError(11, "Resource temporarily unavailable"), "serves too many others"),
        (ConnectionResetError(), "the daemon ended, or serves too many others"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, OSError) else "",
)
def test_each_failure_has_its_own_words(
    run: Path, monkeypatch: pytest.MonkeyPatch, problem: OSError, words: str
) -> None:
    monkeypatch.setattr(asking, "who_is_at_the_other_end", failing(problem))
    with daemon(run / "x.pid"), pytest.raises(NoAnswerError, match=words):
        ask(str(run / "x.pid"), "toy")
