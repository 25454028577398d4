"""Which command was meant."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from pykeepalived.cli import main as cli_main
from pykeepalived.cli.keepalived import help_text, version_text
from pykeepalived.cli.main import commands, run

HEAVY = ("asyncio", "structlog", "lark", "pyroute2", "scapy", "dataclasses", "pykeepalived.config")


def test_version_goes_to_standard_error_and_looks_as_tools_expect(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["-v"])
    captured = capsys.readouterr()
    assert captured.err.startswith("Keepalived v2.4.3 (pykeepalived ")
    assert "" == captured.out
    assert version_text() == captured.err


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pykeepalived.cli.main import run; run(['--version']); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


def test_help_names_every_option_and_command() -> None:
    text = help_text()
    for name in ("--use-file=FILE", "--config-test[=FILE]", "-D, --log-detail", *commands()):
        assert name in text


@pytest.mark.parametrize(
    ("name", "number"),
    [("STOP", 15), ("RELOAD", 1), ("DATA", 10), ("STATS", 12), ("STATS_CLEAR", 63), ("JSON", 36)],
)
def test_signal_numbers_are_keepaliveds(name: str, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run([f"--signum={name}"])
    assert f"{number}\n" == capsys.readouterr().out


def test_an_unknown_signal_name_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == run(["--signum", "NONSENSE"])
    assert "Unknown sigfunc NONSENSE\n" == capsys.readouterr().err


def test_a_mistyped_command_starts_no_daemon(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_main, "commands", lambda: {"lint": "", "demo": ""})
    assert 1 == run(["lnit"])
    assert "did you mean 'lint'?" in capsys.readouterr().err


def test_left_over_words_after_options_are_reported_and_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["-v", "word"])
    assert "Unexpected argument(s): word \n" == capsys.readouterr().out


@pytest.mark.parametrize("option", ["--perf", "--debug", "-T", "-L", "-O"])
def test_what_keepalived_was_not_built_with_is_refused(option: str) -> None:
    assert 1 == run([option])


def test_every_command_has_a_module_with_run() -> None:
    for name in commands():
        module = importlib.import_module(f"pykeepalived.cli.{name.replace('-', '_')}")
        assert callable(module.run)
