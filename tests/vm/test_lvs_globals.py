"""``global_defs`` about IPVS as a whole: the whole daemon beside keepalived, as ipvsadm shows it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.lab import netns
from tests.support.daemon_argv import OURS, PID_FILES, daemon_argv
from tests.support.eventually import eventually
from tests.support.in_guest import needs_guest
from tests.support.whole_daemon import WholeDaemon

pytestmark = [pytest.mark.vm, needs_guest]

PROGRAMS = {"keepalived": ("keepalived",), "ours": OURS}
OURS_THERE, FOREIGN = "TCP  192.0.2.100:80 rr", "TCP  192.0.2.77:80 wlc"

CONFIG = """
global_defs {{
    {globals}
}}
vrrp_instance VI {{
    interface eth0
    state BACKUP
    virtual_router_id 51
    advert_int 60
    virtual_ipaddress {{
        192.0.2.200/24
    }}
}}
virtual_server 192.0.2.100 80 {{
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 192.0.2.11 80 {{
        weight 3
    }}
}}
"""
"""The instance stays Backup for three minutes; the service is no address of it."""


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    name = f"lvsg-{os.getpid()}"
    netns.run(["ip", "netns", "add", name])
    lines = ["link set lo up", "link add eth0 type dummy", "link set eth0 up multicast on"]
    netns.ip_batch([*lines, "addr add 192.0.2.1/24 dev eth0"], name)
    yield name
    netns.run(["ip", "netns", "del", name])


def ipvsadm(namespace: str, *words: str) -> str:
    with network_namespace(namespace):
        return subprocess.run(["ipvsadm", *words], check=True, capture_output=True, text=True).stdout


class Site:
    """One program in the namespace, with what ipvsadm says beside it."""

    def __init__(self, namespace: str, folder: Path, program: tuple[str, ...], text: str) -> None:
        self.namespace = namespace
        config = folder / "keepalived.conf"
        config.write_text(CONFIG.format(globals=text))
        with network_namespace(namespace), (folder / "log").open("ab") as log:
            self.process = subprocess.Popen(daemon_argv(config, program=program), stdout=log, stderr=log)
        self.until(lambda: OURS_THERE in self.table() and "192.0.2.11:80" in self.table(), "its service")

    def table(self) -> str:
        return ipvsadm(self.namespace, "-Ln")

    def until(self, what: Callable[[], bool], words: str) -> None:
        eventually(what, lambda: f"{words}; the table is:\n{self.table()}", 40)

    def stop(self) -> None:
        self.process.terminate()
        assert 0 == self.process.wait(30)


RUNS = {
    "lvs_flush": "eth0 inst VI id 8 maxlen 1100 port 9002 ttl 5 group ff02::98",
    "lvs_flush_on_stop": "eth0 inst VI id 7 maxlen 1200 port 9001 ttl 4 group 224.0.0.98",
    "lvs_flush_on_stop VS": "eth0 VI",
}
"""What is said about services of others, and the sync daemon beside it."""
LEFT_OF_OTHERS = {
    "lvs_flush": (False, False), "lvs_flush_on_stop": (True, False), "lvs_flush_on_stop VS": (True, True),
}  # fmt: skip
"""After the start, and after the stop."""


@pytest.mark.parametrize("flush", RUNS)
def test_flushes_timeouts_and_the_sync_daemon_of_a_backup_are_keepaliveds(
    flush: str, namespace: str, tmp_path: Path
) -> None:
    words = f"{flush}\nlvs_sync_daemon {RUNS[flush]}\nlvs_timeouts tcp 901 tcpfin 62 udp 33"
    seen = {}
    for name, program in PROGRAMS.items():
        ipvsadm(namespace, "-C")
        ipvsadm(namespace, "-A", "-t", "192.0.2.77:80", "-s", "wlc")
        ipvsadm(namespace, "--set", "900", "120", "300")
        (tmp_path / name).mkdir()
        site = Site(namespace, tmp_path / name, program, words)
        site.until(lambda: "backup" in ipvsadm(namespace, "-Ln", "--daemon"), "a sync daemon")
        after_start = FOREIGN in site.table()
        seen[name] = ipvsadm(namespace, "-Ln", "--daemon"), ipvsadm(namespace, "-Ln", "--timeout")
        site.stop()

        assert LEFT_OF_OTHERS[flush] == (after_start, FOREIGN in site.table()), name
        assert (False, "") == (OURS_THERE in site.table(), ipvsadm(namespace, "-Ln", "--daemon")), name

    assert seen["keepalived"] == seen["ours"]
    assert "901 62 33" in seen["ours"][1]


def test_a_killed_checker_and_a_killed_family_leave_nothing_wrong(namespace: str, tmp_path: Path) -> None:
    """The checker's successor finds table and sync daemon as they were; the family's puts parameters back."""
    text = CONFIG.format(
        globals="lvs_sync_daemon eth0 VI\n# pykeepalived: ipvs_sysctl expire_nodest_conn 1\nlvs_flush"
    )
    parameter = Path("/proc/sys/net/ipv4/vs/expire_nodest_conn")

    def value() -> str:
        with network_namespace(namespace):
            return parameter.read_text().strip()

    def kernel() -> tuple[str, str, str]:
        return ipvsadm(namespace, "-Ln"), ipvsadm(namespace, "-Ln", "--daemon"), value()

    ipvsadm(namespace, "-C")
    daemon = WholeDaemon(namespace, tmp_path, text)
    eventually(lambda: "192.0.2.11:80" in kernel()[0] and "backup" in kernel()[1], "all is there", 40)
    before = kernel()
    assert "1" == before[2]
    ipvsadm(namespace, "-A", "-t", "192.0.2.77:80", "-s", "wlc")  # after the flush of the start

    os.kill(daemon.pid("checkers"), signal.SIGKILL)
    assert before[1:] == kernel()[1:]
    daemon.wait_for("Starting Healthcheck child process", 2)
    eventually(lambda: (0, True) == asked(daemon), "the successor answers", 40)
    assert before[1:] == kernel()[1:]
    assert FOREIGN in kernel()[0]  # lvs_flush is for a start
    assert 1 == daemon.log().count("syncid 51 started")

    ipvsadm(namespace, "-D", "-t", "192.0.2.77:80")
    for number in (signal.SIGSTOP, signal.SIGKILL):  # none sees another end, and stops in order
        for name in PID_FILES.values():
            with contextlib.suppress(FileNotFoundError):
                os.kill(daemon.pid(name), number)
    daemon.process.wait(10)
    assert before == kernel()

    daemon.start()
    daemon.wait_for("Startup complete", 2)
    assert before == kernel()
    assert 1 == daemon.log().count("syncid 51 started")
    daemon.stop()

    assert ("0", "") == (value(), ipvsadm(namespace, "-Ln", "--daemon"))
    assert OURS_THERE not in kernel()[0]


def asked(daemon: WholeDaemon) -> tuple[int, bool]:
    status, text = daemon.say("drain", "--list")
    return status, "192.0.2.11" in text
