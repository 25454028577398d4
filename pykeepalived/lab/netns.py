"""Network namespaces of one kernel as the machines of a small site: entering, asking, cutting cables.

Python and the kernel's own calls only where a fork would be too slow to be an instant event.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pykeepalived.base.errors import PykeepalivedError

FOLDER = Path("/run/netns")
CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1

_libc = ctypes.CDLL(None, use_errno=True)


class LabError(PykeepalivedError):
    """The lab could not be built or asked; the message holds the command and what it said."""


def run(argv: Sequence[str], *, stdin: str | None = None) -> str:
    """A program's output. Raises :class:`LabError` when it fails."""
    done = subprocess.run(list(argv), input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise LabError(f"{' '.join(argv)}: {said}" + (f"\ninput was:\n{stdin}" if stdin else ""))
    return done.stdout


def ip_batch(lines: Sequence[str], namespace: str | None = None) -> None:
    """Many ``ip`` commands in one process."""
    inside = ["-n", namespace] if namespace else []
    run(["ip", *inside, "-batch", "-"], stdin="\n".join(lines) + "\n")


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """This thread is in the namespace; sockets opened here stay in it for ever."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        there = os.open(FOLDER / namespace, os.O_RDONLY)
        try:
            _enter(there, namespace)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _enter(here, "back")
    finally:
        os.close(here)


def _enter(descriptor: int, name: str) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise LabError(f"cannot enter namespace {name}: {os.strerror(ctypes.get_errno())}")


def write_sysctls(namespace: str, values: dict[str, int]) -> None:
    """Names with slashes below ``/proc/sys/net``: ``ipv4/ip_forward``. An absent one is skipped."""
    with inside(namespace):
        for name, value in values.items():
            path = Path("/proc/sys/net", name)
            if path.exists():
                path.write_text(f"{value}\n")


def control_socket(namespace: str) -> socket.socket:
    """A socket whose only use is to name the namespace in :func:`set_link`."""
    with inside(namespace):
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def set_link(control: socket.socket, interface: str, *, up: bool) -> None:
    """Switch an interface on or off with one system call: a cable that is cut is cut at once."""
    request = struct.pack("16sH14x", interface.encode(), 0)
    (flags,) = struct.unpack_from("H", fcntl.ioctl(control, SIOCGIFFLAGS, request), 16)
    flags = flags | IFF_UP if up else flags & ~IFF_UP
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", interface.encode(), flags))


def freeze_all(namespace: str) -> list[int]:
    """SIGSTOP to every process of the namespace; return them."""
    stopped = [pid for pid in processes(namespace) if pid != os.getpid()]
    signal_each(stopped, signal.SIGSTOP)
    return stopped


def signal_each(pids: Iterable[int], number: int) -> None:
    """To each that is still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def processes(namespace: str) -> list[int]:
    """Process ids whose network is this namespace."""
    wanted = (FOLDER / namespace).stat().st_ino
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if (entry / "ns/net").stat().st_ino == wanted:
                    found.append(int(entry.name))
            except OSError:
                continue  # it ended meanwhile
    return found


def kill_all(namespace: str, patience_s: float = 10.0) -> int:
    """SIGKILL to every process of the namespace, until none is left; return how many there were."""
    killed = set()
    deadline = time.monotonic() + patience_s
    while alive := [pid for pid in processes(namespace) if pid != os.getpid() and not zombie(pid)]:
        for pid in alive:
            killed.add(pid)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            raise LabError(f"processes {alive} of {namespace} do not die")
        time.sleep(0.005)
    return len(killed)


def children_of_all() -> dict[int, list[int]]:
    """The children of every process of this machine that has some."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue  # it ended meanwhile
            parents.setdefault(parent, []).append(int(entry.name))
    return parents


def descendants(pid: int) -> list[int]:
    """Children, their children and so on; parents before their children."""
    parents = children_of_all()
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(0), [])
        found += children
        waiting += children
    return found


def zombie(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
