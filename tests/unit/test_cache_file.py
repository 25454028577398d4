"""Files beside the byte code: whole, and for whoever may read the program."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived import cache_file


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
def test_what_a_daemon_writes_others_read_too(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    assert cache_file.written(str(path), b"abc")
    assert Path(cache_file.__file__).stat().st_mode & 0o777 & 0o666 == path.stat().st_mode & 0o777
    view = cache_file.mapped(str(path))
    assert view is not None
    assert b"abc" == bytes(view)


def test_a_file_that_is_missing_or_empty_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert cache_file.mapped(str(tmp_path / "empty")) is None
    assert cache_file.mapped(str(tmp_path / "missing")) is None


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    assert not cache_file.written(str(tmp_path / "missing" / "kept"), b"abc")
    assert [] == list(tmp_path.iterdir())
