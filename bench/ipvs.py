#!/usr/bin/env python3
"""How fast a large IPVS table gets into the kernel: keepalived and ours, in one guest.

    bench/ipvs.py [SERVICES [SERVERS]] [--repeat N]         # default 1000 x 10; starts the guest by itself

Prints one line for each measure: the smallest of the repetitions and the median, in seconds.  "start"
is from exec to the last server in the kernel, as ``/proc/net/ip_vs`` has it; no health checks, an empty table
before.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

POLL_S = 0.01
GIVE_UP_S = 120


def config_text(services: int, servers: int) -> str:
    """Every service has its own address; servers repeat."""
    lines: list[str] = []
    for n in range(services):
        lines += [
            f"virtual_server 10.{1 + n // 250}.{n % 250}.1 80 {{",
            "    lb_algo rr",
            "    lb_kind NAT",
            "    protocol TCP",
        ]
        for m in range(servers):
            lines += [f"    real_server 172.16.{m}.{1 + n % 250} {8000 + n // 250} {{", "    }"]
        lines.append("}")
    return "\n".join(lines) + "\n"


class Report:
    """Collects the repetitions of each measure."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    def add(self, name: str, seconds: float) -> None:
        self.seconds.setdefault(name, []).append(seconds)

    def timed(self, name: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        result = work()
        self.add(name, time.perf_counter() - began)
        return result

    def print(self) -> None:
        for name, all_of_them in self.seconds.items():
            print(f"{name:58} {min(all_of_them):7.3f}  [{statistics.median(all_of_them):.3f}]")


def in_kernel() -> int:
    """Servers in the kernel's table, quickly: each has one line with an arrow, and so has the heading."""
    return Path("/proc/net/ip_vs").read_text().count("  -> ") - 1


def one_start(name: str, argv: list[str], wanted: int, log: Path, report: Report) -> None:
    """Start a daemon, wait for its table, stop it."""
    began = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    first = None
    while (there := in_kernel()) < wanted:
        if there and first is None:
            first = time.perf_counter()
        if process.poll() is not None or time.perf_counter() - began > GIVE_UP_S:
            process.kill()
            raise SystemExit(f"{name} did not get there:\n{log.read_text()[-1500:]}")
        time.sleep(POLL_S)
    done = time.perf_counter()
    report.add(f"{name}: start, exec to last server", done - began)
    if first is not None:
        report.add(f"{name}: of that, first to last server seen", done - first)
    process.send_signal(signal.SIGTERM)
    stopping = time.perf_counter()
    process.wait()
    report.add(f"{name}: stop", time.perf_counter() - stopping)


def daemons(config: Path, wanted: int, report: Report, repeat: int) -> None:
    from pykeepalived.kernel.ipvs import open_ipvs

    ipvs = open_ipvs()
    run = ["-n", "-l", "-C", "-p", "/run/bench.pid", "-c", "/run/bench-c.pid"]
    for _ in range(repeat):
        for name, program in (
            ("keepalived", ["keepalived"]),
            ("pykeepalived", [sys.executable, "-m", "pykeepalived"]),
        ):
            ipvs.flush()
            one_start(name, [*program, *run, "-f", str(config)], wanted, Path("/tmp/bench.log"), report)
            one_reload(name, [*program, *run], config, wanted, Path("/tmp/bench.log"), report)
    ipvs.close()


WEIGHED = 7


def one_reload(name: str, argv: list[str], config: Path, wanted: int, log: Path, report: Report) -> None:
    """Start a daemon, change the weight of one server in the middle of its file, reload, stop it.

    The kernel is asked for that server's service only: reading the whole table would take as long as the
    reload.
    """
    from pykeepalived.kernel.ipvs import open_ipvs

    text = config.read_text()
    changed = config.with_suffix(".changed")
    service = text.count("virtual_server") // 2
    blocks = text.split("virtual_server ")
    blocks[service] = blocks[service].replace("{\n    }", f"{{\n        weight {WEIGHED}\n    }}", 1)
    running = config.with_suffix(".running")
    running.write_text(text)
    changed.write_text("virtual_server ".join(blocks))
    ipvs = open_ipvs()
    ipvs.flush()
    with log.open("w") as output:
        process = subprocess.Popen(
            [*argv, "-D", "-f", str(running)],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    while in_kernel() < wanted:
        time.sleep(0.1)
    time.sleep(8)  # the daemon has looked at its table once
    table = ipvs.read_table()
    vip = blocks[service].split()[0]
    key = next(one for one in table if str(one.address) == vip)
    checker = int(Path("/run/bench-c.pid").read_text())
    busy = processor_s(checker)
    changed.replace(running)
    began = time.perf_counter()
    process.send_signal(signal.SIGHUP)
    while all(one.weight != WEIGHED for one in ipvs.read_destinations(key).values()):
        if time.perf_counter() - began > GIVE_UP_S:
            raise SystemExit(f"{name} did not reload:\n{log.read_text()[-1500:]}")
        time.sleep(POLL_S)
    report.add(f"{name}: reload of one server, SIGHUP to kernel", time.perf_counter() - began)
    if name == "pykeepalived":
        while "Reload finished" not in (said := log.read_text(errors="replace")):
            time.sleep(POLL_S)
        report.add(f"{name}: the same, to 'Reload finished'", time.perf_counter() - began)
        read_s = float(said.rpartition("Read and planned in ")[2].split()[0])
        report.add(f"{name}: of that, reading and planning", read_s)
        report.add(f"{name}: of that, processor time of the checker process", processor_s(checker) - busy)
        after = ipvs.read_table()
        differ = [
            1 for one in table for server in table[one][1] if table[one][1][server] != after[one][1][server]
        ]
        assert len(differ) == 1 and table.keys() == after.keys()
    process.send_signal(signal.SIGTERM)
    process.wait()
    ipvs.close()


def processor_s(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def steps(config: Path, report: Report) -> None:
    """The parts of our way, in one process."""
    from pykeepalived.cli.files import FileLoader
    from pykeepalived.config.load import load
    from pykeepalived.kernel import ipvs_messages
    from pykeepalived.kernel.ipvs import open_ipvs
    from pykeepalived.kernel.ipvs_table import IpvsTable
    from pykeepalived.lvs.director import Director
    from pykeepalived.lvs.events import ServerVerdict
    from pykeepalived.plan.lvs import plan_lvs
    from pykeepalived.plan.lvs_steps import diff

    ipvs = open_ipvs()
    ipvs.flush()
    loaded = report.timed("ours: parse and check", lambda: load(str(config), FileLoader()))
    plan = report.timed("ours: plan", lambda: plan_lvs(loaded.config))
    gc.collect()
    gc.freeze()  # as the daemon does before its processes begin to work
    director = Director(one.settings for one in plan.pools)
    director.start()
    desired = report.timed("ours: table wanted", director.desired)
    wanted = report.timed("ours: difference to an empty table", lambda: diff(desired, {}))
    encoded = report.timed("ours: encode", lambda: [ipvs_messages.encode(step) for step in wanted])
    refused = report.timed("ours: send, batches of 100", lambda: ipvs.transport.execute(encoded))
    assert not refused
    ipvs.flush()
    table = IpvsTable(ipvs)
    report.timed("ours: programming step (read, compare, encode, send)", lambda: table.reconcile(desired))
    observed = report.timed("ours: read all back", ipvs.read_table)
    assert observed == desired
    report.timed("ours: reconcile when nothing changed", lambda: table.reconcile(director.desired()))

    identity, pool = next(iter(director.pools.items()))
    director.handle(identity, ServerVerdict(next(iter(pool.servers)), up=False))
    outcome = report.timed("ours: one failed server", lambda: table.update(director.desired()))
    assert len(outcome.steps) == 1

    first = plan.pools[0].settings
    changed = replace(first, servers=(replace(first.servers[0], inhibit_on_failure=True), *first.servers[1:]))
    settings = [changed, *(one.settings for one in plan.pools[1:])]

    def reload() -> int:
        director.reconfigure(settings)
        return len(table.reconcile(director.desired(), director.claimed).steps)

    touched = report.timed("ours: reload that changes one server, beyond parsing", reload)
    assert touched == 1
    report.timed("ours: clear", table.clear)
    gc.unfreeze()
    ipvs.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("services", type=int, nargs="?", default=1000)
    parser.add_argument("servers", type=int, nargs="?", default=10)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    if os.environ.get("IN_LAB_VM") != "1":
        inside = [sys.executable, "-m", "pykeepalived.lab.guest", "--timeout", "900", "--", sys.executable]
        return subprocess.run([*inside, str(Path(__file__).resolve()), *sys.argv[1:]], cwd=ROOT).returncode
    os.environ["PYTHONPATH"] = str(ROOT)
    subprocess.run(["modprobe", "-a", "ip_vs", "ip_vs_rr"], check=True)
    config = Path("/tmp/bench.conf")
    config.write_text(config_text(options.services, options.servers))
    print(f"{options.services} services x {options.servers} servers, best [median] of {options.repeat}, s")
    report = Report()
    for _ in range(options.repeat):
        steps(config, report)
    daemons(config, options.services * options.servers, report, options.repeat)
    report.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
