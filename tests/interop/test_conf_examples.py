"""The real keepalived accepts every file of conf.examples, on machines with the interfaces they name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.lab import examples
from pykeepalived.lab.site import MODULES, Site

pytestmark = [pytest.mark.interop, pytest.mark.netns]
KEEPALIVED = "/usr/sbin/keepalived"


@pytest.fixture
def director() -> Iterator[str]:
    name = f"pkex{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for card in ("eth0", "eth1"):
            subprocess.run(["ip", "-n", name, "link", "add", card, "type", "veth"], check=True)
            subprocess.run(["ip", "-n", name, "link", "set", card, "up"], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.mark.parametrize("which", ["a", "b"])
@pytest.mark.parametrize("name", examples.EXAMPLES)
def test_keepalived_accepts(director: str, name: str, which: str) -> None:
    path = examples.configuration_files(name)[which]

    tested = subprocess.run(
        ["ip", "netns", "exec", director, KEEPALIVED, "-t", "-f", path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (tested.returncode, tested.stderr) == (0, "")


def test_keepalived_would_say_so_if_it_did_not(director: str, tmp_path: Path) -> None:
    text = examples.configuration_files("nat")["a"].read_text()
    broken = tmp_path / "broken.conf"
    broken.write_text(text.replace("virtual_router_id", "virtual_routed_id"))

    tested = subprocess.run(["ip", "netns", "exec", director, KEEPALIVED, "-t", "-f", broken], check=False)

    assert tested.returncode != 0


def test_a_site_leaves_nothing_behind(tmp_path: Path) -> None:
    # Some modules bring links of their own, which stay.
    subprocess.run(["modprobe", "-q", "-a", *MODULES], capture_output=True, check=False)
    before = {entry.name for entry in Path("/run/netns").glob("*")}
    links = Path("/proc/net/dev").read_text().count("\n")

    with Site(examples.find("vrrp"), tmp_path) as site:
        words = site.command("a", ["sh", "-c", "echo here; exec sleep 100"])
        running = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert running.stdout is not None
        assert running.stdout.readline() == b"here\n"  # not before would it be killed with the machine
        assert site.namespace("a") in os.listdir("/run/netns")
        site.power_off("a")
        assert running.wait(10) != 0
        running.stdout.close()
        site.power_on("a")

    assert {entry.name for entry in Path("/run/netns").glob("*")} - before <= others()
    assert links == Path("/proc/net/dev").read_text().count("\n")


def others() -> set[str]:
    """Namespaces that other tests made meanwhile."""
    return {name for name in os.listdir("/run/netns") if str(os.getpid()) not in name}
