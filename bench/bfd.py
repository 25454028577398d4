"""What BFD costs and how regular it is: ``python bench/bfd.py [jitter] [cpu] [--vs keepalived]``.

``jitter``  one session of 10 ms: gaps between its packets as the neighbour's kernel stamps them.  Jitter is
            part of the protocol (7.5 to 10 ms); a gap above 10 ms is lateness.  ``stalls`` are what a sampler
            beside it overslept, so that the machine's share can be seen.
``cpu``     100 sessions of 50 ms: processor and memory of the BFD process, packets it sent and heard.

The neighbour is keepalived in every run, so that both programs face the same one.  Needs root, and makes
two network namespaces of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pykeepalived.lab import netns  # noqa: E402
from tests.support.stalls import StallWatch  # noqa: E402

HERE, THERE = f"bfdbench-{os.getpid()}-a", f"bfdbench-{os.getpid()}-b"
OURS = [sys.executable, "-m", "pykeepalived"]
SO_TIMESTAMPNS = 35
ETH_P_IP = 0x0800
WARM_UP_S = 4.0


@contextmanager
def two_machines(count: int) -> Iterator[None]:
    """Two namespaces with ``count`` addresses each: 10.66.N.1 and 10.66.N.2."""
    for name in (HERE, THERE):
        subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        netns.ip_batch([f"link add e0 type veth peer name e0 netns {THERE}"], HERE)
        for last, name in ((1, HERE), (2, THERE)):
            lines = ["link set lo up", "link set e0 up"]
            lines += [f"addr add 10.66.{number}.{last}/24 dev e0" for number in range(count)]
            netns.ip_batch(lines, name)
        yield
    finally:
        for name in (HERE, THERE):
            subprocess.run(["ip", "netns", "del", name], check=False)


def configuration(count: int, interval_ms: int, ours: int) -> str:
    theirs = 3 - ours
    blocks = ["global_defs {\nbfd_rt_priority 10\n}\n"]
    blocks += [
        f"bfd_instance s{number} {{\nneighbor_ip 10.66.{number}.{theirs}\nsource_ip 10.66.{number}.{ours}\n"
        f"min_tx {interval_ms}\nmin_rx {interval_ms}\nmultiplier 5\n}}\n"
        for number in range(count)
    ]
    return "".join(blocks)


@contextmanager
def program(command: list[str], namespace: str, text: str, folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Run it; the path of its BFD pid file."""
    config = folder / f"{namespace}.conf"
    config.write_text(text)
    pid_file = folder / f"{namespace}-bfd.pid"
    options = [
        "-n",
        "-l",
        "-G",
        "-f",
        str(config),
        "-p",
        str(folder / f"{namespace}.pid"),
        "-b",
        str(pid_file),
    ]
    with open(folder / f"{namespace}.log", "ab") as log:
        process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, *command, *options], stdout=log, stderr=log, cwd=ROOT
        )
    try:
        yield pid_file
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def listener() -> socket.socket:
    """Sees every packet that arrives in THERE, with the kernel's time."""
    with netns.inside(THERE):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    tap.settimeout(0.2)
    return tap


def gaps(tap: socket.socket, seconds: float) -> list[float]:
    """Milliseconds between packets of the session, from 10.66.0.1."""
    source = socket.inet_aton("10.66.0.1")
    found: list[float] = []
    before = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            data, ancillary, _, _ = tap.recvmsg(256, 64)
        except TimeoutError:
            continue
        if data[12:16] != source or data[9] != socket.IPPROTO_UDP:
            continue
        stamp = struct.unpack_from("@qq", ancillary[0][2])
        now = stamp[0] * 1_000_000_000 + stamp[1]
        if before:
            found.append((now - before) / 1e6)
        before = now
    return found


def jitter(command: list[str], peer: list[str], seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, two_machines(1):
        folder = pathlib.Path(name)
        text = [configuration(1, 10, side) for side in (1, 2)]
        with program(peer, THERE, text[1], folder), program(command, HERE, text[0], folder):
            time.sleep(WARM_UP_S)
            tap = listener()
            with StallWatch() as watch:
                found = sorted(gaps(tap, seconds))
            tap.close()
    if len(found) < 50 * seconds:
        raise SystemExit(f"the session of {command} did not come up: {len(found)} packets in {seconds} s")
    late = [gap - 10 for gap in found if gap > 10]
    return {
        "packets": len(found),
        "gap_p50_ms": round(found[len(found) // 2], 2),
        "gap_p99_ms": round(found[int(len(found) * 0.99)], 2),
        "gap_max_ms": round(found[-1], 2),
        "late_1ms_percent": round(100 * sum(one > 1 for one in late) / len(found), 2),
        "stalls_max_ms": round(watch.longest_ns / 1e6, 1),
    }


def spent_ns(pid: int) -> int:
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def proportional_kb(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def packets(namespace: str) -> tuple[int, int]:
    """UDP packets in and out."""
    text = netns.run(["ip", "netns", "exec", namespace, "cat", "/proc/net/snmp"])
    lines = [line.split() for line in text.splitlines() if line.startswith("Udp:")]
    row = dict(zip(lines[0], lines[1], strict=True))
    return int(row["InDatagrams"]), int(row["OutDatagrams"])


def cpu(command: list[str], peer: list[str], seconds: float, count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, two_machines(count):
        folder = pathlib.Path(name)
        text = [configuration(count, 50, side) for side in (1, 2)]
        with program(peer, THERE, text[1], folder), program(command, HERE, text[0], folder) as pid_file:
            time.sleep(WARM_UP_S)
            pid = int(pid_file.read_text())
            began, spent, seen = time.monotonic(), spent_ns(pid), packets(HERE)
            time.sleep(seconds)
            took = time.monotonic() - began
            now = packets(HERE)
            used = spent_ns(pid) - spent
            return {
                "cpu_percent": round(used / took / 1e7, 2),
                "sent_per_s": round((now[1] - seen[1]) / took),
                "heard_per_s": round((now[0] - seen[0]) / took),
                "cpu_us_per_packet": round(used / 1000 / max(1, sum(now) - sum(seen)), 1),
                "pss_mb": round(proportional_kb(pid) / 1024, 1),
            }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="*", choices=("jitter", "cpu", []), default=[])
    parser.add_argument("--vs", help="keepalived to compare with; also the neighbour of both")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--sessions", type=int, default=100)
    asked = parser.parse_args()
    peer = [asked.vs or shutil.which("keepalived", path="/usr/sbin:/usr/local/sbin") or "keepalived"]
    programs = {"ours": OURS} | ({"keepalived": peer} if asked.vs else {})
    for what in asked.what or ("jitter", "cpu"):
        for name, command in programs.items():
            if what == "jitter":
                result = jitter(command, peer, asked.seconds)
            else:
                result = cpu(command, peer, asked.seconds, asked.sessions)
            print(json.dumps({"what": what, "program": name, **result}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
