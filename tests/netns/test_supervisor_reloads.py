"""The supervisor reloads; a log reader that stands still hinders nothing."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.support.eventually import PATIENCE_SECONDS, eventually
from tests.support.toy_site import Toy, toy

assert toy  # a fixture
pytestmark = pytest.mark.netns


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


def test_a_daemon_that_was_started_with_a_broken_file_takes_a_better_one(toy: Toy) -> None:
    toy.write(children={}, errors=["the block is never closed"])
    process = toy.start()
    eventually(lambda: "Startup complete" in toy.log(), "start")
    toy.write(children={"vrrp": {}}, errors=["another error"])
    process.send_signal(signal.SIGHUP)
    eventually(toy.pid_files["vrrp"].exists, "vrrp process")
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
