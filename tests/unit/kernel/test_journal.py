"""The notes of what was changed in the host are believed only when nobody else can have written them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pykeepalived.kernel.journal import Journal


def written(path: Path) -> Path:
    Journal(path).put("sysctl", {"net/ipv4/conf/eth0/arp_ignore": [0]})
    return path


def test_what_was_written_is_found_again(tmp_path: Path) -> None:
    path = written(tmp_path / "vrrp.journal")

    assert {"net/ipv4/conf/eth0/arp_ignore": [0]} == Journal(path).section("sysctl")


@pytest.mark.parametrize("mode", [0o666, 0o664])
def test_a_file_that_others_may_write_to_is_not_believed(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "vrrp.journal")
    path.chmod(mode)

    journal = Journal(path)
    assert {} == journal.section("sysctl")
    assert "others may write to it" in str(journal.problem)


@pytest.mark.root
def test_a_file_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path / "vrrp.journal")
    os.chown(path, 65534, 65534)

    assert {} == Journal(path).section("sysctl")


def test_links_are_neither_read_nor_written_through(tmp_path: Path) -> None:
    elsewhere = written(tmp_path / "elsewhere")
    content = elsewhere.read_bytes()
    path = tmp_path / "vrrp.journal"
    path.symlink_to(elsewhere)
    (tmp_path / "vrrp.journal.new").symlink_to(elsewhere)

    journal = Journal(path)
    assert {} == journal.section("sysctl")
    journal.put("sysctl", {"net/ipv4/conf/eth1/arp_ignore": [1]})

    assert content == elsewhere.read_bytes()
    assert not path.is_symlink()
    assert {"net/ipv4/conf/eth1/arp_ignore": [1]} == Journal(path).section("sysctl")
