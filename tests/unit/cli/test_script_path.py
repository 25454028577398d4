"""enable_script_security names the element of the path that is at fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.cli.host import RealHost
from pykeepalived.cli.script_path import in_words, path_flaws
from pykeepalived.config.host import ScriptState
from pykeepalived.config.load import load
from pykeepalived.config.values import Account, Script
from pykeepalived.syntax.source import DictLoader
from tests.support.accounts import NOBODY, everybodys_folder

pytestmark = pytest.mark.root  # only root can give files to others


@pytest.fixture
def safe() -> Iterator[Path]:
    """A folder of root below folders of root; /tmp has the sticky bit."""
    with everybodys_folder() as folder:
        yield folder


def script(folder: Path, mode: int = 0o755) -> Path:
    path = folder / "notify.sh"
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def words(path: Path) -> str:
    return in_words(path_flaws(str(path)))


def test_a_script_that_only_root_can_change_has_no_flaw(safe: Path) -> None:
    assert () == path_flaws(str(script(safe)))


def test_a_folder_of_somebody_else_is_named_with_owner_mode_and_remedy(safe: Path) -> None:
    folder = safe / "opt"
    folder.mkdir(0o750)
    os.chown(folder, NOBODY, 0)

    expected = f"{folder} is a folder of nobody:root, mode 0750, not of root (chown root {folder})"
    assert expected == words(script(folder))


def test_a_file_that_its_group_may_write_is_named_with_the_group(safe: Path) -> None:
    path = script(safe, 0o775)
    os.chown(path, 0, NOBODY)
    os.chmod(path, 0o775)

    expected = (
        f"{path} is a file of root:nogroup, mode 0775, which group nogroup may write (chmod g-w {path})"
    )
    assert expected == words(path)


def test_the_group_root_may_write(safe: Path) -> None:
    assert () == path_flaws(str(script(safe, 0o775)))


def test_everybody_may_write_is_said_before_the_group(safe: Path) -> None:
    path = script(safe, 0o777)

    assert f"{path} is a file of root:root, mode 0777, which everybody may write (chmod o-w {path})" == words(
        path
    )


def test_in_a_folder_with_the_sticky_bit_a_file_of_root_is_safe(safe: Path) -> None:
    safe.chmod(0o1777)
    assert () == path_flaws(str(script(safe)))

    safe.chmod(0o777)
    assert 1 == len(path_flaws(str(script(safe))))


def test_a_folder_that_is_a_link_is_named_with_the_path_to_write(safe: Path) -> None:
    (safe / "real").mkdir(0o755)
    path = script(safe / "real")
    (safe / "link").symlink_to("real")

    expected = f"{safe}/link is a symbolic link to real, and no folder on the way may be one (write {path})"
    assert expected == words(safe / "link" / "notify.sh")


def test_what_is_behind_a_link_counts_too(safe: Path) -> None:
    home = safe / "home"
    home.mkdir(0o755)
    os.chown(home, NOBODY, NOBODY)
    script(home)
    (safe / "notify.sh").symlink_to("home/notify.sh")

    assert f"{home} is a folder of nobody:nogroup, mode 0755, not of root (chown root {home})" == words(
        safe / "notify.sh"
    )


def test_a_link_of_somebody_else_is_at_fault_itself(safe: Path) -> None:
    (safe / "real").mkdir(0o755)
    script(safe / "real")
    link = safe / "notify.sh"
    link.symlink_to("real/notify.sh")
    os.lchown(link, NOBODY, NOBODY)

    assert f"{link} is a symbolic link of nobody:nogroup, not of root (chown -h root {link})" == words(link)


def test_a_relative_path_is_judged_from_the_current_folder(
    safe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(safe, 0o757)
    monkeypatch.chdir(safe)

    assert [str(safe / "notify.sh")] == [flaw.element for flaw in path_flaws("notify.sh")]


def test_every_flaw_is_named_from_the_root_downward_and_few_in_words(safe: Path) -> None:
    folder = safe
    for name in "abcd":
        folder = folder / name
        folder.mkdir()
        folder.chmod(0o777)
    path = script(folder)

    assert [str(safe / "a"), str(safe / "a/b"), str(safe / "a/b/c"), str(safe / "a/b/c/d")] == [
        flaw.element for flaw in path_flaws(str(path))
    ]
    assert words(path).endswith("; and 1 more")


def test_who_runs_without_rights_of_root_may_run_anything(safe: Path) -> None:
    path = script(safe, 0o777)
    program = Script(str(path), (str(path),))

    assert ScriptState.INSECURE is RealHost().script(program, Account("root"), secure=True)
    assert ScriptState.GOOD is RealHost().script(program, Account("nobody"), secure=True)
    assert ScriptState.GOOD is RealHost().script(program, Account("root"), secure=False)


def test_the_group_root_counts_as_rights_of_root(safe: Path) -> None:
    path = script(safe, 0o777)
    program = Script(str(path), (str(path),))

    assert ScriptState.INSECURE is RealHost().script(program, Account("nobody", "root"), secure=True)


def test_a_configuration_says_which_folder_it_is(safe: Path) -> None:
    safe.chmod(0o777)
    path = script(safe)
    text = (
        "global_defs {\n enable_script_security\n script_user root\n}\n"
        f"vrrp_script check {{\n script {path}\n}}\n"
        "vrrp_instance VI_1 {\n interface lo\n virtual_router_id 9\n priority 100\n"
        f" notify_master {path}\n virtual_ipaddress {{\n 192.0.2.1/24\n}}\n}}\n"
    )
    loaded = load("f", DictLoader({"f": text}), host=RealHost())

    said = [d.message for d in loaded.diagnostics if d.code == "script-insecure"]
    at_fault = f"{safe} is a folder of root:root, mode 0777, which everybody may write (chmod o-w {safe})"
    assert [
        f"track script check (script {path} can be changed by someone other than root: {at_fault})",
        f"notify_master script {path} can be changed by someone other than root: {at_fault}",
    ] == said


def test_a_script_that_is_gone_has_nothing_to_say(safe: Path) -> None:
    assert "" == RealHost().script_flaws(Script("/no/such", ("/no/such",)), None)
    assert "" == RealHost().script_flaws(Script("no-such-command", ("no-such-command",)), None)
