"""Our vrrp process and FRR's vrrpd as the two routers of a LAN, both ways round.

FRR's VRRP works on macvlan devices that bear the virtual MAC address and the addresses; its daemon only
raises and lowers them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.lab import netns
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from tests.support.vrrp_lab import Lan, Listener, eventually, running

FRR = Path("/usr/lib/frr")

pytestmark = [
    pytest.mark.interop,
    pytest.mark.netns,
    pytest.mark.skipif(not (FRR / "vrrpd").exists(), reason="FRR's vrrpd is not installed"),
]

INTERVAL_MS = 200
ROUTER4 = RouterSettings(
    "VI_1",
    "eth0",
    51,
    version=3,
    advertisement_interval_ns=INTERVAL_MS * NANOSECONDS_PER_MILLISECOND,
    addresses=(VirtualAddress(IPv4Address("192.0.2.100"), 24, "eth0"),),
)
ROUTER6 = replace(
    ROUTER4,
    family=6,
    multicast_group=IPv6Address("ff02::12"),
    addresses=tuple(
        VirtualAddress(IPv6Address(text), 64, "eth0", flags=2) for text in ("fe80::51", "2001:db8::51")
    ),
)
CASES = {"ipv4": ROUTER4, "ipv6": ROUTER6}
"""Over IPv4 with the pseudo-header in the checksum, our default: FRR 8.4 takes no other form."""


@contextmanager
def frr(lan: Lan, letter: str, settings: RouterSettings, priority: int) -> Iterator[None]:
    """zebra and vrrpd in a namespace, the addresses on a macvlan."""
    there, family = lan.names[letter], settings.family
    device = f"vrrp{family}-51"
    lines = [
        f"link add {device} link eth0 type macvlan mode bridge",
        f"link set dev {device} address 00:00:5e:00:0{1 if family == 4 else 2}:33",
    ]
    commands = ["log stdout debugging", "debug vrrp protocol", "interface eth0", " vrrp 51 version 3"]
    commands += [f" vrrp 51 priority {priority}", f" vrrp 51 advertisement-interval {INTERVAL_MS}"]
    for virtual in settings.addresses:
        commands.append(f" vrrp 51 {'ip' if family == 4 else 'ipv6'} {virtual.address}")
        lines.append(f"addr add {virtual} dev {device} {'' if family == 4 else 'nodad'}")
    netns.ip_batch([*lines, f"link set {device} up"], there)
    # FRR's own user has to get there, which pytest's folders do not allow.
    folder = Path(tempfile.mkdtemp(prefix="vfrr-"))
    folder.chmod(0o777)
    (folder / "zebra.conf").write_text("log stdout\n")
    (folder / "vrrpd.conf").write_text("\n".join([*commands, "exit", ""]))
    daemons = []
    try:
        for name in ("zebra", "vrrpd"):
            options = f"-u frr -g frr -f {folder}/{name}.conf -i {folder}/{name}.pid -z {folder}/zserv.api"
            command = f"{FRR}/{name} {options} --vty_socket {folder} -A 127.0.0.1 -P 0 --log stdout"
            with (folder / f"{name}.log").open("wb") as log:
                daemons.append(
                    subprocess.Popen(
                        ["ip", "netns", "exec", there, *command.split()],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
            if name == "zebra":
                eventually((folder / "zserv.api").exists, lambda: (folder / "zebra.log").read_text())
        yield
    finally:
        for daemon in reversed(daemons):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan("vfrr") as made:
        yield made


def priorities(listener: Listener) -> set[int]:
    return {priority for vrid, priority, _ in listener.adverts() if vrid == 51}


@pytest.mark.parametrize("name", CASES)
def test_frr_gives_way_to_us_and_takes_over_when_we_stop(lan: Lan, tmp_path: Path, name: str) -> None:
    settings = replace(CASES[name], priority=200)
    theirs, ours = Listener(lan, "b"), Listener(lan, "a")
    with frr(lan, "b", settings, 100):
        eventually(lambda: 100 in priorities(theirs), "FRR is Master while alone")
        with running(lan, "a", VrrpPlan((settings,), ()), str(tmp_path / "log")) as process:
            process.until_state("VI_1", "MASTER")
            theirs.clear()
            ours.clear()
            eventually(lambda: len(ours.adverts()) >= 5, "our adverts")
            theirs.clear()
            ours.clear()
            eventually(lambda: len(ours.adverts()) >= 5, "our adverts")
            assert set() == priorities(theirs), "one Master"
            process.kill(signal.SIGTERM)
            assert 0 == process.wait()
            assert 0 in priorities(ours)
        eventually(lambda: 100 in priorities(theirs), "FRR takes over")


@pytest.mark.parametrize("name", CASES)
def test_we_give_way_to_frr_and_take_over_when_it_dies(lan: Lan, tmp_path: Path, name: str) -> None:
    settings = replace(CASES[name], priority=100)
    vips = [str(virtual.address) for virtual in settings.addresses]
    ours, theirs = Listener(lan, "a"), Listener(lan, "b")
    with running(lan, "a", VrrpPlan((settings,), ()), str(tmp_path / "log")) as process:
        process.until_state("VI_1", "MASTER")
        with frr(lan, "b", settings, 200):
            process.until_state("VI_1", "BACKUP")
            eventually(lambda: lan.lacks("a", *vips), "we release")
            ours.clear()
            theirs.clear()
            eventually(lambda: len(theirs.adverts()) >= 5, "FRR's adverts")
            assert set() == priorities(ours), "one Master"
            assert "discarded" not in process.log()
        process.until_state("VI_1", "MASTER")
        eventually(lambda: lan.holds("a", *vips), "we take over")
