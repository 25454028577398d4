"""Symlinks before a script: what is executed, and by which name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pykeepalived.programs.path import program_file


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A link to a script that lies elsewhere and tells its ``$0``."""
    (tmp_path / "real").mkdir()
    script = tmp_path / "real" / "check.sh"
    script.write_text('#!/bin/sh\necho "$0"\n')
    script.chmod(0o755)
    link = tmp_path / "link.sh"
    link.symlink_to("real/check.sh")
    return link


@pytest.mark.parametrize(("by_symlink", "name"), [(False, "real/check.sh"), (True, "link.sh")])
def test_a_script_finds_its_own_folder(linked: Path, by_symlink: bool, name: str) -> None:
    said = subprocess.run(
        [str(linked)],
        executable=program_file(str(linked), by_symlink=by_symlink),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert f"{linked.parent / name}\n" == said.stdout


def test_a_name_without_a_slash_is_looked_for_in_path(linked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (linked.parent / "folder").mkdir()
    (linked.parent / "folder" / "link.sh").mkdir()  # a folder of that name is no program
    monkeypatch.setenv("PATH", os.pathsep.join([str(linked.parent / "folder"), str(linked.parent)]))
    assert str(linked.parent / "real" / "check.sh") == program_file("link.sh", by_symlink=False)


@pytest.mark.parametrize("name", ["/nonexistent/check", "nonexistent-check"])
def test_what_is_not_there_stays_as_it_is(name: str) -> None:
    assert name == program_file(name, by_symlink=False)
