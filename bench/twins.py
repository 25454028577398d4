"""The same file and the same events under pykeepalived and keepalived, compared after every step.

    python bench/twins.py [--vs /path/to/keepalived-2.4.3] [--only REGEX] [--keep FOLDER] [--logs]

Each case of ``twin_cases.py`` and ``twin_keyword_cases.py`` runs in two network namespaces alike, one with
either program. After each step (an address is deleted, a link goes down, a better router speaks, a file is
reloaded, ...) the addresses, routes, rules, links and kernel parameters of both, the last advert of each
virtual router, what its scripts and every FIFO were told (and, where a case asks for it, announcements and
properties of the processes) have to be the same. Where they are not on purpose, the case says why; any other
difference makes the exit status 1. ``--logs``: both run without ``-D``, and lines that only one log has are
shown below each case; they fail nothing. About half an hour; needs root and a machine with nothing else to
do. Written for 2.4.3; older releases differ in more than this.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from twin_case import Case  # noqa: E402
from twin_cases import CASES  # noqa: E402
from twin_keyword_cases import KEYWORD_CASES  # noqa: E402
from twin_lan import Advert, Speaker, Tap  # noqa: E402
from twin_logs import differences as differences_of_logs  # noqa: E402

from pykeepalived.lab import netns  # noqa: E402

OURS = f"{sys.executable} -m pykeepalived"
HEARD_SECONDS = 1.3
"""Adverts are compared that come so long before a look: longer than the longest interval."""
START_SECONDS, SETTLE_SECONDS, LOOKS = 2.5, 1.7, 3
"""A start takes longer than a step; who differs then is given more time, so that only what stays counts."""
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
"""Of eth0, behind which others speak, eth1 and eth2."""
_PARAMETERS = """
for i in $(ls /proc/sys/net/ipv4/conf); do
    for k in arp_ignore arp_filter arp_announce rp_filter promote_secondaries accept_local; do
        echo $i $k $(cat /proc/sys/net/ipv4/conf/$i/$k)
    done
