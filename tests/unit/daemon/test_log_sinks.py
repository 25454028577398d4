"""A log reader that sleeps, is slow, or is gone never makes anyone wait."""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pykeepalived.daemon import log as daemon_log
from pykeepalived.daemon import logging as daemon_logging
from pykeepalived.daemon.logfile import FileSink
from pykeepalived.daemon.logging import LogFormat, LogSettings, Output
from pykeepalived.daemon.logsinks import HELD_LINES, DescriptorSink, SyslogSink
from pykeepalived.ipc.messages import Process


def read_all(fd: int) -> bytes:
    os.set_blocking(fd, False)
    data = b""
    while True:
        try:
            part = os.read(fd, 1 << 20)
        except BlockingIOError:
            return data
        if not part:
            return data
        data += part


def test_a_full_pipe_drops_the_oldest_lines_and_says_how_many() -> None:
    reader, writer = os.pipe()
    sink = DescriptorSink(writer, limit=20)
    for number in range(20_000):
        sink.put(f"line {number}\n".encode())
    assert 20 == len(sink._queue)
    assert sink.dropped > 1000
    data = b""
    for _ in range(5):
        data += read_all(reader)
        sink.flush()
    lines = data.decode().splitlines()
    assert not sink.pending
    assert f"{sink.dropped} log messages dropped: nobody read them in time" == lines[-1]
    numbers = [int(line.removeprefix("line ")) for line in lines[:-1]]
    assert sorted(numbers) == numbers
    assert 20_000 == len(numbers) + sink.dropped
    assert 19_999 == numbers[-1]


def test_a_line_longer_than_the_pipe_comes_out_whole() -> None:
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    sink = DescriptorSink(writer, limit=3)
    sink.put(b"x" * 10_000 + b"\n")
    for letter in b"abcdef":
        sink.put(bytes([letter]) * 5000 + b"\n")
    data = b""
    for _ in range(20):
        data += read_all(reader)
        sink.flush()
    lines = data.decode().splitlines()
    assert "x" * 10_000 == lines[0]
    assert all(len(set(line)) == 1 for line in lines[:-1])
    assert "4 log messages dropped" in lines[-1]


def test_the_shared_pipe_stays_as_it_was_for_others() -> None:
    _reader, writer = os.pipe()
    DescriptorSink(writer).put(b"x\n")
    assert os.get_blocking(writer)


def test_a_reader_that_is_gone_raises_nothing() -> None:
    reader, writer = os.pipe()
    sink = DescriptorSink(writer)
    os.close(reader)
    sink.put(b"x\n")
    assert 1 == sink.dropped
    assert not sink.pending


def test_a_socket_as_standard_output() -> None:
    near, far = socket.socketpair()
    sink = DescriptorSink(near.fileno(), limit=5)
    for _ in range(20_000):
        sink.put(b"y" * 99 + b"\n")
    assert sink.dropped > 0
    assert near.getblocking()
    assert far.recv(100) == b"y" * 99 + b"\n"


@pytest.fixture
def dev_log(tmp_path: Path) -> socket.socket:
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(str(tmp_path / "log"))
    receiver.setblocking(False)
    return receiver


def test_an_unread_syslog_socket_makes_nobody_wait(dev_log: socket.socket) -> None:
    sink = SyslogSink(dev_log.getsockname(), limit=10)
    for number in range(5000):
        sink.put(f"<30>{number}".encode())
    assert 10 == len(sink._queue)
    assert sink.dropped > 1000
    got = []
    for _ in range(5000):
        try:
            got.append(dev_log.recv(1000))
        except BlockingIOError:
            sink.flush()
            if not sink.pending:
                break
    assert b"log messages dropped" in got[-1] or not sink.pending


