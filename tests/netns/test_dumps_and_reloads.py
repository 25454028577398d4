"""Dump files and what goes along with reloads, with the whole daemon in a network namespace."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.daemon_argv import daemon_argv, pid_file
from tests.support.vrrp_lab import Lan, eventually

pytestmark = pytest.mark.netns

ROOT = Path(__file__).parents[2]
VIP = "192.0.2.100"
PATIENCE_SECONDS = 20.0

CONFIG = """
instance here
global_defs {
    enable_script_security
    script_user root
    @GLOBAL@
}
track_file load {
    file @FOLDER@/load
    weight 1
    init_file 0
}
vrrp_script chk {
    script "/usr/bin/true one"
    interval 1
    weight 10
}
vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
    sync_group_tracking_weight
}
vrrp_instance VI_2 {
    interface eth0
    version 3
    virtual_router_id 52
    priority 120
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.101/24
    }
}
vrrp_instance VI_1 {
    interface eth0
    state MASTER
    version 3
    virtual_router_id 51
    priority @PRIORITY@
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.100/24
    }
    track_script {
        chk
    }
    track_file {
        load
    }
}
"""


class Daemon:
    """The program in namespace a, with everything it writes in one folder."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self.lan, self.folder = lan, folder
        self.config, self.output = folder / "keepalived.conf", folder / "output"
        self.process: subprocess.Popen[bytes] | None = None

    def write(self, global_defs: str, priority: int = 150) -> None:
        text = CONFIG.replace("@GLOBAL@", global_defs).replace("@PRIORITY@", str(priority))
        self.config.write_text(text.replace("@FOLDER@", str(self.folder)))

    def start(self, global_defs: str) -> None:
        self.write(global_defs)
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.lan.names["a"], *daemon_argv(self.config)],
                cwd=ROOT,
                stdout=output,
                stderr=output,
                env=os.environ | {"TMPDIR": str(self.folder)},
            )
        eventually(lambda: self.lan.holds("a", VIP), lambda: f"Master; log:\n{self.log()}")
        eventually(lambda: "Startup complete" in self.log(), self.log)

    def log(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def dumped(self, number: int, name: str) -> str:
        """What is in the file after the signal."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        self.signal(number)
        eventually(path.exists, lambda: f"{name}; there are {sorted(os.listdir(self.folder))}; {self.log()}")
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
        return path.read_text()

    def reload(self) -> None:
        """Ask for one and wait for its end, whatever that is."""
        before = self.log()
        self.signal(signal.SIGHUP)
        eventually(lambda: _ends(self.log()) > _ends(before), lambda: f"end of a reload; {self.log()}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)


def _ends(log: str) -> int:
    return log.count("Reload finished") + log.count("Reload refused")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with Lan("dump") as lan:
        daemon = Daemon(lan, tmp_path)
        yield daemon
        daemon.stop()


def test_dumps_have_their_names_and_tell_what_is(daemon: Daemon) -> None:
    daemon.start(f"state_dump_file {daemon.folder}/state.txt\ndata_use_instance\njson_version 2")
    text = daemon.dumped(signal.SIGUSR1, "state.here.txt")
    eventually(
        lambda: "   Status = GOOD\n" in daemon.dumped(signal.SIGUSR1, "state.here.txt"),
        lambda: f"a good script: {text}; {daemon.log()}",
    )
    text = (daemon.folder / "state.here.txt").read_text()
    for line in (
        " Instance name = here",
        "   State = MASTER",
        "     load, weight 1",
        " VRRP Sync Group = G, MASTER",
        " VRRP Script = chk",
        "   Command = '/usr/bin/true' 'one'",
        "   Effective priority = 160",
        " Track file = load",
        " Name = eth0",
        "   State = UP, RUNNING",
        "     VI_1, weight 0",
        " state dump file " + str(daemon.folder / "state.txt"),
    ):
        assert f"\n{line}\n" in text, line
    parent = daemon.folder / "state_parent.here.txt"
    eventually(parent.exists, lambda: daemon.log())
    assert parent.read_text().startswith("------< Global definitions >------\n")
    assert "VRRP Instance: VI_1\n" in daemon.dumped(signal.SIGUSR2, "keepalived.stats")
    dumped = json.loads(daemon.dumped(signal.SIGRTMIN + 2, "keepalived.json"))
    assert ["'/usr/bin/true' 'one'"] == dumped["vrrp"][1]["data"]["track_script"]


def test_the_marker_is_gone_after_a_reload_and_the_check_has_its_log(daemon: Daemon) -> None:
    marker, log = daemon.folder / "marker", daemon.folder / "check.log"
    given = f"reload_file {marker}\nreload_check_config {log}"
    daemon.start(given)
    log.write_text("old\n")
    daemon.write(given, priority=140)
    daemon.reload()
    assert "Reload finished" in daemon.log()
    assert not marker.exists()
    assert "" == log.read_text()
    daemon.write(f"{given}\nvrrp_version 7", priority=130)
    daemon.reload()
    assert "New config failed validation" in daemon.log()
    assert "7" in log.read_text()
    assert not marker.exists()
    assert "   Priority = 140\n" in daemon.dumped(signal.SIGUSR1, "keepalived.data")


def test_a_planned_reload_comes_at_its_time_and_its_file_goes(daemon: Daemon) -> None:
    plan = daemon.folder / "when"
    given = f"reload_time_file {plan}"
    daemon.start(given)
    daemon.write(given, priority=140)
    plan.write_text("2001-01-01 00:00:00\n")
    eventually(lambda: "is in the past" in daemon.log(), lambda: daemon.log())
    plan.write_text(f"{datetime.now(UTC) + timedelta(hours=1):%H:%M:%SZ}\n")
    eventually(lambda: "Scheduling reload for" in daemon.log(), lambda: daemon.log())
    plan.write_text(f"{datetime.now(UTC) + timedelta(seconds=2):%Y-%m-%d %H:%M:%SZ}\n")
    due = time.monotonic() + 0.5
    eventually(lambda: "Reload finished" in daemon.log(), lambda: daemon.log())
    assert time.monotonic() > due
    assert "Reload time updated from" in daemon.log()
    assert not plan.exists()
    assert "   Priority = 140\n" in daemon.dumped(signal.SIGUSR1, "keepalived.data")


def test_copies_of_what_was_read_and_the_states_around_a_reload(daemon: Daemon) -> None:
    saved = daemon.folder / "saved"
    given = f"config_save_dir {saved}"
    daemon.start(given)
    daemon.write(given, priority=140)
    daemon.reload()
    vrrp = int(pid_file(daemon.folder, "vrrp").read_text())
    pid = int(pid_file(daemon.folder).read_text())
    post = saved / f"keepalived_vrrp.{vrrp}.1.post"
    eventually(post.exists, lambda: f"{sorted(os.listdir(saved))}; {daemon.log()}")
    assert "   Priority = 140\n" in post.read_text()
    assert "   Priority = 150\n" in (saved / f"keepalived_vrrp.{vrrp}.1.pre").read_text()
    copies = [(saved / f"keepalived.conf.{pid}.{number}").read_text() for number in (0, 1)]
    assert [True, False] == ["priority 150" in copy for copy in copies]
    assert all(copy.startswith(f"# {daemon.config}\n") for copy in copies)
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in saved.iterdir()}


def test_a_fifo_meets_the_group_first_and_after_a_reload_all_states_again(daemon: Daemon) -> None:
    fifo = daemon.folder / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    heard = bytearray()

    def lines() -> list[str]:
        with contextlib.suppress(BlockingIOError):
            heard.extend(os.read(reader, 65536))
        return heard.decode().splitlines()

    try:
        daemon.start(f"vrrp_notify_fifo {fifo}\nfifo_write_vrrp_states_on_reload")
        master = 'GROUP "G" MASTER 0'
        eventually(lambda: master in lines(), lambda: f"{lines()}; {daemon.log()}")
        first = [line for line in lines() if "BACKUP" in line and "PRIORITY" not in line]
        assert ["GROUP", "INSTANCE", "INSTANCE"] == [line.split()[0] for line in first]
        count = len(lines())
        daemon.reload()
        wanted = [master, 'INSTANCE "VI_1" MASTER 160', 'INSTANCE "VI_2" MASTER 120']
        eventually(
            lambda: wanted == [wanted[0], *sorted(lines()[count:][-2:])] and master in lines()[count:],
            lambda: f"{lines()[count:]}; {daemon.log()}",
        )
    finally:
        os.close(reader)
