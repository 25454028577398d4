"""Our daemon, or Debian's, beside snmpd in one namespace, and a manager that asks it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.support.bfd_lab import ROOT, BfdLan
from tests.support.daemon_argv import OURS, daemon_argv
from tests.support.vrrp_lab import eventually

PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
SNMPD, SNMPTRAPD = shutil.which("snmpd", path=PATH), shutil.which("snmptrapd", path=PATH)

KA = ".1.3.6.1.4.1.9586.100.5"

ROUTERS = """
vrrp_instance SIX {
    interface eth0
    virtual_router_id 61
    version 3
    priority 100
    advert_int 0.1
    virtual_ipaddress { 198.51.100.61/24 }
}
vrrp_instance OWNER {
    state MASTER
    interface eth0
    virtual_router_id 62
    priority 255
    virtual_ipaddress { 198.51.100.62/24 }
}
"""
SNMPD_CONF = """
rwcommunity public 127.0.0.1
master agentx
agentXSocket unix:{socket}
trap2sink 127.0.0.1:1162 public
"""


class Site:
    """A namespace with our daemon, snmpd and snmptrapd; everything that was started ends with it."""

    def __init__(self, lan: BfdLan, folder: Path) -> None:
        self.lan = lan
        self.folder = folder
        self.socket = folder / "agentx"
        self.daemon: subprocess.Popen[bytes] | None = None
        self.started: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str) -> subprocess.Popen[bytes]:
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.lan.names["a"], *command], stdout=log, stderr=log, cwd=ROOT
            )
        self.started.append(process)
        return process

    def begin(
        self, words: str, *options: str, program: tuple[str, ...] = OURS, routers: str = ROUTERS
    ) -> None:
        (self.folder / "conf").write_text(f"global_defs {{\nrouter_id R\n{words}\n}}\n{routers}")
        self.daemon = self.run(*daemon_argv(self.folder / "conf", "-G", *options, program=program))

    def master_agent(self) -> subprocess.Popen[bytes]:
        assert SNMPD is not None
        (self.folder / "snmpd.conf").write_text(SNMPD_CONF.format(socket=self.socket))
        configuration = ("-C", "-c", str(self.folder / "snmpd.conf"))
        return self.run(SNMPD, "-f", "-Lo", *configuration, "-I-ifTable", "udp:127.0.0.1:1161")

    def ask(self, program: str, *words: str) -> str:
        command = [program, "-v2c", "-c", "public", "-On", "-t", "3", "127.0.0.1:1161", *words]
        namespace = ["ip", "netns", "exec", self.lan.names["a"]]
        done = subprocess.run([*namespace, *command], capture_output=True, text=True, timeout=30)
        return done.stdout + done.stderr

    def walk(self, root: str, program: str = "snmpwalk") -> dict[str, str]:
        lines = (line.partition(" = ") for line in self.ask(program, root).splitlines())
        return {name: value.strip() for name, _, value in lines if value}

    def value(self, name: str) -> str:
        return self.ask("snmpget", name).partition(" = ")[2].strip()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def until(self, what: str, times: int = 1) -> None:
        eventually(lambda: self.log().count(what) >= times, lambda: f"{what}; log:\n{self.log()}", 20)

    def served(self) -> None:
        """Until snmpd answers with what we say."""
        eventually(lambda: '"R"' in self.value(f"{KA}.1.2.0"), lambda: f"an answer; log:\n{self.log()}", 20)

    def pid(self, what: str) -> int:
        """Of the child that the log tells of last."""
        return int(re.findall(rf"Starting {what} child process, pid=(\d+)", self.log())[-1])

    def end(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                process.terminate()
        for process in self.started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
