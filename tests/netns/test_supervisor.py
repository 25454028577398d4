"""The supervisor as a process among processes: real forks, signals, pipes; toy children with a "VIP" file."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time

import pytest

from tests.support.eventually import PATIENCE_SECONDS, eventually
from tests.support.toy_site import ROOT, Toy, toy

assert toy  # a fixture
pytestmark = pytest.mark.netns


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
    assert [] == toy.vips(), "what the killed process left is taken away, too"
    assert "process died: what it left is taken away" in toy.log()


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
