"""The whole daemon with real scripts, files, links and processes: what is on the wire."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stalls import repeat_when_stalled
from tests.support.tracking_site import Site, site
from tests.support.vrrp_lab import eventually

pytestmark = pytest.mark.netns

GLOBAL = """
global_defs {
    script_user root
    enable_script_security
    dynamic_interfaces
    vrrp_notify_fifo @DIR@/fifo
}
"""
SCRIPT = """
vrrp_script first {
    script @DIR@/first
    interval 0.2
%s
}
"""
INSTANCE = """
vrrp_instance %s {
    interface eth0
    version 3
    virtual_router_id %d
    priority %d
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.%d/24
    }
%s
}
"""
STALL_NS = 100_000_000


def instance(body: str, name: str = "VI_1", number: int = 51, priority: int = 100) -> str:
    return INSTANCE % (name, number, priority, number + 50, body)


def tracking(*lines: str) -> str:
    return "track_script {\n" + "\n".join(lines) + "\n}"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site("tkn", tmp_path / "ours") as made:
        yield made


def children(here: Site) -> dict[str, int]:
    """Pids of the daemon's processes, by the names that ``process_names`` gives them."""
    assert here.daemon is not None
    found = {}
    for child in Path(f"/proc/{here.daemon.pid}/task/{here.daemon.pid}/children").read_text().split():
        found[Path(f"/proc/{child}/comm").read_text().strip()] = int(child)
    return found


def test_a_router_does_not_begin_before_its_script_has_answered_and_is_at_fault_while_it_fails(
    here: Site,
) -> None:
    here.script("first", False)
    here.start(GLOBAL + SCRIPT % "" + instance(tracking("first")))
    eventually(lambda: "Entering FAULT STATE" in here.log, lambda: here.log)
    assert [] == here.priorities()
    assert "Entering BACKUP STATE" not in here.log

    here.script("first", True)
    here.until(100)
    here.script("first", False)
    here.until(0)
    fifo = os.open(here.folder / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    try:
        eventually(lambda: here.log.count("Entering FAULT STATE") == 2, lambda: here.log)
        time.sleep(0.05)
        told = os.read(fifo, 4096).decode().splitlines()
    finally:
        os.close(fifo)
    wanted = [f'INSTANCE "VI_1" {state} 100' for state in ("FAULT", "BACKUP", "MASTER", "FAULT")]
    assert wanted == told


@repeat_when_stalled(STALL_NS)
def test_reloads_and_killed_processes_change_priorities_without_a_flap(tmp_path: Path) -> None:
    with site("tkn", tmp_path / str(time.monotonic_ns())) as here:
        names = GLOBAL.replace("global_defs {", "global_defs {\nprocess_names")
        here.start(names + SCRIPT % "weight 10" + instance(tracking("first")))
        here.until(110)

        here.reload(names + SCRIPT % "weight 20\nfall 2" + instance(tracking("first"), priority=90))
        eventually(lambda: "Reload finished" in here.log, lambda: here.log)
        here.until(110)
        assert "Changing effective priority from 110" not in here.log, "base and weight were summed apart"
        second = SCRIPT.replace("first", "second")
        config = names + SCRIPT % "weight 20" + second % "" + instance(tracking("first", "second"))
        here.reload(config)
        here.until(120)
        assert [110, 120] == here.priorities()

        os.kill(children(here)["keepalived_noti"], signal.SIGKILL)
        eventually(lambda: "was killed by SIGKILL" in here.log, lambda: here.log)
        here.script("first", False)
        here.until(100)
        os.kill(children(here)["keepalived_vrrp"], signal.SIGKILL)
        eventually(lambda: here.log.count("was killed by SIGKILL") == 2, lambda: here.log)
        here.script("first", True)
        here.until(120)
        assert [110, 120, 100, 120] == here.priorities()
        assert here.lan.holds("a", "192.0.2.101")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter and write to."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_a_script_that_hangs_is_ended_with_its_children_and_runs_as_its_user(open_folder: Path) -> None:
    with site("tkn", open_folder) as here:
        _hanging_script(here)


def _hanging_script(here: Site) -> None:
    marker = f"97{os.getpid()}"
    (here.folder / "first").write_text(f"#!/bin/sh\nid -un > {here.folder}/who\nsleep {marker} &\nwait\n")
    here.start(GLOBAL + SCRIPT % "user nobody\ntimeout 0.3\nweight -5" + instance(tracking("first")))
    eventually(lambda: "VRRP_Script(first) timed_out" in here.log, lambda: here.log)
    here.until(95)
    assert "nobody" == (here.folder / "who").read_text().strip()
    here.end()
    eventually(lambda: not _running(f"sleep {marker}"), "the children of the script end")


def _running(command: str) -> bool:
    wanted = command.replace(" ", "\0").encode()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and wanted in (entry / "cmdline").read_bytes():
                return True
        except OSError:
            continue
    return False


def test_interfaces_that_come_and_go(here: Site) -> None:
    here.start(
        GLOBAL
        + instance("track_interface {\neth1\nlater weight 9\n}")
        + instance("track_interface {\neth1 weight 0 reverse\n}", "VI_2", 52)
    )
    here.until(100)
    eventually(lambda: "(VI_2) fault: tracked interface eth1 up" in here.log, lambda: here.log)

    here.lan.ip("a", "link", "add", "later", "type", "veth", "peer", "name", "laterp")
    for name in ("later", "laterp"):
        here.lan.ip("a", "link", "set", name, "up")
    here.until(109)
    here.lan.ip("a", "link", "del", "later")
    here.until(100)

    here.link(False)
    eventually(lambda: here.lan.lacks("a", "192.0.2.101"), lambda: here.log)
    eventually(lambda: here.lan.holds("a", "192.0.2.102"), lambda: here.log)
    here.link(True)
    eventually(lambda: here.lan.holds("a", "192.0.2.101"), lambda: here.log)
    eventually(lambda: here.lan.lacks("a", "192.0.2.102"), lambda: here.log)


def test_delayed_and_polled_interfaces(here: Site) -> None:
    here.lan.ip("a", "link", "add", "eth2", "type", "veth", "peer", "name", "eth2p")
    for name in ("eth2", "eth2p"):
        here.lan.ip("a", "link", "set", name, "up")
    here.start(
        GLOBAL
        + "interface_up_down_delays {\neth1 0.6\n}\nlinkbeat_interfaces {\neth2 ETHTOOL\n}\n"
        + instance("track_interface {\neth1 weight 10\neth2 weight 20\n}")
    )
    here.until(130)
    assert "polling for eth2" in here.log

    here.link(False)
    time.sleep(0.2)  # shorter than the delay
    here.link(True)
    here.lan.ip("a", "link", "set", "eth2p", "down")
    here.until(110)
    assert [130, 110] == here.priorities()
    assert "Linkbeat reports eth2 down" in here.log

    down_at = time.monotonic()
    here.link(False)
    here.until(100)
    assert 0.6 <= time.monotonic() - down_at


def test_what_a_group_tracks_moves_all_its_members(here: Site) -> None:
    group = "vrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n%s\n}\n"
    body = SCRIPT % "" + instance("") + instance("", "VI_2", 52)
    here.start(GLOBAL + SCRIPT % "" + group % tracking("first") + body.partition("}")[2])
    both = ("192.0.2.101", "192.0.2.102")
    eventually(lambda: here.lan.holds("a", *both), lambda: here.log)
    here.script("first", False)
    eventually(lambda: here.lan.lacks("a", *both), lambda: here.log)
    here.script("first", True)
    eventually(lambda: here.lan.holds("a", *both), lambda: here.log)
