"""The whole daemon from a keepalived.conf, in a network namespace: what is on the wire and in the kernel."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon_argv import daemon_argv, pid_file
from tests.support.left_over import processes_of
from tests.support.vrrp_lab import Lan, Listener, eventually

pytestmark = pytest.mark.netns

ROOT = Path(__file__).parents[2]
VIP, OTHER = "192.0.2.100", "192.0.2.101"
PATIENCE_SECONDS = 20.0

INSTANCE = """
vrrp_instance %s {
    interface eth0
    state MASTER
    version 3
    virtual_router_id %d
    priority %d
    advert_int 0.1
    virtual_ipaddress {
        %s/24
    }
}
"""
CONFIG = INSTANCE % ("VI_1", 51, 150, VIP)
BOTH = CONFIG + INSTANCE % ("VI_2", 52, 120, OTHER)
BFD_ONLY = "bfd_instance B {\n    neighbor_ip 192.0.2.99\n}\n"


class Daemon:
    """The program in namespace a."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self.lan = lan
        self.folder = folder
        self.config = folder / "keepalived.conf"
        self.output = folder / "output"
        self.process: subprocess.Popen[bytes] | None = None
        self.prelude = ""
        self.options: tuple[str, ...] = ()

    def command(self) -> list[str]:
        shell = f"{self.prelude} exec {' '.join(daemon_argv(self.config, *self.options))}"
        return ["ip", "netns", "exec", self.lan.names["a"], "sh", "-c", shell]

    def start(self, text: str = CONFIG, *, stdout: int | None = None) -> subprocess.Popen[bytes]:
        self.config.write_text(text)
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                self.command(),
                cwd=ROOT,
                stdout=output if stdout is None else stdout,
                stderr=output,
                env=os.environ | {"TMPDIR": str(self.folder)},
            )
        return self.process

    def master(self, text: str = CONFIG, *, stdout: int | None = None) -> subprocess.Popen[bytes]:
        process = self.start(text, stdout=stdout)
        eventually(lambda: self.lan.holds("a", VIP), lambda: f"Master; log:\n{self.log()}")
        return process

    def log(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    def told(self, file: Path) -> list[str]:
        """What a script wrote into a file."""
        return file.read_text().splitlines() if file.exists() else []

    def pid(self, name: str) -> int:
        return int(pid_file(self.folder, name).read_text())

    def left(self) -> list[int]:
        return processes_of(self.config)

    def assert_nothing_left(self) -> None:
        eventually(lambda: not self.left(), lambda: f"end of all processes: {self.left()}; {self.log()}")
        assert self.lan.lacks("a", VIP, OTHER), self.log()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        for pid in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()


@pytest.fixture(scope="module")
def lan() -> Iterator[Lan]:
    with Lan("s-daemon") as lan:
        yield lan


@pytest.fixture
def daemon(lan: Lan, tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(lan, tmp_path)
    yield daemon
    daemon.end()
    for address in (VIP, OTHER):
        if lan.holds("a", address):
            lan.ip("a", "addr", "del", f"{address}/24", "dev", "eth0")


@pytest.fixture
def listener(lan: Lan) -> Iterator[Listener]:
    listener = Listener(lan, "a")
    yield listener
    listener.close()


def more_adverts(listener: Listener, vrid: int = 51, count: int = 5) -> None:
    """Adverts of the Master go on."""
    listener.clear()
    eventually(
        lambda: len([one for one in listener.adverts() if one[0] == vrid and one[1] > 0]) >= count,
        f"{count} adverts of {vrid}",
    )


def test_a_stop_takes_the_address_away_after_a_priority_0_advert(daemon: Daemon, listener: Listener) -> None:
    daemon.master()
    listener.clear()
    begun = time.monotonic()
    assert 0 == daemon.stop()
    took = time.monotonic() - begun
    daemon.assert_nothing_left()
    assert (51, 0, 4) == listener.adverts()[-1]
    assert took < 5, "no time-out may be involved"


def test_sigterm_at_any_moment_leaves_no_process_and_no_address(daemon: Daemon) -> None:
    chance = random.Random(7)
    daemon.start()  # how long until the children are there, on this machine now
    begun = time.monotonic()
    eventually((daemon.folder / "vrrp.pid").exists, "vrrp process")
    usual = time.monotonic() - begun
    daemon.stop()
    for number in range(20):
        process = daemon.start()
        # Half of them within the first 100 ms, the others around the birth of the children.
        moment = chance.uniform(0, 0.1) if number % 2 else usual + chance.uniform(-0.1, 0.3)
        time.sleep(max(0.0, moment))
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM)
        daemon.assert_nothing_left()


def test_a_killed_supervisor_leaves_no_process_and_no_address(daemon: Daemon, listener: Listener) -> None:
    daemon.master()
    os.kill(daemon.pid("keepalived"), signal.SIGKILL)
    daemon.assert_nothing_left()
    assert (51, 0, 4) == listener.adverts()[-1], "in good order"


def test_a_killed_vrrp_process_goes_on_as_master_without_giving_up_the_address(
    daemon: Daemon, listener: Listener
) -> None:
    daemon.master()
    first = daemon.pid("vrrp")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: "Respawning" in daemon.log(), "restart")
    eventually(lambda: (daemon.folder / "vrrp.pid").exists() and daemon.pid("vrrp") != first, "new process")
    eventually(lambda: daemon.lan.holds("a", VIP), "the address")
    more_adverts(listener)
    assert 0 == daemon.stop()
    daemon.assert_nothing_left()


