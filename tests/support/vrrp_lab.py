"""A LAN of two routers in network namespaces, our vrrp process in either, and somebody who listens.

Nothing here waits for a fixed time: everything polls with a deadline that leaves room for a machine that
stalls.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pykeepalived.daemon.logging import LogSettings, configure
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.daemon.vrrp_process import run
from pykeepalived.ipc.channels import Channel, Channels
from pykeepalived.ipc.framing import socket_pair
from pykeepalived.ipc.messages import Message, Process, Restored, RouterStateChanged
from pykeepalived.lab import netns
from pykeepalived.netio import early_listener
from pykeepalived.plan.vrrp_plan import VrrpPlan
from tests.support.eventually import PATIENCE_SECONDS, eventually


class Lan:
    """Namespaces ``a`` and ``b`` with ``eth0`` (192.0.2.1/24 and .2) on one bridge, which lives in ``s``."""

    def __init__(self, name: str) -> None:
        self.names = {letter: f"{name}-{os.getpid()}-{letter}" for letter in "abs"}

    def __enter__(self) -> Lan:
        for namespace in self.names.values():
            subprocess.run(["ip", "netns", "add", namespace], check=True)
            # No waiting for duplicate address detection.
            self.shell(namespace, "for f in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $f; done")
        netns.ip_batch(["link add br0 type bridge mcast_snooping 0", "link set br0 up"], self.names["s"])
        for number, letter in enumerate("ab", 1):
            there = self.names[letter]
            netns.ip_batch(
                [
                    f"link add p{letter} type veth peer name eth0 netns {there}",
                    f"link set p{letter} master br0 up",
                ],
                self.names["s"],
            )
            self.shell(there, "for f in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $f; done")
            netns.ip_batch(
                [
                    "link set lo up",
                    f"addr add 192.0.2.{number}/24 dev eth0",
                    f"addr add 2001:db8::{number}/64 dev eth0 nodad",
                    "link set eth0 up",
                ],
                there,
            )
        return self

    def __exit__(self, *_: object) -> None:
        for namespace in self.names.values():
            subprocess.run(["ip", "netns", "del", namespace], check=False)

    def shell(self, namespace: str, text: str) -> None:
        subprocess.run(["ip", "netns", "exec", namespace, "sh", "-c", text], check=True)

    def ip(self, letter: str, *words: str) -> str:
        """An ``ip`` command in a namespace; its output."""
        return netns.run(["ip", "-n", self.names[letter], *words])

    def addresses(self, letter: str) -> set[str]:
        """Addresses of eth0, without prefix length."""
        lines = self.ip(letter, "-o", "addr", "show", "dev", "eth0").splitlines()
        return {line.split()[3].partition("/")[0] for line in lines}

    def holds(self, letter: str, *addresses: str) -> bool:
        return set(addresses) <= self.addresses(letter)

    def lacks(self, letter: str, *addresses: str) -> bool:
        return not set(addresses) & self.addresses(letter)


@dataclass
class RouterProcess:
    """Our vrrp process as a child of the test, with the test as its supervisor."""

    pid: int
    channel: Channel
    log_path: str
    messages: list[Message] = field(default_factory=list)
    status: int | None = None
    checker: Channel | None = None
    """Where the checker process would sit, when the test plays it."""

    def pump(self) -> list[Message]:
        """Everything it has said so far."""
        self.messages += self.channel.receive(1000)
        return self.messages

    def states(self, name: str) -> list[str]:
        return [
            message.state.value
            for message in self.pump()
            if isinstance(message, RouterStateChanged) and message.name == name
        ]

    def until_state(self, name: str, state: str) -> None:
        eventually(
            lambda: (self.states(name) or [""])[-1] == state, lambda: f"{name} {state}; log:\n{self.log()}"
        )

    def kill(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.pid, number)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Its exit status."""
        eventually(self._ended, "the process ends", seconds)
        assert self.status is not None
        return self.status

    def _ended(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def log(self) -> str:
        if not os.path.exists(self.log_path):  # it has not come to writing yet
            return ""
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def end(self) -> None:
        if not self._ended():
            self.kill()
            os.waitpid(self.pid, 0)
        self.channel.close()
        if self.checker is not None:
            self.checker.close()


def start(
    lan: Lan,
    letter: str,
    plan: VrrpPlan,
    log_path: str,
    restored: Restored | None = None,
    *,
    with_checker: bool = False,
    reading_seconds: float | None = None,
    journal: str | None = None,
) -> RouterProcess:
    """Fork a vrrp process into a namespace.

    ``journal`` is where it notes what it changes in the host.  ``reading_seconds``: it opens its early ears
    and then is busy for so long before it has its plan.
    """
    ours, theirs = socket_pair()
    checker_here, checker_there = socket_pair()
    pid = os.fork()
    if pid == 0:
        status = 70
        try:
            # As the supervisor before it forks: the router would go through all that pytest has made.
            gc.freeze()
            ours.close()
            checker_here.close()
            log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            configure(Process.VRRP, LogSettings(console=True, syslog=False, detail=1))
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            with netns.inside(lan.names[letter]):
                if reading_seconds is not None:
                    early_listener.listen()
                    time.sleep(reading_seconds)
                partners = {Process.CHECKER: Channel(Process.CHECKER, checker_there)} if with_checker else {}
                channels = Channels(Channel(Process.SUPERVISOR, theirs), partners)
                options = ProcessOptions(restored=restored, journal=journal)
                status = run(plan, channels, options)
                channels.drain(1.0)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)
    theirs.close()
    checker_there.close()
    return RouterProcess(
        pid, Channel(Process.VRRP, ours), log_path, checker=Channel(Process.VRRP, checker_here)
    )


