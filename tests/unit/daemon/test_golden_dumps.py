"""State files laid out for the golden configurations have the labels of keepalived 2.4.3's recordings.

The recordings lie beside the project (/work/shared or ../shared); elsewhere this is skipped.
"""

from __future__ import annotations

import json
import re

import pytest

from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.dump_global import Part
from pykeepalived.daemon.dump_layout import Layout
from pykeepalived.daemon.dumptext import json_text
from pykeepalived.daemon.plans import configure
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.ipc.details import (
    HostReport,
    InstanceDetail,
    LinkReport,
    ProcessReport,
    ServerReport,
    ServiceReport,
    SocketReport,
    TrackedReport,
)
from pykeepalived.ipc.messages import (
    BfdSnapshot,
    BfdSnapshots,
    InstanceCounters,
    InstanceSnapshot,
    RouterState,
)
from pykeepalived.plan.lvs import plan_lvs
from pykeepalived.syntax.source import DictLoader
from pykeepalived.tracking.settings import TrackerKind
from tests.support.beside import SHARED, needs

GOLDEN = SHARED / "reference" / "golden"
pytestmark = needs(GOLDEN)
WORK = "/run/golden"
UP = 0x1 | 0x2 | 0x40 | 0x1000


def configured(name: str) -> Configured:
    text = (GOLDEN / "configs" / name).read_text().replace("@W@", WORK)
    return configure(DaemonSettings(config_file="/k.conf"), DictLoader({"/k.conf": text}), None)


def recorded(name: str) -> list[str]:
    return (GOLDEN / "samples" / name).read_text().splitlines()


def labels(lines: list[str], but: str = r"(?!)") -> list[str]:
    """Section and words before the value, in order: what a tool searches for."""
    found = []
    for line in lines:
        match = re.match(r"(\s*)(.*?)(\s*(?:=|:)\s.*|:|=)?$", line)
        assert match is not None
        label = f"{len(match[1])}|" + re.sub(r"0x\S+|\d+", "N", match[2])
        if not re.search(but, label) and line.strip():
            found.append(label)
    return found


def snapshot(name: str, priority: int, source: str, at: int) -> InstanceSnapshot:
    return InstanceSnapshot(
        name=name,
        state=RouterState.MASTER,
        wanted_state=RouterState.MASTER,
        effective_priority=priority,
        master_priority=254,
        master_adver_interval_ns=10**9,
        last_transition_ns=at,
        addresses_set=True,
        counters=InstanceCounters(),
        source_address=source,
        detail=InstanceDetail(deadline_at=at, advertised_at=at),
    )


def link(index: int, name: str, address: str, own6: str) -> LinkReport:
    mac = f"02:00:00:00:00:0{index - 2}"
    return LinkReport(index, name, UP, mac, 1500, 1, 0, addresses4=(address,), addresses6=(own6,))


HOST = HostReport(
    links=(
        LinkReport(1, "lo", 0x49, "00:00:00:00:00:00", 65536, 772, 0, addresses4=("127.0.0.1",)),
        link(2, "eth0", "192.0.2.1", "fe80::ff:fe00:0"),
        link(3, "eth1", "198.51.100.1", "fe80::ff:fe00:1"),
    ),
    sockets=(
        SocketReport(29, "eth0", 4, 112, (("VI_1", 51),)),
        SocketReport(31, "eth1", 4, 112, (("VI_2", 52),)),
    ),
    tracked=(
        TrackedReport(TrackerKind.SCRIPT, "chk", 1),
        TrackedReport(TrackerKind.FILE, "tf", 0),
        TrackedReport(TrackerKind.BFD, "b1", 0),
    ),
)
OURS = "IPv6 forwarding"
"""Lines of keepalived about what we do not do, with a reason in docs/differences.md."""
HELO = " Smtp HELO name = "
"""The default is the host's name; where keepalived was recorded nobody knew it."""
MOMENTS = re.compile(r"\d{10}\.\d{6}( \(.*\))?|fd_(in|out) =? ?\d+|\b\d+ usecs$")


def same(wanted: list[str], got: list[str]) -> None:
    """Whole lines, but for moments and descriptors."""
    mask = [MOMENTS.sub("*", line) for line in wanted]
    ours = [MOMENTS.sub("*", line) for line in got if not line.startswith(HELO)]
    assert [line for line in mask if OURS not in line] == ours


def test_the_state_of_vrrp() -> None:
    at = 1795330811_349109000
    instances = [
        snapshot("VI_1", 112, "192.0.2.1", at),
        snapshot("VI_2", 110, "198.51.100.1", at),
    ]
    text = Layout(configured("vrrp.conf")).vrrp(instances, HOST)
    same(recorded("vrrp.master.keepalived.data"), text.splitlines())


def test_the_part_of_the_parent() -> None:
    text = Layout(configured("vrrp.conf")).part(Part.PARENT)
    same(recorded("vrrp.master.keepalived_parent.data"), text.splitlines())


def test_the_state_of_the_checkers() -> None:
    running = configured("lvs.conf")
    assert running.config is not None
    down = {"[192.0.2.14]:tcp:80", "[192.0.2.19]:tcp:80"}
    reports = [
        ServiceReport(
            pool.settings.label,
            True,
            True,
            pool.settings.quorum,
            pool.settings.hysteresis,
            1,
            servers=tuple(
                ServerReport(one.label, one.label not in down, one.destination.weight, one.destination.weight)
                for one in pool.settings.servers
            ),
        )
        for pool in plan_lvs(running.config).pools
    ]
    lines = Layout(running).checker(reports).splitlines()
    start = lines.index("------< SSL definitions >------")
    # Of single probes, which only the checker process has seen; and a setting that counts here.
    probes = r"Last SSL error|Failed URL|Last ran|Last status|ICMP seq no|Log all failures"
    wanted = [line for line in recorded("lvs.up.keepalived_check.data")[1:] if not re.search(probes, line)]
    assert wanted == [line for line in lines[start:] if not re.search(probes, line)]


def test_the_state_of_bfd() -> None:
    session = BfdSnapshot("b1", "192.0.2.2", "Down", "Down", False, 0, 0, 0x972DB27E, 0, 10**9, 0, 0, 0, 0, 0)
    lines = Layout(configured("vrrp.conf")).bfd(BfdSnapshots(1, (session,))).splitlines()
    start = lines.index("------< BFD Data >------")
    ours = {"   Told to VRRP and checkers", "   Packets sent", "   Packets received", "   Send errors"}
    got = [line for line in lines[start:] if line.split(" = ")[0] not in ours]
    assert labels(recorded("vrrp.master.keepalived_bfd.data")[1:]) == labels(got)


@pytest.mark.parametrize(("name", "count"), [("with", 2), ("without", 0)])
def test_tracked_processes_in_json(name: str, count: int) -> None:
    wanted = json.loads(recorded(f"proc.{name}.keepalived.json")[0])
    layout = Layout(configured("proc.conf"))
    processes = layout.processes([ProcessReport("sleeper", count, quorum=count > 0)])
    got = json.loads(json_text([], 2, processes))
    assert wanted["track_process"] == got["track_process"]
    assert list(wanted) == list(got)
