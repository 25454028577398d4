"""Kernel parameters for virtual servers, on a made-up /proc/sys."""

from __future__ import annotations

from pathlib import Path

import pytest

from pykeepalived.daemon.service_sysctls import ServiceSysctls
from pykeepalived.kernel.journal import Journal
from pykeepalived.kernel.sysctls import SysctlKeeper
from pykeepalived.plan.lvs_sysctls import SysctlNeed

THRESHOLD = SysctlNeed("vs/sync_threshold", "2 50", "too late", set=True, first_counts=True)
CONNTRACK = SysctlNeed("vs/conntrack", "1", "source_nat", set=True)
TOLD = SysctlNeed("vs/conntrack", "1", "something happens")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "vs").mkdir()
    (tmp_path / "vs/sync_threshold").write_text("3\t50\n")
    (tmp_path / "vs/conntrack").write_text("0\n")
    return tmp_path


def read(root: Path, name: str) -> list[str]:
    return (root / name).read_text().split()


def test_what_is_set_is_put_back(root: Path) -> None:
    sysctls = ServiceSysctls(SysctlKeeper(root=root))
    sysctls.configure([THRESHOLD, CONNTRACK], None)
    assert (["2", "50"], ["1"]) == (read(root, "vs/sync_threshold"), read(root, "vs/conntrack"))

    sysctls.close()

    assert (["3", "50"], ["0"]) == (read(root, "vs/sync_threshold"), read(root, "vs/conntrack"))


def test_a_reload_puts_back_only_what_is_not_wanted_any_more(root: Path) -> None:
    sysctls = ServiceSysctls(SysctlKeeper(root=root))
    sysctls.configure([THRESHOLD, CONNTRACK], None)
    sysctls.configure([CONNTRACK], None)

    assert (["3", "50"], ["1"]) == (read(root, "vs/sync_threshold"), read(root, "vs/conntrack"))


def test_a_reload_can_change_a_value(root: Path) -> None:
    sysctls = ServiceSysctls(SysctlKeeper(root=root))
    sysctls.configure([THRESHOLD], None)
    sysctls.configure([SysctlNeed("vs/sync_threshold", "7 9", "the file says so", set=True)], None)
    assert ["7", "9"] == read(root, "vs/sync_threshold")

    sysctls.close()

    assert ["3", "50"] == read(root, "vs/sync_threshold")


def test_one_that_does_already_is_left_alone(root: Path) -> None:
    (root / "vs/sync_threshold").write_text("2\t99\n")
    ServiceSysctls(SysctlKeeper(root=root)).configure([THRESHOLD], None)

    assert ["2", "99"] == read(root, "vs/sync_threshold")


def test_what_is_only_needed_is_told_once(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sysctls = ServiceSysctls(SysctlKeeper(root=root))
    sysctls.configure([TOLD], None)
    sysctls.configure([TOLD], None)

    assert ["0"] == read(root, "vs/conntrack")
    assert 1 == capsys.readouterr().out.count("vs.conntrack is 0: something happens")


def test_after_a_kill_the_next_one_puts_back(root: Path, tmp_path: Path) -> None:
    journal = tmp_path / "checker.journal"
    ServiceSysctls(SysctlKeeper(Journal(journal), root)).configure([THRESHOLD, CONNTRACK], None)

    later = ServiceSysctls(SysctlKeeper(Journal(journal), root))
    later.configure([CONNTRACK], None)
    assert (["3", "50"], ["1"]) == (read(root, "vs/sync_threshold"), read(root, "vs/conntrack"))

    later.close()
    assert ["0"] == read(root, "vs/conntrack")
