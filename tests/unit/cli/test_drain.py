"""``drain`` and ``undrain``: what is asked, when waiting ends, what is said, exit statuses."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from pykeepalived.cli import drain, serverload, undrain
from pykeepalived.cli.asking import NoAnswerError, NotRunningError
from pykeepalived.cli.drain import Waiting
from pykeepalived.cli.serverload import Load, hints, state, table

SERVER = Load(
    service="[203.0.113.1]:tcp:80", server="[192.0.2.11]:tcp:80", up=True, drained=True, weight=0,
    full_weight=10, present=True, active=0, inactive=0, persistent=0, sticks=False,
    datagrams=False,
)  # fmt: skip


class Clock:
    """Time passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def wait(
    *seen: Load, ends_after: float | None = 60.0, inactive_too: bool = False
) -> tuple[bool, float, Load]:
    """Waiting over what is seen look by look (the last for ever): in time?, how long, what was seen last."""
    clock, rest = Clock(), list(seen)
    waiting = Waiting(
        look=lambda: [rest.pop(0) if len(rest) > 1 else rest[0]],
        inactive_too=inactive_too,
        ends_at=None if ends_after is None else 100.0 + ends_after,
        progress=None,
        clock=clock,
        sleep=clock.sleep,
    )
    done = waiting.wait([rest.pop(0) if len(rest) > 1 else rest[0]])
    return done, clock.now - 100.0, waiting.seen[0]


class TestWaiting:
    def test_it_ends_when_there_was_no_active_connection_for_a_second(self) -> None:
        assert (True, 1.0, SERVER) == wait(SERVER)
        assert (True, 2.0, SERVER) == wait(replace(SERVER, active=2), replace(SERVER, active=1), SERVER)

    def test_a_handshake_that_completes_late_begins_it_anew(self) -> None:
        assert (True, 2.0, SERVER) == wait(SERVER, replace(SERVER, active=1), SERVER)

    def test_it_ends_when_the_time_is_over(self) -> None:
        busy = replace(SERVER, active=1)
        done, after, seen = wait(busy, ends_after=1.2)
        assert (False, pytest.approx(1.2), busy) == (done, after, seen)

    def test_inactive_ones_and_templates_count_only_where_they_matter(self) -> None:
        inactive, template = replace(SERVER, inactive=3), replace(SERVER, persistent=3)

        assert wait(inactive)[0]
        assert not wait(inactive, inactive_too=True)[0]
        assert not wait(replace(inactive, datagrams=True))[0]
        assert wait(template)[0]
        assert not wait(replace(template, sticks=True))[0]

    def test_what_cannot_be_counted_is_never_empty(self) -> None:
        assert not wait(replace(SERVER, active=None))[0]