@contextmanager
def running(
    lan: Lan,
    letter: str,
    plan: VrrpPlan,
    log_path: str,
    restored: Restored | None = None,
    *,
    with_checker: bool = False,
    reading_seconds: float | None = None,
    journal: str | None = None,
) -> Iterator[RouterProcess]:
    """A vrrp process for the length of a block."""
    process = start(
        lan,
        letter,
        plan,
        log_path,
        restored,
        with_checker=with_checker,
        reading_seconds=reading_seconds,
        journal=journal,
    )
    try:
        yield process
    finally:
        process.end()


class Listener:
    """Frames that one router sends, as seen on its side of the bridge."""

    def __init__(self, lan: Lan, letter: str) -> None:
        with netns.inside(lan.names["s"]):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        # PACKET_IGNORE_OUTGOING: not what the bridge sends to the router.
        self._socket.setsockopt(263, 23, 1)
        self._socket.bind((f"p{letter}", 3))
        self._socket.setblocking(False)
        self.frames: list[tuple[int, bytes]] = []

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def pump(self) -> list[tuple[int, bytes]]:
        """(monotonic ns when read, frame) of everything so far."""
        while True:
            try:
                self.frames.append((time.monotonic_ns(), self._socket.recv(2048)))
            except BlockingIOError:
                return self.frames

    def clear(self) -> None:
        self.pump()
        self.frames.clear()

    def adverts(self) -> list[tuple[int, int, int]]:
        """(vrid, priority, IP version) of each advertisement."""
        found = []
        for _, frame in self.pump():
            kind = struct.unpack_from("!H", frame, 12)[0]
            if kind == 0x0800 and frame[23] in (112, 51):
                # 51: an authentication header of 24 bytes stands before the message.
                at = 34 if frame[23] == 112 else 58
                found.append((frame[at + 1], frame[at + 2], 4))
            elif kind == 0x86DD and frame[20] == 112:
                found.append((frame[55], frame[56], 6))
        return found

    def probed(self, address: str) -> bool:
        """Whether somebody asked who has an IPv4 address without saying who asks (RFC 5227)."""
        return any(
            struct.unpack_from("!H", frame, 12)[0] == 0x0806
            and frame[28:32] == bytes(4)
            and frame[38:42] == socket.inet_aton(address)
            for _, frame in self.pump()
        )

    def announced(self) -> list[str]:
        """Addresses of gratuitous ARP and unsolicited neighbour advertisements, in order."""
        found = []
        for _, frame in self.pump():
            kind = struct.unpack_from("!H", frame, 12)[0]
            if kind == 0x0806 and frame[28:32] == frame[38:42]:
                found.append(socket.inet_ntop(socket.AF_INET, frame[28:32]))
            elif kind == 0x86DD and frame[20] == 58 and frame[54] == 136:
                found.append(socket.inet_ntop(socket.AF_INET6, frame[62:78]))
        return found
