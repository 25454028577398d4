"""The supervisor as a process among processes: real forks, signals, pipes; toy children with a "VIP" file."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.netns, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]

PATIENCE_SECONDS = 20.0
ROOT = Path(__file__).parents[2]


def eventually(condition: Callable[[], object], what: str) -> None:
    """Poll until it holds: the machine may stall."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.01)


class Toy:
    """A folder with a configuration, and the daemon that runs from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "toy.json"
        self.journal_file = folder / "journal"
        self.output = folder / "output"
        self.pid_files = {name: folder / f"{name}.pid" for name in ("keepalived", "vrrp", "checkers")}
        self.process: subprocess.Popen[bytes] | None = None
        self.data: dict[str, object] = {"children": {"vrrp": {}, "checker": {}}}

    def write(self, **changes: object) -> None:
        self.data = {"journal": str(self.journal_file), **self.data, **changes}
        self.config.write_text(json.dumps(self.data))

    def command(self, *options: str) -> list[str]:
        pids = [f"-p{self.pid_files['keepalived']}", f"-r{self.pid_files['vrrp']}"]
        pids.append(f"-c{self.pid_files['checkers']}")
        return [sys.executable, "-m", "tests.support.toy_daemon", f"-f{self.config}", "-G", *pids, *options]

    def start(self, *options: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
        self.write()
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                self.command("-n", "-l", "-D", *options),
                stdout=output if stdout is None else stdout,
                stderr=output,
                cwd=ROOT,
                start_new_session=True,
            )
        return self.process

    def started(self, *options: str) -> subprocess.Popen[bytes]:
        process = self.start(*options)
        eventually(lambda: "Startup complete" in self.log(), f"start: {self.log()}")
        return process

    def log(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    def journal(self) -> list[str]:
        return self.journal_file.read_text().splitlines() if self.journal_file.exists() else []

    def said(self, name: str) -> list[str]:
        """What one child noted, without its pid."""
        return [line.split(" ", 2)[2] for line in self.journal() if line.startswith(f"{name} ")]

    def pid(self, name: str) -> int:
        return int(self.pid_files[name].read_text())

    def vips(self) -> list[str]:
        return [path.name for path in self.folder.glob("journal.vip.*")]

    def left(self) -> list[int]:
        """Processes that still run from this folder."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and str(self.config).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found

    def assert_gone(self) -> None:
        """No process and no "VIP" of a child that was asked to stop."""
        eventually(lambda: not self.left(), f"processes left: {self.left()}")
        assert [] == self.vips()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    daemon = Toy(tmp_path)
    yield daemon
    for pid in daemon.left():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if daemon.process is not None:
        daemon.process.wait()


# ---------------------------------------------------------------- start and stop


def test_an_ordinary_life(toy: Toy) -> None:
    toy.started()
    assert dict.fromkeys(toy.pid_files, True) == {n: f.exists() for n, f in toy.pid_files.items()}
    begun = time.monotonic()
    assert 0 == toy.stop()
    took = time.monotonic() - begun
    toy.assert_gone()
    assert not any(path.exists() for path in toy.pid_files.values())
    assert ["vrrp", "checker"] == [line.split()[0] for line in toy.journal() if line.endswith("stop")]
    assert took < 5, "an ordinary stop must not run into any time-out"
    assert "SIGTERM could be lost" not in toy.said("vrrp") + toy.said("checker")


def test_sigterm_at_any_moment_of_the_start_leaves_nothing(toy: Toy) -> None:
    chance = random.Random(4)
    for _ in range(20):
        process = toy.start()
        time.sleep(chance.uniform(0, 0.4))
        process.terminate()
        status = process.wait(PATIENCE_SECONDS)
        # Before Python runs our code the signal ends the interpreter itself.
        assert status in (0, -signal.SIGTERM)
        toy.assert_gone()
        if status == 0:
            assert not toy.pid_files["keepalived"].exists()


def test_sigterm_while_others_ask_for_the_status(toy: Toy) -> None:
    process = toy.started()
    clients = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(8)]
    for number, client in enumerate(clients):
        if number == 4:  # the others knock at the moment of the signal
            process.send_signal(signal.SIGSTOP)
        client.connect(f"{toy.pid_files['keepalived']}.sock")
        client.sendall(b'{"command": "status"}\n')
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)

    assert 0 == process.wait(PATIENCE_SECONDS), toy.log()
    assert "Traceback" not in toy.log(), toy.log()
    for client in clients:
        client.close()