class Daemon:
    """Answers from a list; keeps what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Load | Exception) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers = list(answers)
        monkeypatch.setattr(serverload, "ask", self.ask)
        monkeypatch.setattr(drain.time, "sleep", lambda _: None)
        monkeypatch.setattr(drain, "SETTLE_S", 0.0)

    def ask(self, _pid_file: str | None, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((command, arguments))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return {"servers": [asdict(answer)]}


class TestDrain:
    def test_a_server_without_connections_is_drained(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        daemon = Daemon(monkeypatch, replace(SERVER, active=1), SERVER)

        assert 0 == drain.run(["192.0.2.11:80", "--service", "203.0.113.1"])

        where = {"server": "192.0.2.11:80", "service": "203.0.113.1"}
        assert ("drain", {**where, "force": False}) == daemon.asked[0]
        assert ("connections", where) == daemon.asked[1]
        out, err = capsys.readouterr()
        assert "up, drained  0 of 10" in out
        assert out.splitlines()[-1].startswith("drained after ")
        assert "drain there too" in err
        assert "1 active, 0 inactive, 0 persistent (0 s)\n" in err

    def test_a_timeout_is_3_and_says_that_it_stays(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Daemon(monkeypatch, replace(SERVER, active=1))

        assert 3 == drain.run(["192.0.2.11", "--timeout", "0"])
        assert "it stays drained, `pykeepalived undrain 192.0.2.11` undoes it" in capsys.readouterr().out

    def test_json_is_the_only_thing_printed(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Daemon(monkeypatch, SERVER)

        assert 0 == drain.run(["192.0.2.11", "--json"])

        out, err = capsys.readouterr()
        document = json.loads(out)
        assert ("drained", [asdict(SERVER)], "") == (document["result"], document["servers"], err)

    def test_an_interrupt_is_130_and_leaves_it_drained(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        daemon = Daemon(monkeypatch, replace(SERVER, active=1), KeyboardInterrupt())

        assert 130 == drain.run(["192.0.2.11"])
        assert "no longer waiting; it stays drained" in capsys.readouterr().out
        assert ["drain", "connections"] == [command for command, _ in daemon.asked]

    def test_a_daemon_that_ends_meanwhile_is_an_error(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Daemon(monkeypatch, replace(SERVER, active=1), NotRunningError("the daemon ended"))

        assert 1 == drain.run(["192.0.2.11"])
        assert "the daemon ended; if it runs on, the server is drained" in capsys.readouterr().err

    def test_a_checker_process_that_is_started_anew_is_waited_for(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        nobody = NoAnswerError("it does not run just now")
        Daemon(monkeypatch, SERVER, nobody, nobody, SERVER)
        monkeypatch.setattr(drain, "SETTLE_S", 0.001)

        assert 0 == drain.run(["192.0.2.11"])
        assert "? active" not in capsys.readouterr().out

    def test_but_not_for_ever(self) -> None:
        clock = Clock()

        def look() -> list[Load]:
            raise NoAnswerError("nobody there")

        with pytest.raises(NoAnswerError):
            Waiting(look, False, None, None, clock, clock.sleep).wait([SERVER])
        assert drain.PATIENCE_S <= clock.now - 100 < drain.PATIENCE_S + 2

    def test_a_refusal_is_1(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Daemon(monkeypatch, NoAnswerError("no real server is 'x'"))

        assert 1 == drain.run(["x"])
        assert "pykeepalived drain: no real server is 'x'\n" == capsys.readouterr().err

    def test_without_a_table_to_read_it_does_not_wait_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Daemon(monkeypatch, replace(SERVER, active=None))

        assert 1 == drain.run(["192.0.2.11"])
        assert 0 == drain.run(["192.0.2.11", "--no-wait"])

    def test_no_wait_and_list_ask_once(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        daemon = Daemon(monkeypatch, replace(SERVER, active=5))

        assert 0 == drain.run(["192.0.2.11", "--no-wait"])
        assert 0 == drain.run(["--list"])

        assert [
            ("drain", {"server": "192.0.2.11", "force": False}), ("connections", {}),
        ] == daemon.asked  # fmt: skip
        assert "active" in capsys.readouterr().out

    @pytest.mark.parametrize("text", ["x", "-1", "86401", "nan", "inf"])
    def test_a_time_that_is_none_is_refused(self, text: str, capsys: pytest.CaptureFixture[str]) -> None:
        for command, option in ((drain, "--timeout"), (undrain, "--slow-start")):
            with pytest.raises(SystemExit):
                command.run(["192.0.2.11", f"{option}={text}"])
            assert f"'{text}' is not 0 to 86400 seconds" in capsys.readouterr().err

    def test_somebody_has_to_be_named(self) -> None:
        for command in (drain, undrain):
            with pytest.raises(SystemExit):
                command.run([])


class TestUndrain:
    def test_the_daemon_is_told_how_slowly(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        daemon = Daemon(monkeypatch, replace(SERVER, drained=False, weight=1))

        assert 0 == undrain.run(["192.0.2.11", "--slow-start", "30"])

        assert [("undrain", {"server": "192.0.2.11", "slow_start_s": 30.0})] == daemon.asked
        assert "up, starting slowly  1 of 10" in capsys.readouterr().out

    def test_it_says_when_there_is_nothing_to_step_through(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Daemon(monkeypatch, replace(SERVER, drained=False, weight=None, full_weight=1, up=False))

        assert 0 == undrain.run(["192.0.2.11", "--slow-start", "30"])

        err = capsys.readouterr().err
        assert "[192.0.2.11]:tcp:80 is down" in err
        assert "leaves no steps" in err


def test_hints_tell_of_other_directors_and_of_persistence() -> None:
    assert "(its instance is not Master)" in hints([replace(SERVER, present=False)])[0]
    assert "another director" in hints([SERVER])[0]
    assert "expire_quiescent_template" in hints([replace(SERVER, sticks=True)])[1]


def test_the_table_tells_state_and_numbers() -> None:
    assert "down, drained, not served here" == state(replace(SERVER, up=False, present=False))
    assert "up" == state(replace(SERVER, drained=False, weight=10))
    assert [
        "[203.0.113.1]:tcp:80",
        "[192.0.2.11]:tcp:80",
        "up,",
        "drained",
        "0",
        "of",
        "10",
        "?",
        "0",
        "0",
    ] == (table([replace(SERVER, active=None)]).splitlines()[1].split())
