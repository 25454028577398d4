"""The lab's hand on a machine of its own: carries out commands, reports what it observes.

    python -m pykeepalived.lab.agent NAME        # as root; :mod:`.remote` talks to it, through ssh

One JSON object a line, both ways. Every command has an ``id`` and is answered with it; observations have a
``seen``. Points in time are this machine's CLOCK_MONOTONIC. When its input ends, it puts back what it changed
and ends whatever it started. Imports nothing outside Python's own library.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pykeepalived.lab import hostpackages, netns
from pykeepalived.lab.director import SLOW_EVERY_S, DaemonFiles, Director, Program, Reading
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.timeline import Advert, Announcement, Holding, StateChange
from pykeepalived.lab.watch import PACKET_OUTGOING, AddressWatch, decode, packet_socket, stamped

LOGS = Path("/var/log/pykeepalived-lab")
TABLE = "pykeepalived_lab"
Seen = Advert | Announcement | Holding | StateChange


class OwnTap:
    """What this machine itself sends, read off its own cards."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._socket = packet_socket()

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> Iterator[Seen]:
        for frame, at, (card, _, kind, *_rest) in stamped(self._socket):
            if kind == PACKET_OUTGOING and (seen := decode(frame, at, self._name, card)) is not None:
                yield seen


class Agent:
    def __init__(self, name: str) -> None:
        self._name = name
        self._selector = selectors.DefaultSelector()
        self._daemon: Director | None = None
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._down: set[str] = set()
        self._input = b""
        self._running = True
        self._clock_moved_ns = 0
        self._replaced: dict[str, bytes] = {}

    def run(self) -> None:
        os.set_blocking(0, False)
        self._selector.register(0, selectors.EVENT_READ, self._commands)
        try:
            while self._running:
                slow = self._daemon is not None and self._daemon.reading is Reading.SLOW
                for key, _ in self._selector.select(SLOW_EVERY_S if slow else None):
                    key.data()
                if slow:
                    self._read_daemon()
        finally:
            self._tidy()

    def _tidy(self) -> None:
        if self._daemon is not None:
            self._daemon.stop(5.0)
        for path, text in self._replaced.items():
            Path(path).write_bytes(text)
        if self._clock_moved_ns:
            self.do_set_clock(-self._clock_moved_ns / 1e9)
        for child in self._children.values():
            child.kill()
        for card in list(self._down):
            netns.run(["ip", "link", "set", card, "up"])
        if nft := hostpackages.find("nft"):
            subprocess.run([nft, "delete", "table", "inet", TABLE], capture_output=True, check=False)

    def _say(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
        while data:
            try:
                data = data[os.write(1, data) :]
            except BlockingIOError:
                time.sleep(0.005)

    def _commands(self) -> None:
        data = os.read(0, 1 << 16)
        if not data:
            self._running = False
            return
        *lines, self._input = (self._input + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            try:
                handler = getattr(self, f"do_{command['do']}")
                answer = handler(**command.get("with", {})) or {}
            except (LabError, OSError, subprocess.SubprocessError) as error:
                answer = {"error": str(error)}
            self._say({"id": command["id"], "at": time.monotonic_ns(), **answer})

    def _observe(self, source: OwnTap | AddressWatch) -> None:
        def report() -> None:
            for seen in source.read():
                self._report(seen)

        self._selector.register(source, selectors.EVENT_READ, report)

    def _report(self, seen: Seen) -> None:
        self._say({"seen": type(seen).__name__, "what": asdict(seen)})

    # ------------------------------------------------------------------ commands

    def do_clock(self) -> None:
        """The answer's ``at`` is all that is wanted."""

    def do_hello(self) -> dict[str, Any]:
        """Which card has which address, and the boot that this is."""
        cards = json.loads(netns.run(["ip", "-j", "address", "show"]))
        found = {entry["local"]: card["ifname"] for card in cards for entry in card.get("addr_info", [])}
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return {"cards": found, "boot": boot, "keepalived": hostpackages.find("keepalived") is not None}

    def do_watch(self) -> None:
        self._observe(OwnTap(self._name))
        self._observe(AddressWatch(None, self._name))

    def do_daemon(self, program: str, configuration: str) -> None:
        if self._daemon is not None:
            if self._daemon.running:
                raise LabError(f"{self._name} already runs a daemon")
            self._forget_daemon()
        LOGS.mkdir(parents=True, exist_ok=True)
        argv = DaemonFiles(Path(configuration)).argv(Program(program))
        self._daemon = Director(self._name, Program(program), argv, LOGS / "daemon.log")
        self._selector.register(self._daemon, selectors.EVENT_READ, self._read_daemon)

    def _read_daemon(self) -> None:
        daemon = self._daemon
        if daemon is None:
            return
        for change in daemon.read():
            self._report(change)
        if not daemon.running:
            self._forget_daemon()
            self._say({"ended": self._name})

    def _forget_daemon(self) -> None:
        if self._daemon is not None:
            for change in self._daemon.read():
                self._report(change)
            if self._daemon.reading is Reading.FINE:
                self._selector.unregister(self._daemon)
            self._daemon.close()
            self._daemon = None

    def do_signal(self, number: int, everyone: bool) -> dict[str, Any]:
        if self._daemon is None or not self._daemon.running:
            raise LabError(f"no daemon is running on {self._name}")
        at = time.monotonic_ns()
        (self._daemon.signal_all if everyone else self._daemon.signal_main)(number)
        return {"done_at": at}

    def do_read_log(self, reading: str) -> None:
        daemon, wanted = self._daemon, Reading(reading)
        if daemon is None:
            raise LabError(f"no daemon is running on {self._name}")
        if daemon.reading is Reading.FINE and wanted is not Reading.FINE:
            self._selector.unregister(daemon)
        if daemon.reading is not Reading.FINE and wanted is Reading.FINE:
            self._selector.register(daemon, selectors.EVENT_READ, self._read_daemon)
        daemon.read_log(wanted)

    def do_set_clock(self, seconds: float) -> None:
        """The wall clock jumps; it is set right again in the end."""
        by = int(seconds * 1e9)
        time.clock_settime_ns(time.CLOCK_REALTIME, time.time_ns() + by)
        self._clock_moved_ns += by

    def do_replace(self, path: str, text: str) -> None:
        """Another text in the configuration file, until the end."""
        file = Path(path)
        self._replaced.setdefault(path, file.read_bytes())
        file.write_text(text)

    def do_log(self) -> dict[str, Any]:
        path = LOGS / "daemon.log"
        return {"text": path.read_text(errors="replace") if path.exists() else ""}

    def do_serve(self, words: list[str]) -> None:
        self._children["serve"] = subprocess.Popen([sys.executable, *words], stdin=subprocess.DEVNULL)

    def do_stop_serving(self) -> None:
        child = self._children.pop("serve", None)
        if child is None:
            raise LabError(f"no server is running on {self._name}")
        child.kill()
        child.wait()

    def do_ask(self, words: list[str]) -> None:
        client = subprocess.Popen([sys.executable, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self._children["ask"] = client
        assert client.stdout is not None
        pipe = client.stdout
        os.set_blocking(pipe.fileno(), False)

        rest = b""

        def read() -> None:
            nonlocal rest
            data = pipe.read()
            if data:
                whole, _, rest = (rest + data).rpartition(b"\n")
                if whole:
                    self._say({"asked": whole.decode()})
            elif client.poll() is not None:
                self._selector.unregister(pipe)

        self._selector.register(pipe, selectors.EVENT_READ, read)

    def do_link(self, cards: list[str], up: bool) -> dict[str, Any]:
        at = time.monotonic_ns()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            for card in cards:
                netns.set_link(control, card, up=up)
        self._down = self._down - set(cards) if up else self._down | set(cards)
        return {"done_at": at}

    def do_refuse(self, addresses: list[str]) -> None:
        """Drop whatever comes from these addresses, before anything else sees it."""
        nft = hostpackages.find("nft")
        if nft is None:
            raise LabError(f"{self._name} has no nft (Debian package nftables)")
        rules = [
            f"add rule inet {TABLE} cut {'ip6' if ':' in address else 'ip'} saddr {address} drop"
            for address in addresses
        ]
        script = [f"add table inet {TABLE}", f"delete table inet {TABLE}"]
        if rules:
            script += [
                f"add table inet {TABLE}",
                f"add chain inet {TABLE} cut {{ type filter hook prerouting priority -400; }}",
                *rules,
            ]
        netns.run([nft, "-f", "-"], stdin="\n".join(script) + "\n")

    def do_power_off(self, cards: list[str]) -> dict[str, Any]:
        """At once, nothing written, nobody told: what pulling the plug does. Answers just before."""
        Path("/proc/sys/kernel/sysrq").write_text("1\n")
        # Switching off takes the kernel a moment, in which it would still answer. The daemon before the
        # cables: it would see the first one go and say good-bye through the second.
        at = time.monotonic_ns()
        if self._daemon is not None:
            self._daemon.signal_all(signal.SIGKILL)
        self.do_link(cards, up=False)

        def plug() -> None:
            Path("/proc/sysrq-trigger").write_text("o")

        self._later(plug)
        return {"done_at": at}

    def _later(self, deed: Callable[[], None]) -> None:
        """After the answer has been written."""
        reader, writer = os.pipe()
        os.write(writer, b".")

        def once() -> None:
            self._selector.unregister(reader)
            time.sleep(0.05)
            deed()

        self._selector.register(reader, selectors.EVENT_READ, once)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        Agent(sys.argv[1]).run()