def test_sigterm_while_a_child_is_still_starting(toy: Toy) -> None:
    toy.data["children"] = {"vrrp": {"startup": 0.5}}
    toy.start()
    eventually(toy.pid_files["vrrp"].exists, "vrrp process")
    assert 0 == toy.stop()
    toy.assert_gone()
    assert "stop" in toy.said("vrrp")


def test_a_service_manager_that_terminates_everybody_at_once(toy: Toy) -> None:
    """systemd does so by default; nothing may be started again, and the order must hold."""
    toy.data["scripts"] = {"vrrp": {"stop": ["/bin/echo", "stop", "script"]}}
    process = toy.started()
    os.killpg(process.pid, signal.SIGTERM)
    assert 0 == process.wait(PATIENCE_SECONDS)
    toy.assert_gone()
    assert ["start", "start"] == [line.split()[2] for line in toy.journal() if " start" in line]
    stopped = dict.fromkeys(line.split()[0] for line in toy.journal() if " stop" in line)
    assert ["vrrp", "checker"] == list(stopped)
    assert "notify_stop: running /bin/echo stop script" in toy.log()


def test_a_terminated_vrrp_process_comes_back(toy: Toy) -> None:
    toy.started()
    os.kill(toy.pid("vrrp"), signal.SIGTERM)
    eventually(lambda: 2 == len([s for s in toy.said("vrrp") if s.startswith("start")]), "second life")
    os.kill(toy.pid("checkers"), signal.SIGTERM)
    assert 0 == toy.stop()
    assert ["stop"] == [s for s in toy.said("checker") if s.startswith("stop")], "only on our word"


def test_a_child_that_does_not_stop_is_killed(toy: Toy) -> None:
    toy.data["children"] = {"vrrp": {"ignore_stop": True}}
    toy.data["child_wait_time"] = 1
    toy.started()
    assert 0 == toy.stop()
    eventually(lambda: not toy.left(), "end of every process")
    assert "did not stop in time" in toy.log()


