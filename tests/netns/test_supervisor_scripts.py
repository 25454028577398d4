"""The supervisor and the notifier: scripts of toy children."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.toy_site import Toy, toy

assert toy  # a fixture
pytestmark = pytest.mark.netns


REPORT = """#!/bin/sh
line="$(for word in "$@"; do printf '<%s>' "$word"; done)"
line="$line ids $(id -u) $(id -g) groups $(id -G) stdin $(readlink /proc/$$/fd/0) umask $(umask)"
line="$line group $(ps -o pgid= -p $$ | tr -d ' ')=$$ env [$LD_PRELOAD][$LD_LIBRARY_PATH]"
echo "$line" >> "$REPORT_FILE"  # in one piece: scripts run side by side
"""


@pytest.fixture
def report(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = toy.folder / "report.sh"
    script.write_text(REPORT)
    script.chmod(0o755)
    target = toy.folder / "report"
    target.touch()
    target.chmod(0o666)
    for folder in (toy.folder, *list(toy.folder.parents)[:2]):
        folder.chmod(0o755)
    monkeypatch.setenv("REPORT_FILE", str(target))
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    toy.data["scripts"] = {
        "vrrp": {kind: [str(script), kind] for kind in ("master", "stop", "generic")},
    }
    return target


def test_scripts_get_keepaliveds_arguments_and_surroundings(toy: Toy, report: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    toy.data["script_user"] = [nobody.pw_uid, nobody.pw_gid]
    toy.started()
    eventually(lambda: report.read_text().count("\n") == 2, "two scripts")
    assert 0 == toy.stop()
    lines = report.read_text().splitlines()
    assert sorted(line.split(" ids")[0] for line in lines) == [
        "<generic><INSTANCE><vrrp><MASTER><100>",
        "<generic><INSTANCE><vrrp><STOP><100>",
        "<master>",
        "<stop>",
    ]
    ids = f" ids {nobody.pw_uid} {nobody.pw_gid} groups {nobody.pw_gid} "
    for line in lines:
        assert ids in line
        assert " stdin /dev/null umask 0177 " in line
        own_group = line.partition(" group ")[2].split()[0]
        assert len(set(own_group.split("="))) == 1
        assert line.endswith(" env [][]")


def test_the_specific_script_is_started_first(toy: Toy, report: Path) -> None:
    toy.started()
    eventually(lambda: report.read_text().count("\n") == 2, "two scripts")
    started = [line for line in toy.log().splitlines() if "running" in line and "notify" in line]
    assert ["notify_master:", "notify MASTER:"] == [
        line.split("(vrrp) ")[1].rsplit(" running")[0] for line in started
    ]
    assert 0 == toy.stop()


def test_scripts_end_with_the_daemon(toy: Toy) -> None:
    pid_file = toy.folder / "script.pid"
    command = ["/bin/sh", "-c", f"echo $$ > {pid_file}; trap '' TERM; while :; do sleep 1; done"]
    toy.data["scripts"] = {"vrrp": {"master": command}}
    toy.started()
    eventually(lambda: pid_file.exists() and pid_file.read_text(), "script")
    assert 0 == toy.stop()
    eventually(lambda: not Path(f"/proc/{pid_file.read_text().strip()}").exists(), "end of the script")


def test_a_killed_supervisor_still_lets_the_stop_script_run(toy: Toy, report: Path) -> None:
    at_once = toy.folder / "at_once.sh"  # scripts have one second then, and REPORT calls others
    at_once.write_text('#!/bin/sh\necho "<$1>" >> "$REPORT_FILE"\n')
    at_once.chmod(0o755)
    toy.data["scripts"] = {"vrrp": {"stop": [str(at_once), "stop"]}}
    toy.started().kill()
    eventually(lambda: "<stop>" in report.read_text(), "notify_stop")
    toy.assert_gone()
