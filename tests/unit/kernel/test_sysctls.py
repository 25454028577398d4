"""Kernel parameters are put back: at the end, by the last holder, and after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from pykeepalived.kernel.journal import Journal
from pykeepalived.kernel.sysctls import SysctlKeeper

ARP = "net/ipv4/conf/eth0/arp_ignore"
FILTER = "net/ipv4/conf/eth0/arp_filter"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A /proc/sys with two parameters, both 0."""
    folder = tmp_path / "sys"
    for name in (ARP, FILTER):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("0\n")
    return folder


def keeper(root: Path) -> SysctlKeeper:
    """A process that starts."""
    return SysctlKeeper(Journal(root.parent / "journal"), root)


def test_the_last_holder_puts_the_value_back(root: Path) -> None:
    held = keeper(root)
    assert [] == held.hold("a", {ARP: 1})
    assert [] == held.hold("b", {ARP: 1, FILTER: 1})
    assert ("1", "1") == (held.read(ARP), held.read(FILTER))
    held.let_go("a")
    assert "1" == held.read(ARP)
    held.let_go("b")
    assert ("0", "0") == (held.read(ARP), held.read(FILTER))


def test_a_value_that_was_right_before_stays(root: Path) -> None:
    (root / ARP).write_text("1\n")
    held = keeper(root)
    held.hold("a", {ARP: 1})
    held.close()
    assert "1" == held.read(ARP)


def test_what_somebody_else_changed_meanwhile_is_left_alone(root: Path) -> None:
    held = keeper(root)
    held.hold("a", {ARP: 1})
    (root / ARP).write_text("2\n")
    held.close()
    assert "2" == held.read(ARP)


def test_after_a_kill_the_next_start_knows_the_original(root: Path) -> None:
    keeper(root).hold("a", {ARP: 1})
    second = keeper(root)
    second.hold("a", {ARP: 1})
    assert [] == second.settle()
    assert "1" == second.read(ARP)
    second.close()
    assert "0" == second.read(ARP)


def test_after_a_kill_what_nobody_wants_any_more_is_put_back(root: Path) -> None:
    keeper(root).hold("a", {ARP: 1, FILTER: 1})
    second = keeper(root)
    second.hold("a", {FILTER: 1})
    second.settle()
    assert ("0", "1") == (second.read(ARP), second.read(FILTER))


def test_a_journal_from_before_a_reboot_is_not_believed(root: Path) -> None:
    keeper(root).hold("a", {ARP: 1})
    journal = root.parent / "journal"
    journal.write_text(journal.read_text().replace('"boot": "', '"boot": "x'))
    second = keeper(root)
    second.hold("a", {ARP: 1})
    second.close()
    assert "1" == second.read(ARP)


def test_the_journal_goes_when_there_is_nothing_to_remember(root: Path) -> None:
    held = keeper(root)
    held.hold("a", {ARP: 1})
    assert (root.parent / "journal").exists()
    held.close()
    assert not (root.parent / "journal").exists()


def test_two_wishes_that_contradict_are_told(root: Path) -> None:
    held = keeper(root)
    held.hold("a", {ARP: 1})
    (problem,) = held.hold("b", {ARP: 2})
    assert f"{ARP} stays 1: something else of ours needs that, not 2" == problem


def test_a_parameter_the_kernel_has_not_is_told_and_the_others_are_set(root: Path) -> None:
    held = keeper(root)
    assert ["net/ipv4/nonsense cannot be read"] == held.hold("a", {"net/ipv4/nonsense": 1, ARP: 1})
    assert "1" == held.read(ARP)


def test_an_interface_that_is_gone_has_nothing_to_put_back(root: Path) -> None:
    held = keeper(root)
    held.hold("a", {ARP: 1})
    (root / ARP).write_text("0\n")  # made anew by somebody
    held.forget("net/ipv4/conf/eth0/")
    held.hold("a", {ARP: 1})
    assert "1" == held.read(ARP)
    held.close()
    assert "0" == held.read(ARP)


def test_a_journal_that_cannot_be_written_is_a_problem_to_be_told(tmp_path: Path, root: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file" / "journal")
    held = SysctlKeeper(journal, root)
    assert [] == held.hold("a", {ARP: 1})
    assert "1" == held.read(ARP)
    assert journal.problem is not None and "cannot be" in journal.problem


def test_a_journal_that_somebody_else_wrote_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("[1, 2]")
    journal = Journal(tmp_path / "journal")
    assert {} == journal.section("sysctls")
    assert journal.problem is not None
