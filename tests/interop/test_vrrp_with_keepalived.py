"""Our vrrp process and Debian's keepalived as the two routers of a LAN, both ways round."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import (
    Authentication,
    AuthenticationKind,
    RouterSettings,
    UnicastPeer,
    VirtualAddress,
)
from pykeepalived.vrrp.virtual_link import VirtualLink, virtual_mac
from tests.support.vrrp_lab import Lan, Listener, eventually, running

KEEPALIVED = shutil.which("keepalived", path="/usr/sbin:/sbin:/usr/local/sbin")

pytestmark = [
    pytest.mark.interop,
    pytest.mark.netns,
    pytest.mark.skipif(KEEPALIVED is None, reason="Debian's keepalived is not installed"),
]

VIPS4 = ("198.51.100.1", "198.51.100.2")
VIPS6 = ("fe80::51", "2001:db8::51")
QUICK_NS = 200 * NANOSECONDS_PER_MILLISECOND
SECOND_NS = 1000 * NANOSECONDS_PER_MILLISECOND


@dataclass(frozen=True)
class Case:
    """One way to run VRRP: our settings, and what keepalived is told besides the common words."""

    settings: RouterSettings
    words: tuple[str, ...] = ()

    @property
    def vips(self) -> tuple[str, ...]:
        return tuple(str(virtual.address) for virtual in self.settings.addresses)


BASE = RouterSettings(
    "VI_1",
    "eth0",
    51,
    version=3,
    advertisement_interval_ns=QUICK_NS,
    addresses=tuple(VirtualAddress(IPv4Address(text), 32, "eth0") for text in VIPS4),
)
BASE2 = replace(BASE, version=2, advertisement_interval_ns=SECOND_NS)


def with_macvlan(settings: RouterSettings) -> RouterSettings:
    """The same router with use_vmac."""
    link = VirtualLink("vrrp.51", "eth0", settings.family, mac=virtual_mac(settings.family, 51))
    addresses = tuple(replace(virtual, interface=link.name) for virtual in settings.addresses)
    return replace(settings, links=(link,), advert_interface=link.name, addresses=addresses)


IPV6 = replace(
    BASE,
    family=6,
    multicast_group=IPv6Address("ff02::12"),
    addresses=tuple(VirtualAddress(IPv6Address(text), 64, "eth0", flags=2) for text in VIPS6),
)

CASES = {
    "v2": Case(BASE2),
    "v2-pass": Case(
        replace(BASE2, authentication=Authentication(AuthenticationKind.PASS, b"secret1")),
        ("authentication {", "auth_type PASS", "auth_pass secret1", "}"),
    ),
    "v2-ah": Case(
        replace(BASE2, authentication=Authentication(AuthenticationKind.AH, b"secret1")),
        ("authentication {", "auth_type AH", "auth_pass secret1", "}"),
    ),
    "v3": Case(BASE),
    "v3-unicast": Case(
        replace(
            BASE,
            source_address=IPv4Address("192.0.2.1"),
            unicast=True,
            peers=(UnicastPeer(IPv4Address("192.0.2.2")),),
        ),
        ("unicast_src_ip 192.0.2.2", "unicast_peer {", "192.0.2.1", "}"),
    ),
    "v3-ipv6": Case(IPV6),
    "v3-vmac": Case(with_macvlan(BASE), ("use_vmac",)),
    "v3-ipv6-vmac": Case(with_macvlan(IPV6), ("use_vmac",)),
}


def configuration(case: Case, priority: int) -> str:
    settings = case.settings
    lines = [
        "global_defs {\nrouter_id interop\n}",
        "vrrp_instance VI_1 {",
        "state BACKUP\ninterface eth0\nvirtual_router_id 51",
        f"version {settings.version}",
        f"priority {priority}",
        f"advert_int {settings.advertisement_interval_ns / SECOND_NS:g}",
        *case.words,
        "virtual_ipaddress {",
        *(f"{virtual} dev eth0" for virtual in settings.addresses),
        "}\n}\n",
    ]
    return "\n".join(lines)


@contextmanager
def keepalived(
    lan: Lan, letter: str, case: Case, priority: int, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The real one, with a /run of its own; its console is not the machine's serial port."""
    run = folder / "run"
    run.mkdir()
    (folder / "keepalived.conf").write_text(configuration(case, priority))
    pids = " ".join(f"-{option} {run}/{option}.pid" for option in "prc")
    script = (
        f"mount --bind {run} /run && mount --bind /dev/null /dev/console; "
        f"exec {KEEPALIVED} -n -l -D -P -f {folder}/keepalived.conf {pids} > {folder}/log 2>&1"
    )
    daemon = subprocess.Popen(
        ["ip", "netns", "exec", lan.names[letter], "unshare", "-m", "sh", "-c", script],
        start_new_session=True,
    )
    try:
        yield daemon
    finally:
        if daemon.poll() is None:
            os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan("v2i") as made:
        yield made


def owners(lan: Lan, vips: tuple[str, ...]) -> str:
    """Which routers hold all of the addresses; lower case for some of them only."""
    text = ""
    for letter in "ab":
        lines = lan.ip(letter, "-o", "addr", "show").splitlines()  # on whatever interface
        held = {line.split()[3].partition("/")[0] for line in lines} & set(vips)
        if held:
            text += letter.upper() if held == set(vips) else letter
    return text


@pytest.mark.parametrize("name", CASES)
def test_we_give_way_to_a_better_keepalived_and_take_over_when_it_stops(
    lan: Lan, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    ours = VrrpPlan((replace(case.settings, priority=100),), ())
    with running(lan, "a", ours, str(tmp_path / "log-a")) as process:
        process.until_state("VI_1", "MASTER")
        with keepalived(lan, "b", case, 200, tmp_path) as other:
            eventually(lambda: owners(lan, case.vips) == "B", "keepalived has the addresses", 30)
            process.until_state("VI_1", "BACKUP")
            os.killpg(other.pid, signal.SIGTERM)
            eventually(lambda: owners(lan, case.vips) == "A", "we have the addresses", 30)

        assert ["BACKUP", "MASTER", "BACKUP", "MASTER"] == process.states("VI_1")


@pytest.mark.parametrize("name", CASES)
def test_keepalived_gives_way_to_us_and_takes_over_when_we_stop(lan: Lan, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    ours = VrrpPlan((replace(case.settings, priority=200),), ())
    with keepalived(lan, "b", case, 100, tmp_path):
        eventually(lambda: owners(lan, case.vips) == "B", "keepalived has the addresses", 30)
        with running(lan, "a", ours, str(tmp_path / "log-a")) as process:
            process.until_state("VI_1", "MASTER")
            eventually(lambda: owners(lan, case.vips) == "A", "we have the addresses", 30)
            listener = Listener(lan, "b")
            process.kill(signal.SIGTERM)
            assert process.wait() == 0
            eventually(lambda: owners(lan, case.vips) == "B", "keepalived has them again", 30)
            assert (51, 100, case.settings.family) in listener.adverts()
