"""Reload after reload of a whole daemon that is Master of something that none of them concerns.

Every reload changes what a file may change: addresses, priorities, intervals, instances, groups, tracked
files; every tenth file is broken and must be refused.  Meanwhile the adverts of the router that stays are
stamped by the kernel, a second daemon listens as its Backup, and memory and descriptors are counted.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import struct
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from pykeepalived.lab import netns
from tests.support.daemon_argv import daemon_argv
from tests.support.vrrp_lab import Lan, eventually

ROOT = Path(__file__).parents[2]
INTERVAL_S = 0.1
STAYS_VRID = 51
_SO_TIMESTAMPNS = 35

STAYS = """
vrrp_instance STAYS {
    state MASTER
    interface eth0
    version 3
    virtual_router_id 51
    priority %d
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/24
    }
}
"""
_BROKEN = ("vrrp_instance STAYS {\n", "}\n}\n", "vrrp_instance STAYS {\n virtual_router_id 999\n}\n")


@dataclass
class Outcome:
    """What a soak has seen.

    ``longest_gap`` is in intervals; an advert late by nearly a whole one was ``missed``.  ``memory`` is
    the PSS of all processes in KiB.
    """

    reloads: int = 0
    refused: int = 0
    adverts: int = 0
    longest_gap: float = 0.0
    missed: int = 0
    backup_adverts: int = 0
    seconds: float = 0.0
    memory: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)


class Soak:
    """Two daemons on a LAN; the one in namespace ``a`` is reloaded."""

    def __init__(self, lan: Lan, folder: Path, seed: int = 1) -> None:
        self._lan = lan
        self._folder = folder
        self._chance = random.Random(seed)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._file = folder / "a" / "keepalived.conf"
        self._log = folder / "a" / "log"
        self._read = 0
        self._last_at = 0
        self.outcome = Outcome()

    def __enter__(self) -> Soak:
        try:
            self._master = self._start("a", self._configuration(0))
            eventually(lambda: self._lan.holds("a", "192.0.2.100", "192.0.2.101"), self._log_text)
            self._start("b", STAYS.replace("MASTER", "BACKUP") % 100)
            self._sniffers = {letter: self._sniffer(letter) for letter in "ab"}
            self._look()
            self.outcome = Outcome()
            self._last_at = 0
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def run(self, reloads: int, *, samples: int = 20) -> Outcome:
        """Reload so many times, one as soon as the one before is done."""
        outcome = self.outcome
        began = time.monotonic()
        self._sample()
        for number in range(1, reloads + 1):
            self._reload(number)
            self._look()
            if number % max(1, reloads // samples) == 0:
                self._sample()
        outcome.seconds = time.monotonic() - began
        return outcome

    # ------------------------------------------------------------ reloads

    def _reload(self, number: int) -> None:
        broken = number % 10 == 0
        text = self._chance.choice(_BROKEN) if broken else self._configuration(number)
        replacement = self._file.with_suffix(".new")
        replacement.write_text(text)
        replacement.rename(self._file)
        os.kill(self._master.pid, signal.SIGHUP)
        wanted = "Reload refused, the running configuration stays" if broken else "Reload finished"
        eventually(
            lambda: wanted in self._new_lines(),
            lambda: f"reload {number}: {wanted}; instead:\n{self._new_lines()}\n{text}",
            30,
        )
        self._read = self._log.stat().st_size
        self.outcome.reloads += 1
        self.outcome.refused += broken

    def _new_lines(self) -> str:
        self._look()
        with self._log.open("rb") as file:
            file.seek(self._read)
            return file.read().decode(errors="replace")

    def _configuration(self, number: int) -> str:
        """STAYS, and others that come, go and change."""
        chance = self._chance
        others = []
        for vrid in chance.sample(range(60, 70), chance.randint(0, 4)):
            addresses = "\n".join(
                f"        192.0.2.{110 + 10 * (vrid - 60) + at}/24" for at in range(chance.randint(1, 3))
            )
            track = "    track_file {\n        soak weight 5\n    }\n" if chance.random() < 0.3 else ""
            others.append(
                f"vrrp_instance V{vrid} {{\n    interface eth0\n    version 3\n"
                f"    virtual_router_id {vrid}\n    priority {chance.randint(1, 254)}\n"
                f"    advert_int {chance.choice(('0.1', '0.5', '1'))}\n{track}"
                f"    virtual_ipaddress {{\n{addresses}\n    }}\n}}\n"
            )
        names = [text.split()[1] for text in others]
        group = ""
        if len(names) > 1 and chance.random() < 0.5:
            members = "\n".join(names[:2])
            group = (
                f"vrrp_sync_group G {{\n    group {{\n{members}\n    }}\n    sync_group_tracking_weight\n}}\n"
            )
        followed = f"track_file soak {{\n    file {self._folder}/tracked\n}}\n"
        head = f"global_defs {{\n    router_id soak{number % 7}\n}}\n{followed}"
        parts = [STAYS % 200, *others]
        chance.shuffle(parts)
        return head + "".join(parts) + group

    # ------------------------------------------------------------ looking

    def _start(self, letter: str, text: str) -> subprocess.Popen[bytes]:
        folder = self._folder / letter
        folder.mkdir(parents=True)
        (self._folder / "tracked").write_text("0\n")
        (folder / "keepalived.conf").write_text(text)
        argv = daemon_argv(folder / "keepalived.conf", "-G")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self._lan.names[letter], *argv],
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=os.environ | {"TMPDIR": str(folder)},
            )
        self._processes.append(process)
        return process

    def _sniffer(self, letter: str) -> socket.socket:
        with netns.inside(self._lan.names["s"]):
            raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        raw.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        raw.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        raw.bind((f"p{letter}", 3))  # everything: the bridge takes what is only IPv4
        raw.setblocking(False)
        return raw

    def _look(self) -> None:
        """Count the adverts of STAYS that were sent since the last look."""
        outcome = self.outcome
        for letter, raw in self._sniffers.items():
            while True:
                try:
                    frame, ancillary, _, _ = raw.recvmsg(2048, 64)
                except BlockingIOError:
                    break
                if frame[12:14] != b"\x08\0" or frame[23] != 112 or frame[35] != STAYS_VRID:
                    continue
                if letter == "b":
                    outcome.backup_adverts += 1
                    continue
                seconds, nanoseconds = struct.unpack("@qq", ancillary[0][2])
                at = seconds * 1_000_000_000 + nanoseconds
                if self._last_at:
                    gap = (at - self._last_at) / 1e9 / INTERVAL_S
                    outcome.longest_gap = max(outcome.longest_gap, gap)
                    outcome.missed += gap > 1.9
                self._last_at = at
                outcome.adverts += 1

    def _sample(self) -> None:
        """PSS and open descriptors of the supervisor and its children."""
        pids = [self._master.pid, *_children(self._master.pid)]
        self.outcome.memory.append(sum(_pss(pid) for pid in pids))
        self.outcome.descriptors.append(sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids))

    def _log_text(self) -> str:
        return self._log.read_text(errors="replace")


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
