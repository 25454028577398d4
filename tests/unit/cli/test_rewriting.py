"""Files are replaced as a whole, keep what they are, and are left alone where they are not ours to change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pykeepalived.cli.main import run
from pykeepalived.cli.rewriting import rewrite

UNTIDY = "global_defs {\nrouter_id a\n}\n"


def test_mode_owner_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.conf", tmp_path / "link.conf"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    before = real.stat()
    rewrite(str(link), b"new")
    after = real.stat()

    assert "new" == real.read_text()
    assert link.is_symlink()
    assert (before.st_mode, before.st_uid, before.st_gid) == (after.st_mode, after.st_uid, after.st_gid)
    assert ["link.conf", "real.conf"] == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize("command", [["fmt"], ["lint", "--isolated", "--fix"]])
def test_a_read_only_file_is_left_alone_and_that_is_said(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.conf"
    file.write_text(UNTIDY.replace("router_id a", "lvs_flush_onstop"))
    file.chmod(0o444)

    assert 2 == run([*command, str(file)])
    assert "read-only" in capsys.readouterr().err
    assert UNTIDY.replace("router_id a", "lvs_flush_onstop") == file.read_text()
    assert 0o444 == file.stat().st_mode & 0o777


def test_a_file_of_somebody_else_stays_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.conf"
    file.write_text("old")
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)

    with pytest.raises(PermissionError, match="belongs to user"):
        rewrite(str(file), b"new")
    assert "old" == file.read_text()


def test_nothing_is_left_behind_when_the_owner_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.conf"
    file.write_text("old")

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    with pytest.raises(PermissionError):
        rewrite(str(file), b"new")
    assert ["a.conf"] == [path.name for path in tmp_path.iterdir()]
