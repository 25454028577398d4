"""The daemon on a D-Bus of its own, asked and watched by Debian's dbus-send and dbus-monitor."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon_argv import daemon_argv
from tests.support.vrrp_lab import Lan, Listener, eventually

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="needs dbus-daemon (Debian package dbus)"),
]

ROOT = Path(__file__).parents[2]
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
CONFIG = """
global_defs {{
    enable_dbus
    vrrp_garp_master_delay 0
}}
vrrp_instance VI_1 {{
    interface eth0
    state MASTER
    version 3
    virtual_router_id 51
    priority 150
    advert_int 0.1
    virtual_ipaddress {{
        192.0.2.100/24
    }}
}}
{more}
"""
SECOND = """
vrrp_instance VI_2 {
    interface eth0
    version 3
    virtual_router_id 52
    priority 90
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.101/24
    }
}
"""
INSTANCE = "/org/keepalived/Vrrp1/Instance/eth0/51/IPv4"
VRRP = "/org/keepalived/Vrrp1/Vrrp"


class Site:
    """A bus, its monitor and a daemon that offers itself there."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self.lan = lan
        self.folder, self.config, self.log = folder, folder / "keepalived.conf", folder / "log"
        self.heard = folder / "heard"
        bus = folder / "bus.conf"
        bus.write_text(BUS_CONFIG.format(path=folder / "bus"))
        self.address = f"unix:path={folder / 'bus'}"
        self.inside = ["ip", "netns", "exec", lan.names["a"]]
        self.processes: list[subprocess.Popen[bytes]] = []
        self.bus_command = ["dbus-daemon", f"--config-file={bus}", "--nofork"]
        self.write(CONFIG.format(more=SECOND))

    def write(self, text: str) -> None:
        self.config.write_text(text)

    def start_bus(self) -> subprocess.Popen[bytes]:
        (self.folder / "bus").unlink(missing_ok=True)
        process = self._start(self.bus_command)
        eventually((self.folder / "bus").exists, "the bus")
        with self.heard.open("ab") as sink:
            self._start(["dbus-monitor", "--address", self.address, "type='signal'"], sink)
        return process

    def start_daemon(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as sink:
            return self._start([*self.inside, *daemon_argv(self.config)], sink)

    def _start(self, command: list[str], sink: object = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.address, "TMPDIR": str(self.folder)}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sink, stderr=sink)  # type: ignore[call-overload]
        self.processes.append(process)
        return process

    def send(self, path: str, method: str, *words: str) -> str:
        command = ["dbus-send", f"--bus={self.address}", "--print-reply", "--reply-timeout=5000"]
        answer = subprocess.run(
            [*command, "--dest=org.keepalived.Vrrp1", path, method, *words], capture_output=True, text=True
        )
        return answer.stdout + answer.stderr

    def state(self) -> str:
        properties = ("string:org.keepalived.Vrrp1.Instance", "string:State")
        return self.send(INSTANCE, "org.freedesktop.DBus.Properties.Get", *properties)

    def signals(self) -> list[str]:
        """``PATH MEMBER NUMBER`` of everything heard."""
        found = []
        for line in self.heard.read_text().splitlines():
            if line.startswith("signal") and "path=/org/keepalived" in line:
                fields = dict(word.split("=", 1) for word in line.replace(";", "").split() if "=" in word)
                found.append(f"{fields['path']} {fields['member']}")
            elif line.strip().startswith("uint32") and found:
                found[-1] += f" {line.split()[1]}"
        return found

    def close(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Lan("s-dbus") as lan:
        site = Site(lan, tmp_path)
        try:
            yield site
        finally:
            site.close()


def test_clients_see_states_and_may_ask_for_what_signals_do(site: Site) -> None:
    site.start_bus()
    daemon = site.start_daemon()
    eventually(lambda: 'string "Master"' in site.state(), lambda: f"{site.state()} {site.log.read_text()}")
    assert "uint32 2" in site.state()
    assert '<node name="eth0"/>' in site.send(
        "/org/keepalived/Vrrp1/Instance", "org.freedesktop.DBus.Introspectable.Introspect"
    )

    site.send(VRRP, "org.keepalived.Vrrp1.Vrrp.PrintData")
    eventually((site.folder / "keepalived.data").exists, "a state file")
    listener = Listener(site.lan, "a")
    site.send(INSTANCE, "org.keepalived.Vrrp1.Instance.SendGarp")
    eventually(lambda: 5 == listener.announced().count("192.0.2.100"), "a round of gratuitous ARP")
    assert "192.0.2.101" not in listener.announced()
    listener.close()

    site.write(CONFIG.format(more=""))
    site.send(VRRP, "org.keepalived.Vrrp1.Vrrp.ReloadConfig")
    second = INSTANCE.replace("51", "52")
    eventually(lambda: f"{second} VrrpStatusChange 97" in site.signals(), lambda: f"{site.signals()}")
    eventually(lambda: f"{VRRP} VrrpReloaded" in site.signals(), lambda: f"{site.signals()}")
    assert "UnknownObject" in site.send(second, "org.keepalived.Vrrp1.Instance.SendGarp")

    daemon.send_signal(signal.SIGTERM)
    assert 0 == daemon.wait(20)
    eventually(lambda: f"{VRRP} VrrpStopped" in site.signals(), lambda: f"{site.signals()}")
    heard = site.signals()
    assert f"{VRRP} VrrpStarted" == heard[0]
    assert f"{INSTANCE} VrrpStatusChange 2" in heard
    assert f"{INSTANCE} VrrpStatusChange 98" in heard[-3:]


def test_a_bus_that_comes_late_or_goes_away_hurts_nobody(site: Site) -> None:
    daemon = site.start_daemon()
    eventually(lambda: "the system bus cannot be reached" in site.log.read_text(), "a complaint")
    bus = site.start_bus()
    eventually(lambda: 'string "Master"' in site.state(), lambda: site.log.read_text(), 20)
    bus.kill()
    bus.wait()
    eventually(lambda: "connection to the system bus ended" in site.log.read_text(), "a second complaint")
    site.start_bus()
    eventually(lambda: 'string "Master"' in site.state(), lambda: site.log.read_text(), 20)
    assert "Entering BACKUP" not in site.log.read_text().partition("Entering MASTER")[2]
    daemon.send_signal(signal.SIGTERM)
    assert 0 == daemon.wait(20)
