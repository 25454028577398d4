"""How a daemon's log is read, and what is concluded while it is not."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.lab.director import SLOW_BYTES, DaemonFiles, Director, Program, Reading

PATIENCE_S = 20.0


@pytest.fixture
def director(tmp_path: Path) -> Iterator[Director]:
    """One whose daemon says nothing until it is told to end."""
    program = "import signal, sys; print('ready', flush=True); signal.pause(); "
    found = Director("a", Program.PYKEEPALIVED, [sys.executable, "-c", program], tmp_path / "a.log")
    deadline = time.monotonic() + PATIENCE_S
    while b"ready" not in (tmp_path / "a.log").read_bytes() and time.monotonic() < deadline:
        list(found.read())
    yield found
    found.signal_main(9)
    found.close()


def writable(director: Director) -> bool:
    """Whether its daemon could write a byte now."""
    writer = os.open(f"/proc/self/fd/{director.fileno()}", os.O_WRONLY | os.O_NONBLOCK)
    try:
        os.write(writer, b".")
    except BlockingIOError:
        return False
    finally:
        os.close(writer)
    return True


def waiting(director: Director) -> int:
    """Bytes in its pipe."""
    return int(struct.unpack("i", fcntl.ioctl(director.fileno(), termios.FIONREAD, bytes(4)))[0])


def test_a_stuck_reader_leaves_the_pipe_full(director: Director) -> None:
    director.read_log(Reading.STUCK)

    assert [] == list(director.read())
    assert not writable(director)


def test_a_slow_reader_takes_a_little(director: Director) -> None:
    director.read_log(Reading.SLOW)
    full = waiting(director)
    deadline = time.monotonic() + PATIENCE_S
    while waiting(director) == full and time.monotonic() < deadline:
        list(director.read())

    assert full - SLOW_BYTES == waiting(director)


def test_a_reader_that_is_back_takes_everything_and_keeps_no_filling(
    director: Director, tmp_path: Path
) -> None:
    director.read_log(Reading.STUCK)
    director.read_log(Reading.FINE)
    list(director.read())

    assert writable(director)
    assert len((tmp_path / "a.log").read_bytes()) < 100


def test_a_log_file_is_asked_for_by_its_option() -> None:
    files = DaemonFiles(Path("/etc/keepalived/keepalived.conf"), log_file="/run/keepalived.log")

    assert "--log-file=/run/keepalived.log" in files.argv(Program.PYKEEPALIVED)