def test_a_stop_while_a_killed_vrrp_process_waits_takes_the_address_away(daemon: Daemon) -> None:
    daemon.master()
    first = daemon.pid("vrrp")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: (daemon.folder / "vrrp.pid").exists() and daemon.pid("vrrp") != first, "new process")
    os.kill(daemon.pid("vrrp"), signal.SIGKILL)
    eventually(lambda: "Respawning in 1s" in daemon.log(), "a second death so soon is followed by a pause")
    assert daemon.lan.holds("a", VIP)

    assert 0 == daemon.stop()
    daemon.assert_nothing_left()


@pytest.mark.parametrize("stays", [CONFIG, BFD_ONLY], ids=["one-goes", "all-go"])
def test_a_reload_while_a_killed_vrrp_process_waits_takes_away_what_the_new_file_has_not(
    daemon: Daemon, stays: str
) -> None:
    process = daemon.master(BOTH)
    eventually(lambda: daemon.lan.holds("a", OTHER), "both addresses")
    first = daemon.pid("vrrp")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: (daemon.folder / "vrrp.pid").exists() and daemon.pid("vrrp") != first, "new process")
    os.kill(daemon.pid("vrrp"), signal.SIGKILL)
    eventually(lambda: "Respawning in 1s" in daemon.log(), "a second death so soon is followed by a pause")
    assert daemon.lan.holds("a", OTHER)

    daemon.config.write_text(stays)
    process.send_signal(signal.SIGHUP)
    eventually(lambda: daemon.lan.lacks("a", OTHER), lambda: f"the end of VI_2; {daemon.log()}")
    if stays == CONFIG:
        eventually(lambda: daemon.lan.holds("a", VIP), "VI_1 goes on")
    else:
        eventually(lambda: daemon.lan.lacks("a", VIP), "the end of VI_1")
    assert 0 == daemon.stop()
    daemon.assert_nothing_left()


def test_without_respawning_the_end_takes_the_address_away(daemon: Daemon) -> None:
    daemon.options = ("-R",)
    process = daemon.master()
    os.kill(daemon.pid("vrrp"), signal.SIGKILL)

    assert 1 == process.wait(PATIENCE_SECONDS)
    daemon.assert_nothing_left()


def test_a_killed_notifier_is_started_again(daemon: Daemon, listener: Listener) -> None:
    daemon.master(CONFIG.replace("version 3", "version 3\n    notify_fault /bin/true", 1))
    line = next(line for line in daemon.log().splitlines() if "Starting Notifier" in line)
    os.kill(int(line.rpartition("=")[2]), signal.SIGKILL)
    eventually(lambda: daemon.log().count("Starting Notifier") == 2, "restart")
    more_adverts(listener)
    assert 0 == daemon.stop()


def test_who_is_told_first_at_a_reload_hears_what_comes_after(daemon: Daemon) -> None:
    """A notifier that starts with a reload knows the states: of those it tells nothing, only of news."""
    process = daemon.master()
    assert "Starting Notifier" not in daemon.log()
    told = daemon.folder / "told"
    script = f"notify \"/bin/sh -c 'echo $2 $3 >>{told}' sh\""
    daemon.config.write_text(BOTH.replace("version 3", f"version 3\n    {script}"))
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "VI_2 MASTER" in daemon.told(told), lambda: f"the script; {daemon.log()}")
    daemon.config.write_text(CONFIG)
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "VI_2 FAULT" in daemon.told(told), lambda: f"the end; {daemon.log()}")
    assert 0 == daemon.stop()
    assert "VI_1 MASTER" not in daemon.told(told)