def test_a_missing_syslog_socket_is_found_when_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0]
    monkeypatch.setattr("pykeepalived.daemon.logsinks.time.monotonic_ns", lambda: now[0])
    sink = SyslogSink(str(tmp_path / "log"), limit=10)
    sink.put(b"one")
    assert sink.pending
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(str(tmp_path / "log"))
    sink.put(b"two")
    assert sink.pending, "not tried again within a second"
    now[0] = 2_000_000_000
    sink.put(b"three")
    assert [b"one", b"two", b"three"] == [receiver.recv(100) for _ in range(3)]


def test_a_restarted_syslog_daemon_gets_the_next_line(tmp_path: Path) -> None:
    path = str(tmp_path / "log")
    first = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    first.bind(path)
    sink = SyslogSink(path)
    sink.put(b"one")
    first.close()
    Path(path).unlink()
    second = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    second.bind(path)
    sink.put(b"two")
    assert b"two" == second.recv(100)


def syslog_output(dev_log: socket.socket, settings: LogSettings) -> Output:
    output = Output(Process.VRRP, settings)
    output._syslog = SyslogSink(dev_log.getsockname())
    return output


def test_syslog_lines_have_keepaliveds_form(dev_log: socket.socket) -> None:
    output = syslog_output(dev_log, LogSettings())
    output.write("info", "(VI_1) Entering MASTER STATE", {"instance": "VI_1"})
    output.write("warning", "careful", {})
    for prefix, text in (("<30>", "(VI_1) Entering MASTER STATE"), ("<28>", "careful")):
        line = dev_log.recv(1000).decode()
        stamp = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
        tail = re.escape(f"Keepalived_vrrp[{os.getpid()}]: {text}")
        assert re.fullmatch(f"{prefix}{stamp} {tail}", line)


def test_json_lines_carry_the_fields(dev_log: socket.socket) -> None:
    output = syslog_output(dev_log, LogSettings(format=LogFormat.JSON))
    output.write("info", "(VI_1) Entering MASTER STATE", {"instance": "VI_1"})
    body = json.loads(dev_log.recv(1000).decode().partition("]: ")[2])
    assert "Keepalived_vrrp" == body["process"]
    assert ("(VI_1) Entering MASTER STATE", "VI_1", "info") == (
        body["message"], body["instance"], body["level"],
    )  # fmt: skip


@pytest.mark.parametrize(("detail", "expected"), [(0, ["plain"]), (1, ["plain", "detail"])])
def test_details_are_for_d_only(detail: int, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(Output, "write", lambda _self, _level, text, _fields: written.append(text))
    daemon_logging.configure(Process.VRRP, LogSettings(syslog=False, detail=detail))
    log = daemon_log.get_logger()
    log.info("plain")
    log.debug("detail")
    assert expected == written
    daemon_log.configure(None)


def test_lines_of_a_burst_wait_for_each_other_and_come_in_order(tmp_path):
    path = tmp_path / "log"
    sink = FileSink(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), threaded=False)
    sink.held = True
    lines = [b"%d\n" % number for number in range(HELD_LINES + 3)]
    for line in lines[: HELD_LINES - 1]:
        sink.put(line)
    assert b"" == path.read_bytes()

    for line in lines[HELD_LINES - 1 :]:
        sink.put(line)
    sink.held = False
    sink.flush()

    assert b"".join(lines) == path.read_bytes()
    assert 0 == sink.dropped


def test_a_plain_line_needs_no_structlog_and_an_exception_is_rendered_by_it() -> None:
    code = """
import sys
from pykeepalived.daemon import log
lines = []
log.configure(lambda level, text, fields: lines.append((level, text, *fields)), "info", plain=True)
log.get_logger().info("(VI_1) Entering MASTER STATE", instance="VI_1")
log.get_logger().debug("not asked for")
print("structlog" in sys.modules, lines)
try:
    1 / 0
except ZeroDivisionError:
    log.get_logger().exception("this is a bug")
print("structlog" in sys.modules, lines[1:])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [
        "False [('info', '(VI_1) Entering MASTER STATE', 'instance')]",
        "True [('error', 'this is a bug', 'exception')]",
    ] == done.stdout.splitlines()
