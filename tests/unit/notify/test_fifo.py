"""FIFOs: made, kept, never waited for."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pykeepalived.ipc.messages import ScriptUser
from pykeepalived.notify.fifo import FifoError, NotifyFifo
from pykeepalived.notify.plan import FifoSettings

ME = ScriptUser(os.getuid(), os.getgid())


def settings(path: Path) -> FifoSettings:
    return FifoSettings(str(path), ME)


def test_an_absent_fifo_is_made_private_and_removed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    fifo = NotifyFifo(settings(path))
    mode = path.stat().st_mode
    assert stat.S_ISFIFO(mode)
    assert 0o600 == stat.S_IMODE(mode)
    fifo.close(remove=True)
    assert not path.exists()


def test_a_fifo_that_was_there_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    NotifyFifo(settings(path)).close(remove=True)
    assert path.exists()


def test_one_of_ours_stays_ours_over_a_reload(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    NotifyFifo(settings(path)).close(remove=False)
    NotifyFifo(settings(path), ours=True).close(remove=True)
    assert not path.exists()


def test_lines_wait_for_a_reader_that_comes_later(tmp_path: Path) -> None:
    fifo = NotifyFifo(settings(tmp_path / "fifo"))
    fifo.write('INSTANCE "VI_1" MASTER 100\n')
    fifo.write("VS [192.0.2.1]:tcp:80 UP\n\0")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    assert b'INSTANCE "VI_1" MASTER 100\nVS [192.0.2.1]:tcp:80 UP\n\0' == os.read(reader, 1000)
    os.close(reader)
    fifo.close(remove=True)


def test_a_full_fifo_loses_lines_and_nobody_waits(tmp_path: Path) -> None:
    fifo = NotifyFifo(settings(tmp_path / "fifo"))
    for _ in range(5000):
        fifo.write("x" * 100 + "\n")
    assert 0 < fifo.lost < 5000
    fifo.close(remove=True)


def test_something_else_of_that_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "fifo").write_text("")
    with pytest.raises(FifoError, match="it exists and is no FIFO"):
        NotifyFifo(settings(tmp_path / "fifo"))


def test_what_took_its_place_meanwhile_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "fifo"
    path.write_text("precious")
    monkeypatch.setattr(NotifyFifo, "_make", lambda self: False)  # it was a FIFO when it was looked at

    with pytest.raises(FifoError, match="no FIFO any more"):
        NotifyFifo(settings(path))
    assert "precious" == path.read_text()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FifoError, match="No such file or directory"):
        NotifyFifo(settings(tmp_path / "absent" / "fifo"))
