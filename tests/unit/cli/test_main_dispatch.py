"""Which command was meant."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pykeepalived.cli import main as cli_main
from pykeepalived.cli.keepalived import help_text, version_text
from pykeepalived.cli.main import commands, run

HEAVY = ("asyncio", "structlog", "lark", "pyroute2", "scapy", "dataclasses", "pykeepalived.config")


def test_version_goes_to_standard_error_and_looks_as_tools_expect(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["-v"])
    captured = capsys.readouterr()
    assert captured.err.startswith("Keepalived v2.4.3 (08/13,2026), pykeepalived ")
    assert "--enable-json" in captured.err, "exporters look for it before they send the signal"
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


@pytest.mark.parametrize(
    "command", ["rules", "explain PK101", "dump-config {file}", "lint {file}", "fmt - <{file}"]
)
def test_a_full_disk_is_said_in_one_line(command: str, tmp_path: Path) -> None:
    file = tmp_path / "a.conf"
    file.write_text("global_defs {\n    router_id a\n}\n", encoding="utf-8")
    line = f"{sys.executable} -m pykeepalived {command.format(file=file)} >/dev/full"
    done = subprocess.run(line, shell=True, capture_output=True, text=True)
    assert 2 == done.returncode
    assert f"pykeepalived {command.split()[0]}: No space left on device\n" == done.stderr


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    line = f"{{ {sys.executable} -m pykeepalived rules --markdown; echo $? >&2; }} | head -c 1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True)
    assert done.stderr.strip() in {"0", "141"}


def test_a_file_that_may_not_be_written_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.conf"
    file.write_text("global_defs {\nrouter_id a\n}\n", encoding="utf-8")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr("pykeepalived.cli.fmt.rewrite", refuse)
    assert 2 == run(["fmt", str(file)])
    assert f"{file} is not reformatted: Permission denied\n" == capsys.readouterr().err


def test_a_test_whose_log_cannot_be_written_is_no_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == run(["-t/nonexistent/log", "-f", "/dev/null"])
    assert "/nonexistent/log cannot be written: No such file or directory" in capsys.readouterr().err


def test_a_dump_of_a_broken_file_says_what_is_broken(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.conf"
    assert 1 == run(["dump-config", str(file)])
    assert f"{file}:1:1: {file} does not exist" in capfd.readouterr().err


def test_a_dump_keeps_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "a.conf"
    file.write_bytes(b"global_defs {\n router_id caf\xe9\n}\n")
    command = [sys.executable, "-m", "pykeepalived", "dump-config", str(file)]
    done = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": "utf-8:strict"}, check=True)
    assert b"router_id caf\xe9\n" in done.stdout


_TOLD_AT_THE_FIRST_IMPORT = """
import signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("pykeepalived.daemon"):
            print(*sorted(int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, ())))
            sys.exit(0)
sys.meta_path.insert(0, Finder())
from pykeepalived.cli.keepalived import run
run(["-n", "-f", "/nowhere/keepalived.conf"])
"""


def test_signals_wait_before_anything_of_the_daemon_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TOLD_AT_THE_FIRST_IMPORT], capture_output=True, text=True, check=True
    )

    usual = {signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2}
    assert usual <= {int(word) for word in done.stdout.split()}
