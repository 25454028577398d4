"""A script that its account cannot get to is named with the folder that is closed."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.cli.host import RealHost
from pykeepalived.cli.script_access import closed_folder, may_become
from pykeepalived.config.host import ScriptState
from pykeepalived.config.load import load
from pykeepalived.config.values import Account, Script
from pykeepalived.syntax.source import DictLoader
from tests.support.accounts import NOBODY, as_nobody, everybodys_folder

pytestmark = pytest.mark.root  # only root can become others

DAEMON = 1
ACCESS_LIST = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, bits, who)
    for tag, bits, who in (
        (0x01, 7, 0xFFFFFFFF),  # its owner
        (0x02, 1, NOBODY),  # this user may enter
        (0x04, 0, 0xFFFFFFFF),  # its group
        (0x10, 1, 0xFFFFFFFF),  # the most that groups and named users get
        (0x20, 0, 0xFFFFFFFF),  # others
    )
)
"""Of a folder, as acl(5) and linux/posix_acl_xattr.h have it."""


@pytest.fixture
def folder(open_folder: Path) -> Path:
    """One that only root may enter, with a script that everybody may execute."""
    here = open_folder / "private"
    here.mkdir(0o700)
    script = here / "check.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    return here


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with everybodys_folder() as path:
        yield path


def closed(path: Path, uid: int = NOBODY, *groups: int) -> str:
    flaw = closed_folder(str(path), uid, groups or {NOBODY})
    return "" if flaw is None else str(flaw)


def test_root_may_enter_every_folder(folder: Path) -> None:
    assert "" == closed(folder / "check.sh", 0)


def test_a_closed_folder_is_named_with_owner_mode_and_remedy(folder: Path) -> None:
    assert f"{folder} is a folder of root:root, mode 0700 (chmod o+x {folder})" == closed(folder / "check.sh")


def test_the_folders_owner_and_group_are_asked_before_others(folder: Path) -> None:
    os.chown(folder, NOBODY, DAEMON)
    folder.chmod(0o610)

    assert closed(folder / "check.sh").endswith(f"(chmod u+x {folder})")
    assert "" == closed(folder / "check.sh", 7, DAEMON)
    folder.chmod(0o601)
    assert closed(folder / "check.sh", 7, DAEMON).endswith(f"(chmod g+x {folder})")
    assert "" == closed(folder / "check.sh", 7, 8)


def test_the_way_behind_a_link_counts(folder: Path, open_folder: Path) -> None:
    (open_folder / "direct").symlink_to(folder / "check.sh")
    (open_folder / "other").mkdir()
    (open_folder / "other" / "relative").symlink_to("../direct")

    assert closed(open_folder / "direct").startswith(f"{folder} is a folder")
    assert closed(open_folder / "other" / "relative").startswith(f"{folder} is a folder")


def test_links_that_lead_in_a_circle_end(open_folder: Path) -> None:
    (open_folder / "a").symlink_to("b")
    (open_folder / "b").symlink_to("a")

    with pytest.raises(OSError, match="too many symbolic links"):
        closed(open_folder / "a")


def test_a_folder_with_an_access_list_is_believed_to_be_open(folder: Path) -> None:
    try:
        os.setxattr(folder, "system.posix_acl_access", ACCESS_LIST)
    except OSError as problem:
        pytest.skip(f"no access lists in the file system of {folder}: {problem.strerror}")

    assert "" == closed(folder / "check.sh")
    with as_nobody():
        assert (folder / "check.sh").is_file()  # and the kernel agrees


def test_what_is_said_is_what_the_kernel_does(folder: Path) -> None:
    """For every mode of the folder: the account is let in where nothing is said."""
    os.chown(folder, 0, NOBODY)
    for mode in range(0o1000):
        folder.chmod(mode)
        with as_nobody():
            reached = os.access(folder / "check.sh", os.F_OK, effective_ids=True)
        assert reached == ("" == closed(folder / "check.sh")), f"{mode:o}"


def test_root_may_become_anybody_and_others_only_themselves() -> None:
    assert may_become(NOBODY, NOBODY)
    with as_nobody():
        assert may_become(NOBODY, NOBODY)
        assert not may_become(0, 0)
        assert not may_become(NOBODY, 0)


def test_a_configuration_says_which_folder_it_is(folder: Path) -> None:
    path = folder / "check.sh"
    text = (
        "global_defs {\n enable_script_security\n script_user nobody\n}\n"
        f"vrrp_script check {{\n script {path}\n}}\n"
        "vrrp_instance VI_1 {\n interface lo\n virtual_router_id 9\n priority 100\n"
        " track_script {\n check\n }\n"
        f" notify_master {path}\n virtual_ipaddress {{\n 192.0.2.1/24\n}}\n}}\n"
    )
    loaded = load("f", DictLoader({"f": text}), host=RealHost())

    why = (
        f"is in a folder that its account may not enter: {folder} is a folder of root:root, mode 0700 "
        f"(chmod o+x {folder})"
    )
    assert [f"track script check (script {path} {why})", f"notify_master script {path} {why}"] == [
        one.message for one in loaded.diagnostics if one.code == "script-closed"
    ]
    assert () == loaded.config.vrrp_scripts


def test_without_roots_rights_no_script_runs_as_root(folder: Path) -> None:
    folder.chmod(0o755)
    path = str(folder / "check.sh")
    with as_nobody():
        host = RealHost()
        assert ScriptState.FOREIGN is host.script(Script(path, (path,)), Account("root", None), secure=False)
        assert ScriptState.GOOD is host.script(Script(path, (path,)), Account("nobody", None), secure=False)


def test_a_folder_that_nobody_may_look_into_holds_nothing_for_him(folder: Path) -> None:
    path = str(folder / "check.sh")
    with as_nobody():
        host = RealHost()
        assert not host.exists(path)
        assert not host.directory_exists(str(folder / "below"))
        nobody = Account("nobody", None)
        assert ScriptState.MISSING is host.script(Script(path, (path,)), nobody, secure=False)


def test_in_a_namespace_of_users_only_those_that_it_has() -> None:
    """As root of a rootless container."""
    program = (
        "from pykeepalived.cli.script_access import may_become as may\n"
        "print(may(0, 0), may(65534, 65534), may(0, 65534), may(65534, 0))"
    )
    inside = ["unshare", "--user", "--map-root-user", sys.executable, "-c", program]
    done = subprocess.run(inside, capture_output=True, text=True, check=False)
    if done.returncode and "unshare" in done.stderr:
        pytest.skip(f"no user namespaces here: {done.stderr.strip()}")
    assert "True False False False\n" == done.stdout, done.stderr
