"""``pykeepalived diff``: exit status, JSON, and the command of the control socket behind it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pykeepalived.cli import diff
from pykeepalived.cli.asking import NoAnswerError
from pykeepalived.daemon.configured import Configured, UnusableConfigurationError
from pykeepalived.daemon.control_command import Answers, RefusedError, Situation
from pykeepalived.daemon.control_commands.diff import COMMAND
from pykeepalived.daemon.memory import Memory
from pykeepalived.daemon.plans import configure
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.ipc.messages import RouterState, RouterStateChanged, SubjectKind
from pykeepalived.syntax.source import DictLoader

INSTANCE = """vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"""


def configured(text: str) -> Configured:
    return configure(DaemonSettings(config_file="/f"), DictLoader({"/f": text}), None)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.conf", tmp_path / "new.conf"
    old.write_text(INSTANCE)
    new.write_text(INSTANCE)
    return old, new


@pytest.mark.parametrize(
    ("text", "status", "result"),
    [
        (INSTANCE, 0, "no-change"),
        (f"# said otherwise\n{INSTANCE}", 0, "no-change"),
        (INSTANCE.replace("100", "90"), 2, "changes"),
        (INSTANCE.replace("100", "x"), 1, "refused"),
        ("", 1, "refused"),
    ],
)
def test_the_exit_status_and_the_result(
    text: str, status: int, result: str, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = files
    new.write_text(text)

    assert status == diff.run([str(old), str(new), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (result, str(old), str(new)) == (document["result"], document["running"], document["file"])


def test_a_missing_file_would_be_refused(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = files
    new.unlink()

    assert 1 == diff.run([str(old), str(new)])
    assert "does not exist" in capsys.readouterr().out


def test_every_change_names_its_place(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    old, new = files
    new.write_text(INSTANCE.replace("100", "90"))

    diff.run([str(old), str(new), "--json"])
    (one,) = json.loads(capsys.readouterr().out)["objects"]
    expected = {
        "keyword": "priority", "old": "100", "new": "90", "old_at": f"{old}:4:14", "new_at": f"{new}:4:14",
        "block": "",
    }  # fmt: skip
    assert [expected] == one["written"]


@pytest.mark.parametrize("words", [["a"], ["a", "b", "c"], ["a", "b", "-f", "c"]])
def test_other_numbers_of_files_are_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        diff.run(words)


def test_no_daemon_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def nobody(*_: object) -> None:
        raise NoAnswerError("no daemon runs")

    monkeypatch.setattr(diff, "ask", nobody)

    assert 1 == diff.run([])
    assert "pykeepalived diff: no daemon runs" in capsys.readouterr().err


# ---------------------------------------------------------------- the daemon's side


def situation(new: str) -> Situation:
    memory = Memory()
    memory.note(RouterStateChanged("VI_1", SubjectKind.INSTANCE, RouterState.MASTER, 100, 1))
    return Situation(configured(INSTANCE), memory, {}, "/p", 0, "/running", lambda _: configured(new))


def test_the_daemon_knows_what_its_instances_are_now() -> None:
    document = COMMAND.answer({}, Answers(), situation(INSTANCE.replace("100", "90")))

    assert ("/running", "/running") == (document["running"], document["file"])
    assert "stays MASTER, keeps its timers" in json.dumps(document)


def test_another_file_is_read_as_the_daemon_reads_it() -> None:
    asked: list[str] = []

    def read(file: str) -> Configured:
        asked.append(file)
        raise UnusableConfigurationError("/x does not exist", 6)

    document = COMMAND.answer({"file": "/x"}, Answers(), replace(situation(INSTANCE), configure=read))

    assert ["/x"] == asked
    assert ("refused", ["/x does not exist"]) == (document["result"], document["refused"])


@pytest.mark.parametrize("arguments", [{"other": 1}, {"file": 7}])
def test_other_arguments_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(RefusedError):
        COMMAND.ask(arguments, 1, situation(INSTANCE))
