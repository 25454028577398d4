"""startup_script and shutdown_script run once, within their time."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from pykeepalived.config.load import load
from pykeepalived.daemon.once_scripts import OnceScript, once_scripts, run_once
from pykeepalived.ipc.messages import ScriptUser
from pykeepalived.notify.plan import Command, PlanBuilder
from pykeepalived.syntax.source import DictLoader

ME = ScriptUser(os.getuid(), os.getgid())


def script(text: str, timeout_s: int = 10) -> OnceScript:
    return OnceScript("startup_script", Command(("/bin/sh", "-c", text), ME), timeout_s)


def test_it_is_over_when_the_call_returns(tmp_path: Path) -> None:
    assert run_once(script(f"echo done > {tmp_path}/mark"), 0o077)
    assert "done\n" == (tmp_path / "mark").read_text()
    assert 0o600 == (tmp_path / "mark").stat().st_mode & 0o777


def test_a_failure_is_told_and_raises_nothing() -> None:
    assert not run_once(script("exit 3"), 0o077)
    assert not run_once(OnceScript("startup_script", Command(("/does/not/exist",), ME), 1), 0o077)


def test_one_that_does_not_end_is_ended_with_all_it_started(tmp_path: Path) -> None:
    before = time.monotonic()
    assert not run_once(script(f"trap '' TERM; echo $$ > {tmp_path}/pid; sleep 60; sleep 60", 1), 0o077)
    assert time.monotonic() - before < 20
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_a_stop_ends_it_before_its_time() -> None:
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.send(b"x")
        before = time.monotonic()
        assert not run_once(script("sleep 60", 50), 0o077, reader, lambda: True)
        assert time.monotonic() - before < 20


def test_other_signals_do_not_end_it() -> None:
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.send(b"x")
        assert run_once(script("sleep 0.1"), 0o077, reader, lambda: not reader.recv(1))


def test_timeouts_are_those_of_the_configuration() -> None:
    text = 'global_defs {\n startup_script /bin/true root\n shutdown_script "/bin/echo off" root\n'
    text += " shutdown_script_timeout 4\n}\n"
    config = load("/a.conf", DictLoader({"/a.conf": text}), host=None, config_id="a").config
    before, after, problems = once_scripts(config, PlanBuilder(lambda _: ME))
    assert OnceScript("startup_script", Command(("/bin/true",), ME), 10) == before
    assert OnceScript("shutdown_script", Command(("/bin/echo", "off"), ME), 4) == after
    assert [] == problems
