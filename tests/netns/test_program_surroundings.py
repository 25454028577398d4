"""Whatever starts a program of the configuration: same umask, same scheduling, same environment."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support import without_calls
from tests.support.vrrp_lab import Lan, eventually
from tests.support.whole_daemon import LanDaemon

pytestmark = pytest.mark.netns

REPORT = """#!/bin/sh
policy=$(awk '$1 == "policy" {print $3}' /proc/$$/sched)
how="umask $(umask) nice $(nice) policy $policy"
while read -r name value; do  # by the shell itself: it holds signals while it starts others
    case $name in SigBlk: | SigIgn:) how="$how $name $value" ;; esac
done < /proc/$$/status
echo "$1 $how loader [$LD_LIBRARY_PATH] locale [$LC_CTYPE]" >> FOLDER/report
"""
CONFIG = """
global_defs {
    PRIORITY
    umask 027
    startup_script "FOLDER/report.sh startup"
    shutdown_script "FOLDER/report.sh shutdown"
    vrrp_notify_fifo FOLDER/fifo
    vrrp_notify_fifo_script "FOLDER/report.sh fifo"
}
vrrp_script tracked {
    script "FOLDER/report.sh tracked"
    interval 1
}
vrrp_instance A {
    interface eth0
    virtual_router_id 51
    advert_int 0.1
    version 3
    virtual_ipaddress {
        192.0.2.100/24
    }
    track_script {
        tracked
    }
    notify_master "FOLDER/report.sh notify"
}
virtual_server 192.0.2.100 80 {
    delay_loop 1
    protocol TCP
    real_server 192.0.2.2 80 {
        MISC_CHECK {
            misc_path "FOLDER/report.sh check"
        }
    }
}
"""
KINDS = {"startup", "fifo", "tracked", "notify", "check"}
ORDINARY = "nice 0 policy 0 loader [] locale []"
ACTED_ON = (signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGRTMIN + 2)


class Site:
    def __init__(self, lan: Lan, folder: Path) -> None:
        self.lan = lan
        self.folder = folder
        self.report = folder / "report"

    def run(self, priority: str, *options: str, through: Sequence[str] = ()) -> LanDaemon:
        script = self.folder / "report.sh"
        script.write_text(REPORT.replace("FOLDER", str(self.folder)))
        script.chmod(0o755)
        text = CONFIG.replace("FOLDER", str(self.folder)).replace("PRIORITY", priority)
        self.daemon = LanDaemon(self.lan, "a", self.folder, text, *options, through=through)
        eventually(lambda: self.kinds() == KINDS, lambda: f"{self.kinds()} {self.daemon.log()}")
        return self.daemon

    def lines(self) -> list[str]:
        """What the programs said, without the masks of signals."""
        return [re.sub(r" Sig...: \w+", "", line) for line in self.said()]

    def said(self) -> list[str]:
        return self.report.read_text().splitlines() if self.report.exists() else []

    def kinds(self) -> set[str]:
        return {line.split()[0] for line in self.lines()}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):  # so that Python sets one for itself
        monkeypatch.delenv(name, raising=False)
    with Lan("s-sur") as lan:
        site = Site(lan, tmp_path)
        yield site
        site.daemon.stop()


@pytest.mark.parametrize(("options", "umask"), [((), "0027"), (("--umask=022",), "0022")])
def test_the_configured_umask_and_above_it_that_of_the_command_line(
    site: Site, options: tuple[str, ...], umask: str
) -> None:
    site.run("", *options)
    assert {f"{kind} umask {umask} {ORDINARY}" for kind in KINDS} == set(site.lines())


@pytest.mark.parametrize(
    ("priority", "nice", "policy"),
    [("checker_priority -10", -10, os.SCHED_OTHER), ("checker_rt_priority 10", 0, os.SCHED_RR)],
)
def test_programs_do_not_inherit_the_checkers_haste(
    site: Site, priority: str, nice: int, policy: int
) -> None:
    checker = site.run(priority).pid("checkers")
    assert (nice, policy) == (
        os.getpriority(os.PRIO_PROCESS, checker),
        os.sched_getscheduler(checker) & ~os.SCHED_RESET_ON_FORK,
    )
    assert {f"{kind} umask 0027 {ORDINARY}" for kind in KINDS} == set(site.lines())


def test_a_reload_gives_programs_another_umask(site: Site) -> None:
    daemon = site.run("")
    site.report.unlink()
    daemon.reload(daemon.config.read_text().replace("umask 027", "umask 077"))
    again = {f"{kind} umask 0077 {ORDINARY}" for kind in ("tracked", "check")}
    eventually(lambda: again <= set(site.lines()), lambda: f"{site.lines()}")


def test_every_signal_reaches_a_program(site: Site) -> None:
    """A shell cannot trap what was ignored when it began, and what is held never comes."""
    daemon = site.run("")
    daemon.stop()
    assert KINDS | {"shutdown"} == site.kinds()
    for line in site.said():
        for name, mask in re.findall(r" (Sig...): (\w+)", line):
            away = [number for number in ACTED_ON if int(mask, 16) >> (number - 1) & 1]
            assert [] == away, (name, line)


def test_a_kernel_without_pidfds_will_do(site: Site) -> None:
    """Linux before 5.3: ends of programs and of our own processes are noticed all the same."""
    missing = (without_calls.PIDFD_OPEN, without_calls.PIDFD_SEND_SIGNAL)
    through = [sys.executable, without_calls.__file__, *map(str, missing), "--"]
    daemon = site.run("", through=through)
    for kind in ("tracked", "check"):
        eventually(lambda kind=kind: sum(line.startswith(kind) for line in site.lines()) > 2, kind)
    for process in ("vrrp", "checkers"):
        os.kill(daemon.pid(process), signal.SIGKILL)
    daemon.wait_for("Respawning", times=2)
    daemon.until("A", "MASTER")
    daemon.stop()

    assert KINDS | {"shutdown"} == site.kinds()
    assert "Traceback" not in daemon.log()
