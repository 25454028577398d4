"""Pid files: places, atomicity, a second start, a stale file."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from pykeepalived.daemon import pidfile
from pykeepalived.daemon.pidfile import AlreadyRunningError, OwnPidFile, PidFileError, default_paths

# Seen with keepalived 2.4.3 (shared/reference/golden/samples/cli.cli.json).
PLACES = [
    (None, None, "/run/keepalived.pid", "/run/vrrp.pid", "/run/checkers.pid"),
    ("inst", None, "/run/keepalived/keepalived_inst.pid", "/run/keepalived/vrrp_inst.pid",
     "/run/keepalived/checkers_inst.pid"),
    (None, "dut", "/run/keepalived/dut/keepalived.pid", "/run/keepalived/dut/vrrp.pid",
     "/run/keepalived/dut/checkers.pid"),
]  # fmt: skip


@pytest.mark.parametrize(("instance", "namespace", "supervisor", "vrrp", "checker"), PLACES)
def test_files_are_where_keepalived_puts_them(
    instance: str | None, namespace: str | None, supervisor: str, vrrp: str, checker: str
) -> None:
    paths = default_paths(instance, namespace)
    assert (supervisor, vrrp, checker) == (str(paths.supervisor), str(paths.vrrp), str(paths.checker))


def test_form_and_mode_are_keepaliveds_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "vrrp.pid"
    before = os.umask(0o177)
    try:
        (tmp_path / "sub").mkdir(mode=0o755)
        (tmp_path / "sub").chmod(0o755)
        pidfile.write(path, 42)
    finally:
        os.umask(before)
    assert "42\n" == path.read_text()
    assert 0o644 == path.stat().st_mode & 0o777
    assert [path] == list(path.parent.iterdir())


def test_a_file_is_removed_only_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    pidfile.write(path, 42)
    pidfile.remove(path, 43)
    assert path.exists()
    pidfile.remove(path, 42)
    assert not path.exists()


def test_a_second_daemon_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    path = tmp_path / "keepalived.pid"
    own = OwnPidFile(path)
    with pytest.raises(AlreadyRunningError, match=f"already running with pid {os.getpid()}"):
        pidfile.check_free(path)
    with pytest.raises(AlreadyRunningError):
        OwnPidFile(path)
    assert f"{os.getpid()}\n" == path.read_text()
    own.release()
    assert not path.exists()
    pidfile.check_free(path)


@pytest.mark.parametrize("content", ["", "garbage", "999999999\n", f"{os.getpid()}\n"])
def test_a_stale_file_is_taken_over(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keepalived.pid"
    path.write_text(content)
    own = OwnPidFile(path)
    assert f"{os.getpid()}\n" == path.read_text()
    own.release()


def test_a_number_that_another_program_got_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "keepalived.pid"
    with subprocess.Popen(["sleep", "60"]) as other:
        path.write_text(f"{other.pid}\n")
        OwnPidFile(path).release()
        other.kill()


def test_a_real_keepalived_holds_no_lock_and_is_respected(tmp_path: Path) -> None:
    program = tmp_path / "keepalived"
    program.symlink_to("/bin/sleep")
    path = tmp_path / "keepalived.pid"
    with subprocess.Popen([program, "60"]) as other:
        path.write_text(f"{other.pid}\n")
        with pytest.raises(AlreadyRunningError, match=f"pid {other.pid} "):
            OwnPidFile(path)
        other.kill()


def test_a_file_taken_between_look_and_link_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keepalived.pid"
    link = os.link
    holders: list[int] = []

    def raced(source: str, target: str) -> None:
        if not holders:
            holders.append(os.open(path, os.O_CREAT | os.O_RDWR))
            fcntl.flock(holders[0], fcntl.LOCK_EX)
        link(source, target)

    monkeypatch.setattr(os, "link", raced)
    with pytest.raises(AlreadyRunningError):
        OwnPidFile(path)
    assert "" == path.read_text()
    os.close(holders[0])


@pytest.mark.parametrize("attempt", [OwnPidFile, lambda path: pidfile.write(path, 1)])
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, attempt) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "keepalived.pid"
    with pytest.raises(PidFileError, match=f"cannot write pid file {path}: "):
        attempt(path)


@pytest.mark.parametrize("attempt", [OwnPidFile, lambda path: pidfile.write(path, 1)])
def test_a_full_disk_leaves_no_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempt) -> None:  # type: ignore[no-untyped-def]
    def full(_fd: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(PidFileError, match="No space left on device"):
        attempt(tmp_path / "keepalived.pid")
    assert [] == list(tmp_path.iterdir())


def test_a_mistyped_name_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(PidFileError, match="No such file or directory"):
        OwnPidFile(tmp_path / "rnu" / "keepalived.pid")
    assert [] == list(tmp_path.iterdir())


def test_a_new_folder_is_made_as_keepalived_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pidfile, "RUN_DIRECTORY", tmp_path)
    path = tmp_path / "keepalived" / "dut" / "keepalived.pid"
    before = os.umask(0o177)
    try:
        OwnPidFile(path).release()
    finally:
        os.umask(before)
    assert [0o755, 0o755] == [folder.stat().st_mode & 0o777 for folder in (path.parent, path.parent.parent)]