@pytest.mark.parametrize(
    "damage",
    ["missing", "truncated", "cut within the first instance", "unknown keyword", "empty", "missing word"],
)
def test_a_bad_file_changes_nothing(daemon: Daemon, listener: Listener, damage: str) -> None:
    process = daemon.master()
    text = {
        "truncated": BOTH[:-30],
        "unknown keyword": BOTH.replace("advert_int", "advertint"),
        "empty": "",
        "cut within the first instance": BOTH[: BOTH.index("{", BOTH.index("vrrp_instance")) + 2],
        "missing word": BOTH.replace("priority 120", "priority"),
    }
    if damage == "missing":
        daemon.config.unlink()
    else:
        daemon.config.write_text(text[damage])
    listener.clear()
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "Reload refused, the running configuration stays" in daemon.log(), "refusal")
    if damage not in ("missing", "empty"):
        assert re.search(rf"{daemon.config}:\d+:\d+: ", daemon.log().partition("Reloading ...")[2])
    more_adverts(listener)
    assert not any(priority == 0 for _, priority, _ in listener.adverts())
    assert daemon.lan.holds("a", VIP)
    daemon.config.write_text(BOTH)
    process.send_signal(signal.SIGHUP)
    eventually(lambda: daemon.lan.holds("a", OTHER), "a good file is taken")
    assert 0 == daemon.stop()
    daemon.assert_nothing_left()


def test_a_blocked_standard_output_does_not_stop_adverts(daemon: Daemon, listener: Listener) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(65536))
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b".")
    os.set_blocking(writer, True)
    daemon.master(stdout=writer)
    more_adverts(listener, count=20)
    assert 0 == daemon.stop()
    daemon.assert_nothing_left()
    os.close(reader)
    os.close(writer)


def test_an_unread_dev_log_does_not_stop_adverts(daemon: Daemon, listener: Listener) -> None:
    devices = daemon.folder / "dev"
    devices.mkdir()
    for name in ("null", "zero", "random", "urandom"):
        os.mknod(devices / name, stat.S_IFCHR | 0o666, os.stat(f"/dev/{name}").st_rdev)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unread:
        unread.bind(str(devices / "log"))
        daemon.prelude = f"mount --bind {devices} /dev &&"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    other.sendto(b"full", str(devices / "log"))
        daemon.master()
        more_adverts(listener, count=20)
        assert 0 == daemon.stop()
        daemon.assert_nothing_left()


def test_dumps_are_written_whole_and_private(daemon: Daemon) -> None:
    process = daemon.master()
    files = {
        signal.SIGUSR1: ["keepalived.data", "keepalived_parent.data"],
        signal.SIGUSR2: ["keepalived.stats"],
        signal.SIGRTMIN + 2: ["keepalived.json"],
    }
    for number, names in files.items():
        process.send_signal(number)
        for name in names:
            eventually((daemon.folder / name).exists, name)
            assert 0o600 == stat.S_IMODE((daemon.folder / name).stat().st_mode)
    dumped = json.loads((daemon.folder / "keepalived.json").read_text())[0]
    assert ("VI_1", 2, True) == tuple(dumped["data"][key] for key in ("iname", "state", "vipset"))
    assert dumped["stats"]["advert_sent"] > 0
    assert "   State = MASTER\n" in (daemon.folder / "keepalived.data").read_text()
    assert "  Became master: 1\n" in (daemon.folder / "keepalived.stats").read_text()
    process.send_signal(signal.SIGRTMAX - 1)
    process.send_signal(signal.SIGUSR2)

    def cleared() -> bool:
        return "  Became master: 0\n" in (daemon.folder / "keepalived.stats").read_text()

    eventually(cleared, "cleared counters")
    assert 0 == daemon.stop()


def test_a_start_without_a_configuration_ends_with_6(daemon: Daemon) -> None:
    done = subprocess.run(daemon.command(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert 6 == done.returncode
    assert "does not exist" in done.stderr
