"""The command lines of ``status`` and of ``explain`` for an instance."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.cli import explain, status
from pykeepalived.cli.asking import NoAnswerError, NotRunningError
from pykeepalived.ipc.messages import Process, RouterState
from tests.support.status_parts import document, instance


class Daemon:
    """What stands for the daemon: a document, or why there is none."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = document(instance(), instance("VI_2", RouterState.MASTER))
        self.problem: NoAnswerError | None = None
        self.asked: list[tuple[str | None, str]] = []
        self.held: frozenset[tuple[str, str, int]] | None = frozenset({("eth0", "198.51.100.1", 32)})

    def ask(self, pid_file: str | None, command: str) -> tuple[dict[str, Any], int]:
        self.asked.append((pid_file, command))
        if self.problem is not None:
            raise self.problem
        return json.loads(json.dumps(self.document)), 42


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    made = Daemon()
    monkeypatch.setattr(status, "ask_with_pid", made.ask)
    monkeypatch.setattr(status, "held_addresses", lambda pid: made.held if pid == 42 else None)
    return made


def test_status_shows_every_instance(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == status.run([])

    assert {"VI_1", "VI_2"} <= set(capsys.readouterr().out.split())
    assert [(None, "status")] == daemon.asked


def test_the_daemon_is_chosen_by_its_pid_file(daemon: Daemon) -> None:
    assert 0 == status.run(["-p", "/run/x.pid"])

    assert [("/run/x.pid", "status")] == daemon.asked


def test_json_has_what_the_kernel_holds(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == status.run(["--json"])

    told = json.loads(capsys.readouterr().out)
    assert [True, True] == [one["addresses"][0]["in_kernel"] for one in told["instances"]]


def test_json_may_be_of_some_instances(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == status.run(["--json", "VI_2"])

    assert ["VI_2"] == [one["name"] for one in json.loads(capsys.readouterr().out)["instances"]]


def test_a_namespace_that_cannot_be_seen_is_not_known(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.held = None
    assert 0 == status.run(["--json", "VI_2"])

    assert [None] == [
        one["addresses"][0]["in_kernel"] for one in json.loads(capsys.readouterr().out)["instances"]
    ]


def test_no_daemon_is_an_error(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.problem = NotRunningError("no daemon runs")

    assert 1 == status.run([])
    assert ("", "pykeepalived status: no daemon runs\n") == tuple(capsys.readouterr())


@pytest.mark.parametrize(
    ("name", "words"),
    [("VI_3", "did you mean VI_"), ("vi_2", "did you mean VI_2"), ("x", "there are VI_1, VI_2")],
)
def test_an_unknown_instance_is_named(
    daemon: Daemon, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    assert 1 == status.run([name])
    assert words in capsys.readouterr().err


def test_nothing_is_said_against_an_instance_whose_process_is_silent(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.document = document(silent=frozenset({Process.VRRP}))

    assert 1 == status.run(["VI_1"])
    assert "nothing is known of VI_1: Keepalived_vrrp does not answer" in capsys.readouterr().err


def test_metrics_may_go_to_a_file_that_all_may_read(daemon: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "keepalived.prom"
    file.write_text("old")

    assert 0 == status.run(["--metrics", "--output", str(file)])

    assert "pykeepalived_up 1" in file.read_text().splitlines()
    assert 0o644 == stat.S_IMODE(file.stat().st_mode)
    assert [file] == list(tmp_path.iterdir())


def test_metrics_say_that_the_daemon_is_down(daemon: Daemon, tmp_path: Path) -> None:
    daemon.problem = NotRunningError("no daemon runs")
    file = tmp_path / "keepalived.prom"

    assert 1 == status.run(["--metrics", "--output", str(file)])
    assert "pykeepalived_up 0" in file.read_text().splitlines()


def test_without_metrics_a_failure_leaves_the_file_as_it_was(daemon: Daemon, tmp_path: Path) -> None:
    daemon.problem = NotRunningError("no daemon runs")
    file = tmp_path / "status.json"
    file.write_text("old")

    assert 1 == status.run(["--json", "--output", str(file)])
    assert "old" == file.read_text()


def test_a_folder_that_is_missing_is_named_as_it_was_given(daemon: Daemon) -> None:
    with pytest.raises(OSError, match=r"No such file or directory: '/nowhere/x\.prom'"):
        status.run(["--metrics", "--output", "/nowhere/x.prom"])


def test_a_link_is_replaced_and_not_followed(daemon: Daemon, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link.prom"
    target.write_text("precious")
    link.symlink_to(target)

    assert 0 == status.run(["--metrics", "--output", str(link)])
    assert "precious" == target.read_text()
    assert not link.is_symlink()


def test_watch_draws_again_and_ends_quietly(
    daemon: Daemon, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        daemon.problem = NotRunningError("no daemon runs")
        if len(waited) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)

    assert 0 == status.run(["--watch", "-n", "0"])

    text = capsys.readouterr().out
    assert 1 == text.count("INSTANCE")
    assert 2 == text.count("no daemon runs")  # and it goes on: the daemon may be starting anew
    assert all(status.SHORTEST_INTERVAL_S / 2 < seconds <= status.SHORTEST_INTERVAL_S for seconds in waited)


def test_a_page_is_cut_to_the_terminal() -> None:
    page = "".join(f"line {number} of many\n" for number in range(10))

    drawn = status.on_screen(page, 6, 5)

    assert "\033[Hline 0\033[K\nline 1\033[K\nline 2\033[K\n... an\033[K\n\033[J" == drawn
    assert 10 == status.on_screen(page, 80, 11).count("many")
    assert "... and 8 more lines" in status.on_screen(page, 80, 4)


def test_explain_speaks_of_an_instance(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == explain.run(["VI_1"])
    assert capsys.readouterr().out.startswith("VI_1 (VRID 51 on eth0) is Backup")


def test_explain_of_rules_and_keywords_asks_nobody(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == explain.run(["PK408", "priority"])

    assert "PK408 nopreempt-with-master" in capsys.readouterr().out
    assert [] == daemon.asked


def test_an_instance_with_the_name_of_a_keyword_is_asked_for_with_its_pid_file(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.document = document(instance("priority"))

    assert 0 == explain.run(["-p", "/run/keepalived.pid", "priority"])
    assert capsys.readouterr().out.startswith("priority (VRID 51")


def test_explain_of_nothing_known_says_what_it_might_have_been(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == explain.run(["VI_3", "nopreemt"])

    instance_line, keyword_line = capsys.readouterr().err.splitlines()
    assert "VI_3: neither a rule nor a keyword; no instance VI_3; did you mean VI_" in instance_line
    assert "did you mean nopreempt" in keyword_line


def test_explain_without_a_daemon_says_so(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.problem = NotRunningError("no daemon runs")

    assert 1 == explain.run(["nopreemt"])

    expected = "nopreemt: neither a rule nor a keyword (did you mean nopreempt, preempt?); nor an instance"
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(expected)
    assert line.endswith(": no daemon runs")


def test_with_a_pid_file_rules_and_keywords_are_explained_all_the_same(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == explain.run(["-p", "/run/keepalived.pid", "VI_1", "PK408"])

    text = capsys.readouterr().out
    assert "VI_1 (VRID 51" in text
    assert "PK408 nopreempt-with-master" in text