def test_a_background_daemon_reports_to_its_caller(toy: Toy) -> None:
    toy.write()
    done = subprocess.run(toy.command(), cwd=ROOT, capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    assert (0, b"") == (done.returncode, done.stderr)
    pid = toy.pid("keepalived")
    assert "/" == os.readlink(f"/proc/{pid}/cwd")
    assert pid != os.getsid(pid), "no session leader"
    os.kill(pid, signal.SIGTERM)
    toy.assert_gone()


# ---------------------------------------------------------------- pid files


@pytest.mark.parametrize("options", [("-n",), ()])
def test_a_second_start_is_refused(toy: Toy, options: tuple[str, ...]) -> None:
    process = toy.started()
    done = subprocess.run(
        toy.command(*options), cwd=ROOT, capture_output=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert 1 == done.returncode
    assert f"already running with pid {process.pid}" in done.stderr.decode()
    assert process.pid == toy.pid("keepalived")
    assert process.poll() is None
    assert 0 == toy.stop()


@pytest.mark.parametrize("options", [("-n",), ()])
def test_a_pid_file_that_cannot_be_written_ends_the_start(toy: Toy, options: tuple[str, ...]) -> None:
    (toy.folder / "file").touch()
    toy.pid_files["keepalived"] = toy.folder / "file" / "x.pid"
    toy.write()
    done = subprocess.run(
        toy.command(*options), cwd=ROOT, capture_output=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert 1 == done.returncode
    assert "cannot write pid file" in done.stderr.decode()
    toy.assert_gone()
    assert [] == toy.journal()


def test_a_full_disk_ends_the_start_with_a_word(toy: Toy) -> None:
    full = toy.folder / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", full], check=True)
    try:
        (full / "ballast").write_bytes(bytes(4096))
        toy.pid_files["keepalived"] = full / "x.pid"
        toy.write()
        for options in ((), ("-n",)):
            done = subprocess.run(
                toy.command(*options), cwd=ROOT, capture_output=True, timeout=PATIENCE_SECONDS, check=False
            )
            assert 1 == done.returncode
            assert "No space left on device" in done.stderr.decode()
        assert ["ballast"] == [path.name for path in full.iterdir()]
        toy.assert_gone()
    finally:
        subprocess.run(["umount", full], check=True)


def test_a_file_left_by_a_killed_daemon_is_taken_over(toy: Toy) -> None:
    toy.started().kill()
    eventually(lambda: not toy.left(), "end of the children")
    assert toy.pid_files["keepalived"].exists()
    toy.output.unlink()
    process = toy.started()
    assert process.pid == toy.pid("keepalived")
    assert 0 == toy.stop()


# ---------------------------------------------------------------- death


def test_a_killed_supervisor_leaves_no_process_and_no_vip(toy: Toy) -> None:
    toy.started().kill()
    toy.assert_gone()
    assert "stop the supervisor is gone" in toy.said("vrrp") or "stop terminated by signal" in toy.said(
        "vrrp"
    )


@pytest.mark.parametrize(("name", "other"), [("vrrp", "checker"), ("checkers", "vrrp")])
def test_a_killed_child_is_started_again_with_what_it_knew(toy: Toy, name: str, other: str) -> None:
    process = toy.started()
    first = toy.pid(name)
    os.kill(first, signal.SIGKILL)
    child = name.removesuffix("s")
    eventually(lambda: len([s for s in toy.said(child) if s.startswith("start")]) == 2, "second life")
    again = [line for line in toy.said(child) if line.startswith("start")][-1]
    assert {"start", "checker=MASTER", "vrrp=MASTER"} == set(again.split())
    eventually(toy.pid_files[name].exists, "the supervisor has noted its number")
    assert first != toy.pid(name)
    assert 1 == len([s for s in toy.said(other) if s.startswith("start")]), "the other one goes on"
    eventually(lambda: ["PeerGone", "PeerRestarted"] == toy.said(other)[-2:], "the other one is told")
    assert process.poll() is None
    assert 0 == toy.stop()
    toy.assert_gone()


def test_a_child_that_keeps_dying_is_not_started_all_the_time(toy: Toy) -> None:
    toy.data["children"] = {"vrrp": {"exit": 3}}
    toy.start()
    eventually(lambda: "Respawning in 2s" in toy.log(), "back-off")
    assert 3 == toy.log().count("ended with status 3")
    assert 0 == toy.stop()
    toy.assert_gone()


@pytest.mark.parametrize("status", [1, 2, 4])
def test_a_permanent_error_of_one_stops_all(toy: Toy, status: int) -> None:
    toy.data["children"] = {"vrrp": {}, "checker": {"exit": status, "after": 0.3}}
    assert status == toy.start().wait(PATIENCE_SECONDS)
    toy.assert_gone()
    assert "stop" in toy.said("vrrp")


def test_without_respawn_a_death_stops_all(toy: Toy) -> None:
    process = toy.started("-R")
    os.kill(toy.pid("checkers"), signal.SIGKILL)
    assert 1 == process.wait(PATIENCE_SECONDS)
    eventually(lambda: not toy.left(), "end of every process")
    assert ["journal.vip.checker"] == toy.vips(), "only that of the process that was killed"


def test_children_hold_nothing_of_the_supervisor(toy: Toy) -> None:
    """An inherited descriptor would keep a lock or a connection alive."""
    process = toy.started()
    own = {os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{process.pid}/fd")}
    private = {name for name in own if ".pid" in name}
    assert 1 == len(private), "the pid file"
    for name in ("vrrp", "checkers"):
        pid = toy.pid(name)
        held = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        assert private.isdisjoint(held)
    assert 0 == toy.stop()


# ---------------------------------------------------------------- reload


def test_a_reload_reaches_only_those_whose_plan_changed(toy: Toy) -> None:
    process = toy.started()
    toy.write(children={"vrrp": {"version": 2}, "checker": {}})
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "Reload finished" in toy.log(), "reload")
    assert "reload 2" in toy.said("vrrp")
    assert not any(line.startswith("reload") for line in toy.said("checker"))
    assert 0 == toy.stop()


def test_a_reload_starts_and_stops_processes(toy: Toy) -> None:
    toy.data["children"] = {"vrrp": {}}
    process = toy.started()
    toy.write(children={"checker": {}})
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "start" in toy.said("checker"), "checker process")
    eventually(lambda: "stop" in toy.said("vrrp"), "end of the vrrp process")
    eventually(lambda: not toy.pid_files["vrrp"].exists(), "its pid file is gone")
    toy.write(children={"vrrp": {}, "checker": {}})
    process.send_signal(signal.SIGHUP)
    eventually(toy.pid_files["vrrp"].exists, "vrrp process again")
    assert 0 == toy.stop()
    toy.assert_gone()


@pytest.mark.parametrize("damage", ["missing", "truncated", "errors", "empty", "bug"])
def test_a_bad_file_is_refused_and_nothing_happens(toy: Toy, damage: str) -> None:
    process = toy.started()
    before = toy.journal()
    match damage:
        case "missing":
            toy.config.unlink()
        case "truncated":
            toy.config.write_text(toy.config.read_text()[:-10])
        case "errors":
            toy.write(children={"vrrp": {"version": 2}}, errors=["there is a new error"])
        case "bug":
            toy.write(bug=True)
        case "empty":
            toy.config.write_text("{}")
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "Reload refused, the running configuration stays" in toy.log(), "refusal")
    if damage == "errors":
        assert f"{toy.config}:1:1: there is a new error" in toy.log()
    assert before == toy.journal()
    assert process.poll() is None
    toy.data.pop("bug", None)
    toy.write(children={"vrrp": {"version": 3}, "checker": {}}, errors=[])
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "reload 3" in toy.said("vrrp"), "a good file is taken")
    assert 0 == toy.stop()


