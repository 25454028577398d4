"""``pykeepalived real-server`` on a machine of its own: plan, apply twice, undo."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.netns
NAMESPACE = f"pkrs{os.getpid()}"
RUN = "import sys; from pykeepalived.cli.real_server import run; sys.exit(run(sys.argv[1:]))"

Command = Callable[..., subprocess.CompletedProcess[str]]


def ip(*words: str) -> str:
    done = subprocess.run(["ip", "-n", NAMESPACE, *words], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def machine() -> Iterator[None]:
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    try:
        ip("link", "set", "lo", "up")
        ip("link", "add", "eth0", "type", "veth", "peer", "name", "peer0")
        for name in ("eth0", "peer0"):
            ip("link", "set", name, "up")
        ip("address", "add", "198.51.100.11/24", "dev", "eth0")
        yield
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)


@pytest.fixture
def command(machine: None, tmp_path: Path) -> Command:
    def run(action: str, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-c", RUN, action, "--state", str(tmp_path / "state.json"), *words]
        root = str(Path(__file__).parents[2])
        inside = ["ip", "netns", "exec", NAMESPACE, "env", f"PYTHONPATH={root}"]
        return subprocess.run([*inside, *argv], capture_output=True, text=True, check=False)

    return run


def everything() -> str:
    """What of the machine a real server's settings touch."""
    names = ("all/arp_ignore", "all/arp_announce", "all/rp_filter")
    read = ["ip", "netns", "exec", NAMESPACE, "cat", *(f"/proc/sys/net/ipv4/conf/{name}" for name in names)]
    sysctls = subprocess.run(read, capture_output=True, text=True, check=True).stdout
    return sysctls + ip("address", "show", "dev", "lo") + ip("route", "show") + ip("-6", "route", "show")


DIRECT = ("--mode", "dr", "192.0.2.100", "2001:db8::100")


def test_apply_makes_what_plan_printed_and_undo_restores_all_of_it(command: Command) -> None:
    before = everything()
    planned = command("plan", *DIRECT).stdout

    applied = command("apply", *DIRECT)

    assert applied.returncode == 0, applied.stderr
    assert "192.0.2.100/32" in ip("address", "show", "dev", "lo")
    assert "2001:db8::100/128" in ip("address", "show", "dev", "lo")
    assert planned.count("# now: ") == 4
    assert "4 changed" in applied.stdout
    assert command("undo").returncode == 0
    assert everything() == before


def test_plan_is_a_script_that_does_the_same(command: Command) -> None:
    script = command("plan", *DIRECT).stdout

    subprocess.run(["ip", "netns", "exec", NAMESPACE, "sh", "-e"], input=script, text=True, check=True)

    assert "0 changed, 4 as they should be" in command("apply", *DIRECT).stdout


def test_applying_twice_is_applying_once(command: Command) -> None:
    before = everything()
    command("apply", *DIRECT)

    second = command("apply", *DIRECT)

    assert "0 changed" in second.stdout
    command("undo")
    assert everything() == before


def test_what_was_there_already_stays_after_undo(command: Command) -> None:
    ip("address", "add", "192.0.2.100/32", "dev", "lo")

    command("apply", "--mode", "dr", "192.0.2.100")
    command("undo")

    assert "192.0.2.100/32" in ip("address", "show", "dev", "lo")


def test_an_address_added_later_is_undone_together_with_the_first(command: Command) -> None:
    before = everything()
    command("apply", "--mode", "dr", "192.0.2.100")
    command("apply", "--mode", "dr", "192.0.2.101")

    command("undo")

    assert everything() == before


def test_undo_tells_of_an_address_that_someone_removed_and_restores_the_rest(command: Command) -> None:
    before = everything()
    command("apply", "--mode", "dr", "192.0.2.100")
    ip("address", "del", "192.0.2.100/32", "dev", "lo")

    undone = command("undo")

    assert undone.returncode == 1
    assert "192.0.2.100" in undone.stderr
    assert everything() == before


@pytest.mark.parametrize(
    "earlier", [[], ["default via 198.51.100.1"], ["default via 198.51.100.1 metric 100"]]
)
def test_the_default_route_comes_back(command: Command, earlier: list[str]) -> None:
    for route in earlier:
        ip("route", "add", *route.split())
    before = everything()

    command("apply", "--mode", "nat", "198.51.100.254")

    assert "default via 198.51.100.254 dev eth0" in ip("route", "show")
    assert command("undo").returncode == 0
    assert everything() == before


def test_a_gateway_that_is_on_no_network_is_refused_and_leaves_nothing_to_undo(command: Command) -> None:
    applied = command("apply", "--mode", "nat", "203.0.113.1")

    assert applied.returncode == 1
    assert "default route" in applied.stderr
    assert "Nothing to undo" in command("undo").stdout