done
echo igmp $(cat /proc/sys/net/ipv4/igmp_link_local_mcast_reports)
"""
_TABLES = {
    "address": "ip -N -o addr",
    "route": "ip -N -o -4 route show table all; ip -N -o -6 route show table all",
    "rule": "ip -N -4 rule; ip -N -6 rule",
    "link": "ip -N -o link",
    "parameter": _PARAMETERS,
}
_NOISE = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"^\d+: (?=\S+[ :])", ""),  # numbers of interfaces
        (r"@\S+|\\|link-netns(id)? \S+|expires \d+sec|qlen \d+", " "),
        (r"alias .*", ""),
        (r"link/\S+ \S+ brd \S+", ""),  # a link that a step makes has an address by chance
        (r"_lft [1-9]\d*sec", "_lft some"),
    )
)
_KERNELS_OWN = re.compile(r"^route (multicast|anycast|local|broadcast|\d) |^route .* proto 2 ")


def shell(text: str) -> str:
    """What a command prints."""
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=False).stdout


class Twin:
    """One of the two: its host, its daemon, and what can be seen of either."""

    def __init__(self, name: str, command: str, case: Case, folder: Path, detail: str) -> None:
        self.command = command
        self.detail = detail
        self.case = case
        self.folder = folder
        (folder / "run" / "keepalived").mkdir(parents=True)
        self.host, self.lan = (f"twin{os.getpid()}{name}{end}" for end in ("h", "s"))
        self._speakers: list[Speaker] = []
        self.daemon: subprocess.Popen[bytes] | None = None
        self._said: dict[str, list[str]] = {}
        self._adverts: list[dict[int, Advert]] = [{} for _ in NETWORKS]
        self._announced: list[collections.Counter[str]] = [collections.Counter() for _ in NETWORKS]
        os.mkfifo(folder / "fifo")
        self._fifo = os.open(folder / "fifo", os.O_RDWR | os.O_NONBLOCK)
        self._make_host()
        self._taps = [Tap(self.lan, f"p{number}") for number in range(len(NETWORKS))]
        for word in ("first", "second"):
            script = folder / word
            script.write_text(f"#!/bin/sh\nexec test ! -e {script}.bad\n")
            script.chmod(0o755)
        teller = folder / "tell"
        teller.write_text(f'#!/bin/sh\necho "$(umask) $@" >> {folder}/told\n')
        teller.chmod(0o755)
        for step in case.setup:
            self.step(step)

    def _make_host(self) -> None:
        for namespace in (self.host, self.lan):
            netns.run(["ip", "netns", "add", namespace])
            netns.ip_batch(["link set lo up"], namespace)
        netns.ip_batch(["link add br0 type bridge mcast_snooping 0", "link set br0 up"], self.lan)
        quick = "for f in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $f; done"
        self._inside(quick)
        for number, network in enumerate(NETWORKS):
            where = f"p{number} type veth peer name eth{number} address 02:00:00:00:0{number}:01"
            netns.ip_batch([f"link add {where} netns {self.host}"], self.lan)
            netns.ip_batch([f"link set p{number} {'' if number else 'master br0'} up"], self.lan)
            self._inside(quick)
            netns.ip_batch(
                [
                    f"link set eth{number} up",
                    f"addr add {network}.1/24 dev eth{number}",
                    f"addr add 2001:db8:{number}::1/64 dev eth{number} nodad",
                ],
                self.host,
            )

    def _inside(self, text: str) -> str:
        done = subprocess.run(
            ["ip", "netns", "exec", self.host, "sh", "-c", text], capture_output=True, text=True, check=False
        )
        return done.stdout

    # ------------------------------------------------------------ what is done

    def configure(self, text: str) -> None:
        """Write the file; @DIR@ is our folder."""
        ours = "script_user root\nvrrp_notify_fifo @DIR@/fifo\nvrrp_notify_priority_changes true\n"
        whole = text if "global_defs {" in text else f"global_defs {{\n}}\n{text}"
        whole = whole.replace("global_defs {\n", f"global_defs {{\n{ours}", 1)
        (self.folder / "keepalived.conf").write_text(whole.replace("@DIR@", str(self.folder)))

    def start(self) -> None:
        """Begin the daemon with its own /run."""
        files = " ".join(f"-{option} {self.folder}/{option}.pid" for option in "prcb")
        inner = (
            f"mount --bind {self.folder}/run /run && mount --bind /dev/null /dev/console; "
            f"exec {self.command} -n -l {self.detail} -f {self.folder}/keepalived.conf {files}"
        )
        with (self.folder / "log").open("ab") as log:
            self.daemon = subprocess.Popen(
                ["ip", "netns", "exec", self.host, "unshare", "-m", "sh", "-c", inner],
                cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def step(self, step: str) -> None:
        """One event: a shell command on the host, or a word of ours behind an exclamation mark."""
        if not step.startswith("!"):
            self._inside(step.replace("@DIR@", str(self.folder)))
            return
        word, *rest = step[1:].split()
        if word == "speak":
            self._speakers.append(Speaker(self.lan, rest))
        elif word == "silence":
            for speaker in self._speakers:
                speaker.end(release="release" in rest)
            self._speakers.clear()
        elif word == "carrier":
            netns.ip_batch([f"link set p{rest[0][-1]} {rest[1]}"], self.lan)
        elif word == "reload":
            self.configure(self.case.others[rest[0]])
            assert self.daemon is not None
            self.daemon.send_signal(signal.SIGHUP)
        elif word == "fail":
            (self.folder / f"{rest[0]}.bad").touch()
        elif word == "succeed":
            (self.folder / f"{rest[0]}.bad").unlink(missing_ok=True)
        elif word == "number":
            (self.folder / "new").write_text(f"{rest[0]}\n")
            (self.folder / "new").rename(self.folder / "number")
        elif word == "wait":
            time.sleep(float(rest[0]))
        else:
            raise ValueError(step)

    def stop(self) -> None:
        """SIGTERM, and the end of it."""
        if self.daemon is not None and self.daemon.poll() is None:
            self.daemon.terminate()
            try:
                self.daemon.wait(10)
            except subprocess.TimeoutExpired:
                self.daemon.kill()

    def close(self) -> None:
        """Nothing of it is left."""
        self.stop()
        for speaker in self._speakers:
            speaker.end()
        os.close(self._fifo)
        for tap in self._taps:
            tap.close()
        for namespace in (self.host, self.lan):
            for pid in shell(f"ip netns pids {namespace}").split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            shell(f"ip netns del {namespace}")

    # ------------------------------------------------------------ what is seen

    def look(self) -> set[str]:
        """Everything there is to compare, a line each."""
        self._hear()
        found = {
            f"advert {(number, vrid)} {what}"
            for number, adverts in enumerate(self._adverts)
            for vrid, what in adverts.items()
        }
        found |= {
            f"announced on eth{number}: {what} {min(count, self.case.announcements)} times"
            for number, counted in enumerate(self._announced)
            for what, count in counted.items()
            if self.case.announcements
        }
        found |= {f"told {line} {count} times" for line, count in self._told().items()}
        found |= {f"process {line}" for line in self._processes()}
        found |= {f"fifo {who}: {' '.join(words)}" for who, words in self._said.items()}
        return found | self.tables()

    def _told(self) -> collections.Counter[str]:
        """The lines of ``tell``, which run side by side; how often a flood is told is another matter."""
        try:
            lines = (self.folder / "told").read_text().splitlines()
        except FileNotFoundError:
            return collections.Counter()
        counted = collections.Counter(line.replace(str(self.folder), "@DIR@") for line in lines)
        return collections.Counter({line: 1 if "RX_LOWER" in line else n for line, n in counted.items()})

    def _processes(self) -> Iterator[str]:
        """What the kernel knows of the parent and the vrrp process."""
        for word, name in (("p", "parent"), ("r", "vrrp")) if self.case.processes else ():
            try:
                pid = int((self.folder / f"{word}.pid").read_text())
                status = Path(f"/proc/{pid}/status").read_text()
                limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
                comm = Path(f"/proc/{pid}/comm").read_text().strip()
            except (OSError, ValueError):
                continue
            (locked,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmLck"))
            policy, affinity = os.sched_getscheduler(pid), sorted(os.sched_getaffinity(pid))
            priority = os.sched_getparam(pid).sched_priority
            nice = os.getpriority(os.PRIO_PROCESS, pid)
            yield (
                f"{name} is called {comm}, policy {policy} priority {priority} nice {nice} on {affinity}, "
                f"locked {locked != '0'}, realtime timeout {limits[-1].split()[3:5]}"
            )

    def forget(self) -> None:
        """What was said belongs to the step before."""
        self._hear()
        self._said.clear()
        for counted in self._announced:
            counted.clear()

    def listen_anew(self) -> None:
        """Adverts until now are of the past."""
        self._hear()
        for adverts in self._adverts:
            adverts.clear()

    def tables(self) -> set[str]:
        """Addresses, routes, rules, links and parameters."""
        text = self._inside("; ".join(f"echo =={name}; {command}" for name, command in _TABLES.items()))
        found, name = set(), ""
        for line in text.splitlines():
            if line.startswith("=="):
                name = line[2:]
                continue
            for pattern, instead in _NOISE:
                line = pattern.sub(instead, line)
            found.add(f"{name} {' '.join(line.split())}")
        return {line for line in found if not _KERNELS_OWN.match(line)}

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            for line in os.read(self._fifo, 1 << 20).decode().splitlines():
                kind, name, *said = line.split()
                words = self._said.setdefault(f"{kind} {name}", [])
                if not (said[0] == "MASTER_RX_LOWER_PRI" and said[0] in words):
                    words += said if said[0] != "MASTER_RX_LOWER_PRI" else said[:1]
        for tap, adverts, announced in zip(self._taps, self._adverts, self._announced, strict=True):
            tap.hear(adverts, announced)


def play(case: Case, commands: Sequence[str], folder: Path, detail: str) -> list[str]:
    """Both through all steps of a case; the differences, in words.  ``detail``: ``-D`` or nothing."""
    found: list[str] = []
    with contextlib.ExitStack() as stack:
        twins = []
        for name, command in zip("ab", commands, strict=True):
            twin = Twin(name, command, case, folder / name, detail)
            stack.callback(twin.close)
            twins.append(twin)
            twin.configure(case.file)
        known: set[str] = set()
        for step in ("start", *case.steps, "stop"):
            for twin in twins:
                twin.forget()
            act = {"start": Twin.start, "stop": Twin.stop}.get(step)
            _both(twins, act, step)
            if step.startswith("!wait"):
                continue
            settle = START_SECONDS if step == "start" else case.settle or SETTLE_SECONDS
            time.sleep(settle - HEARD_SECONDS)
            for _ in range(LOOKS):
                for twin in twins:
                    twin.listen_anew()
                time.sleep(HEARD_SECONDS)
                ours, theirs = (twin.look() for twin in twins)
                if ours == theirs:
                    break
            differ = {f"ours: {line}" for line in ours - theirs} | {
                f"keepalived: {line}" for line in theirs - ours
            }
            differ = {line for line in differ if not any(re.search(one, line) for one in case.on_purpose)}
            found += [f"{step}: {line}" for line in sorted(differ - known)]
            known = differ
    return found


def _both(twins: Sequence[Twin], act: object, step: str) -> None:
    """At the same time, so that neither has longer."""
    threads = [
        threading.Thread(target=act, args=(twin,))
        if callable(act)
        else threading.Thread(target=twin.step, args=(step,))
        for twin in twins
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(argv: Sequence[str]) -> int:
    """Run the cases and print a Markdown table of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--vs", default=shutil.which("keepalived") or "/usr/sbin/keepalived", help="the other one"
    )
    parser.add_argument("--only", default="", help="regular expression on the names of cases")
    parser.add_argument("--keep", type=Path, help="files and logs of each case go below this folder")
    parser.add_argument("--logs", action="store_true", help="without -D, and show how the logs differ")
    options = parser.parse_args(argv)
    if os.geteuid():
        parser.error("needs root")
    print("| case | steps | differences | on purpose |\n|---|---|---|---|")
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for case in (*CASES, *KEYWORD_CASES):
            if not re.search(options.only, case.name):
                continue
            folder = (options.keep or Path(scratch)) / case.name
            shutil.rmtree(folder, ignore_errors=True)
            found = play(case, (OURS, f"{options.vs} -P"), folder, "" if options.logs else "-D")
            failed += bool(found)
            print(f"| {case.name} | {len(case.steps)} | {len(found) or 'none'} | {case.why} |", flush=True)
            for line in found:
                print(f"    {line}", file=sys.stderr, flush=True)
            if options.logs:
                for line in differences_of_logs(folder / "a" / "log", folder / "b" / "log"):
                    print(f"    log: {line}", file=sys.stderr, flush=True)
    print(f"{failed} cases differ", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
