"""Reading large configurations, beside keepalived: ``python bench/config.py [--keepalived PROGRAM]``.

Makes a file with N virtual servers of five real servers each and one with N VRRP instances, runs ``-t`` on
each alternately with ours and with keepalived (if there is one), and prints medians as a Markdown table, with
halves of N for linearity and a small file for the fixed costs.  Interfaces differ from machine to machine, so
the instances say ``dynamic_interfaces``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OURS = [sys.executable, "-m", "pykeepalived"]


def services(count: int) -> str:
    out = []
    for n in range(count):
        out.append(
            f"virtual_server 10.{n >> 8 & 255}.{n & 255}.1 80 {{\n    delay_loop 6\n    lb_algo rr\n"
            "    lb_kind NAT\n    protocol TCP\n"
        )
        out += [
            f"    real_server 192.168.{n & 255}.{server} 80 {{\n        weight 1\n        TCP_CHECK {{\n"
            "            connect_timeout 3\n        }\n    }\n"
            for server in range(1, 6)
        ]
        out.append("}\n")
    return "".join(out)


def instances(count: int) -> str:
    return "global_defs {\n    dynamic_interfaces\n}\n" + "".join(
        f"vrrp_instance VI_{n} {{\n    state BACKUP\n    interface eth{n // 255}\n"
        f"    virtual_router_id {n % 255 + 1}\n    priority 100\n    advert_int 1\n    virtual_ipaddress {{\n"
        f"        10.{n >> 16}.{n >> 8 & 255}.{n & 255}/32\n    }}\n}}\n"
        for n in range(count)
    )


def run(command: list[str]) -> tuple[float, float]:
    """Seconds on the clock and peak resident megabytes of one run, at least our own 31."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - began, usage.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keepalived", default=shutil.which("keepalived"))
    options.add_argument("--blocks", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cases: list[tuple[str, int, list[str]]] = [("--version", 0, ["--version"])]
        for name, make, counts in (
            ("services", services, (28, given.blocks // 2, given.blocks)),
            ("instances", instances, (given.blocks // 2, given.blocks)),
        ):
            for count in counts:
                path = Path(folder, f"{name}-{count}.conf")
                path.write_text(make(count), encoding="ascii")
                size = path.read_text(encoding="ascii").count("\n")
                cases.append((f"-t, {count} {name}", size, ["-t", "-f", str(path)]))
        print("| what | lines | ours s | MB | lines/s | keepalived s | MB | ratio |")
        print("|---|---|---|---|---|---|---|---|")
        for name, size, arguments in cases:
            rounds = [
                (run([*OURS, *arguments]), run([given.keepalived, *arguments]) if given.keepalived else None)
                for _ in range(given.rounds)
            ]
            ours = statistics.median(mine[0] for mine, _ in rounds)
            memory = max(mine[1] for mine, _ in rounds)
            speed = f"{size / ours:,.0f}" if size else ""
            row = f"| {name} | {size} | {ours:.3f} | {memory:.0f} | {speed} |"
            others = [other for _, other in rounds if other is not None]
            if others:
                theirs = statistics.median(seconds for seconds, _ in others)
                row += f" {theirs:.3f} | {max(size for _, size in others):.0f} | {ours / theirs:.1f} |"
            print(row, flush=True)


if __name__ == "__main__":
    main()
