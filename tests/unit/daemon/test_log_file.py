"""A log file on a disk that is full, slow or does not answer makes nobody wait.

A pipe that nobody reads stands for the disk: writing to it waits as well.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.daemon import logging as daemon_logging
from pykeepalived.daemon.logfile import LAST_LINES_S, STACK_BYTES, FileSink, open_log_file
from pykeepalived.daemon.logging import LogSettings
from pykeepalived.ipc.messages import Process

PATIENCE_S = 20.0
LOOP = asyncio.new_event_loop()


@pytest.fixture
def disk() -> Iterator[tuple[int, FileSink]]:
    """What reads the disk, and a threaded sink of five lines on it that hangs with its first one."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    while True:
        try:
            os.write(writer, bytes(1 << 16))
        except BlockingIOError:
            break
    os.set_blocking(writer, True)
    sink = FileSink(writer, threaded=True, limit=5)
    sink.attach(LOOP)
    sink.put(b"first\n")
    deadline = time.monotonic() + PATIENCE_S
    while not sink._busy and time.monotonic() < deadline:
        os.sched_yield()
    yield reader, sink
    sink.close()
    os.close(reader)
    os.close(writer)


def read_until(fd: int, end: bytes) -> bytes:
    data, deadline = b"", time.monotonic() + PATIENCE_S
    while not data.endswith(end) and time.monotonic() < deadline:
        data += os.read(fd, 1 << 20)
    return data.lstrip(b"\0")


def test_nobody_waits_for_a_disk_that_does_not_answer(disk: tuple[int, FileSink]) -> None:
    reader, sink = disk
    for number in range(20):
        sink.put(b"%d\n" % number)

    assert 15 == sink.dropped
    assert (
        b"first\n" + b"".join(b"%d\n" % number for number in range(15, 20))
        + b"15 log messages dropped: the file took none\n"
    ) == read_until(reader, b"none\n")  # fmt: skip


def test_the_end_of_a_process_does_not_wait_for_it_either(disk: tuple[int, FileSink]) -> None:
    _, sink = disk
    began = time.monotonic()

    sink.flush()

    assert LAST_LINES_S * 0.9 <= time.monotonic() - began < PATIENCE_S


def test_the_end_of_a_process_waits_for_a_disk_that_answers(tmp_path: Path) -> None:
    sink = open_log_file(str(tmp_path / "keepalived.log"), "_vrrp", threaded=True)
    sink.attach(LOOP)
    lines = b"".join(b"%d\n" % number for number in range(500))
    for line in lines.splitlines(keepends=True):
        sink.put(line)

    sink.flush()

    assert lines == (tmp_path / "keepalived_vrrp.log").read_bytes()
    sink.close()


def test_lines_that_found_no_space_are_counted_and_told_when_there_is_some(tmp_path: Path) -> None:
    file = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    full = os.open("/dev/full", os.O_WRONLY)
    place = os.dup(full)
    sink = FileSink(place, threaded=False)
    sink.put(b"lost\n")
    sink.put(b"lost, too\n")
    os.dup2(file, place)

    sink.put(b"kept\n")
    sink.put(b"kept, too\n")

    assert "kept\n2 log messages dropped: the file took none\nkept, too\n" == (tmp_path / "log").read_text()
    assert 2 == sink.dropped


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    (tmp_path / "keepalived_vrrp.log").write_text("before\n")
    sink = open_log_file(str(tmp_path / "keepalived.log"), "_vrrp")
    sink.put(b"after\n")

    assert "before\nafter\n" == (tmp_path / "keepalived_vrrp.log").read_text()


@pytest.mark.parametrize(("process", "threads"), [(Process.VRRP, 1), (Process.SUPERVISOR, 0)])
def test_only_processes_that_never_fork_get_a_thread(process: Process, threads: int, tmp_path: Path) -> None:
    before = threading.active_count()
    output = daemon_logging.Output(process, LogSettings(syslog=False, file=str(tmp_path / "log")))
    output.attach(LOOP)

    assert threads == threading.active_count() - before
    assert 0 == threading.stack_size() < STACK_BYTES
    output.close()