def test_old_errors_do_not_hinder_a_reload(toy: Toy) -> None:
    toy.data["errors"] = ["an old error"]
    process = toy.started()
    toy.write(children={"vrrp": {"version": 2}, "checker": {}})
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "reload 2" in toy.said("vrrp"), "reload")
    assert 0 == toy.stop()


def test_a_storm_of_reloads_and_a_stop_in_it(toy: Toy) -> None:
    process = toy.started()
    for version in range(2, 60):
        toy.write(children={"vrrp": {"version": version}, "checker": {}})
        process.send_signal(signal.SIGHUP)
        time.sleep(0.002)
    assert 0 == toy.stop()
    toy.assert_gone()


def test_a_stop_ends_the_reload_under_way_and_the_one_that_waits(toy: Toy) -> None:
    process = toy.started()
    os.kill(toy.pid("checkers"), signal.SIGSTOP)  # it owes the answer that the first reload waits for
    for version in (2, 3):
        plan = {"version": version}
        toy.write(children={"vrrp": plan, "checker": plan})
        process.send_signal(signal.SIGHUP)
        eventually(lambda: "reload 2" in toy.said("vrrp"), "first reload reaches the vrrp process")
    process.terminate()
    eventually(lambda: not toy.pid_files["vrrp"].exists(), "end of the vrrp process")
    os.kill(toy.pid("checkers"), signal.SIGCONT)
    assert 0 == process.wait(PATIENCE_SECONDS)
    assert ["start"] == [line for line in toy.said("vrrp") if line.startswith("start")]
    assert "Reload finished" not in toy.log()
    toy.assert_gone()


# ---------------------------------------------------------------- log readers


def test_a_blocked_standard_output_stops_nothing(toy: Toy) -> None:
    reader, writer = os.pipe()
    process = toy.start(stdout=writer)
    os.close(writer)
    eventually(toy.pid_files["vrrp"].exists, "start")
    for version in range(2, 2000):
        toy.write(children={"vrrp": {"version": version}, "checker": {}}, errors=["x" * 500] * 5)
        process.send_signal(signal.SIGHUP)
        if version % 50 == 0 and _pipe_is_full(reader):
            break
    last = len(toy.said("vrrp"))
    toy.write(children={"vrrp": {"version": 9999}, "checker": {}}, errors=[])
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "reload 9999" in toy.said("vrrp")[last:], "reload with a full pipe")
    os.kill(toy.pid("vrrp"), signal.SIGKILL)
    eventually(lambda: any("MASTER" in line for line in toy.said("vrrp")), "restart with a full pipe")
    assert 0 == toy.stop()
    toy.assert_gone()
    os.close(reader)


def _pipe_is_full(reader: int) -> bool:
    import array
    import fcntl
    import termios

    waiting = array.array("i", [0])
    fcntl.ioctl(reader, termios.FIONREAD, waiting)
    return waiting[0] > 60_000


# ---------------------------------------------------------------- scripts

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
    toy.started().kill()
    eventually(lambda: "<stop>" in report.read_text(), "notify_stop")
    toy.assert_gone()


# ---------------------------------------------------------------- systemd


def test_systemd_is_told(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(toy.folder / "notify"))
        manager.settimeout(PATIENCE_SECONDS)
        monkeypatch.setenv("NOTIFY_SOCKET", str(toy.folder / "notify"))
        process = toy.started()
        assert f"READY=1\nMAINPID={process.pid}" == manager.recv(1000).decode()
        toy.write(children={"vrrp": {"version": 2}, "checker": {}})
        process.send_signal(signal.SIGHUP)
        assert manager.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert manager.recv(1000).startswith(b"READY=1")
        assert 0 == toy.stop()
        assert b"STOPPING=1" == manager.recv(1000)
