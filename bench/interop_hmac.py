#!/usr/bin/env python3
"""auth_hmac between pykeepalived and a real keepalived 2.4.2 or later, both ways round, in namespaces.

    python bench/interop_hmac.py /path/to/keepalived [CASE...]

Debian 12's keepalived (2.2.7) does not have it, so that this is no part of the tests.  Needs root.  Two
routers, each in a namespace of its own, elect one; then the better one is stopped.  Exit status 0 when every
case went as expected.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.vrrp_lab import Lan  # noqa: E402

OURS = f"{sys.executable} -m pykeepalived"
KEYS = {1: "00" * 16 + "0102030405060708090a0b0c0d0e0f10", 2: "ff" * 32}
VIP = {4: "192.0.2.100", 6: "2001:db8::100"}
HOSTS = {4: ("192.0.2.1", "192.0.2.2"), 6: ("2001:db8::1", "2001:db8::2")}


def block(keys: dict[int, str], active: int, mode: str = "enforce", more: str = "") -> str:
    """An auth_hmac block."""
    lines = [f"key {number} hex:{key}" for number, key in keys.items()]
    return "\n".join(["auth_hmac {", *lines, f"active_key {active}", f"mode {mode}", more, "}"])


ONE = {1: KEYS[1]}


@dataclass(frozen=True)
class Case:
    """What the better router (a) and the other (b) are told; ``both``: they do not accept each other."""

    a: str = block(ONE, 1)
    b: str = block(ONE, 1)
    version: int = 3
    family: int = 4
    unicast: bool = False
    both: bool = False


CASES = {
    "v3": Case(),
    "v2": Case(version=2),
    "ipv6": Case(family=6),
    "unicast": Case(unicast=True),
    "unicast-ipv6": Case(unicast=True, family=6),
    "rotation": Case(block(KEYS, 1), block(KEYS, 2)),
    "monotonic": Case(
        block(ONE, 1, more="anti_replay monotonic"), block(ONE, 1, more="anti_replay monotonic")
    ),
    "permissive-receive-only": Case(block(ONE, 1, "permissive"), block(ONE, 1, "receive-only")),
    "enforce-permissive": Case(block(ONE, 1), block(ONE, 1, "permissive")),
    "enforce-receive-only": Case(block(ONE, 1), block(ONE, 1, "receive-only")),
    "wrong-key": Case(b=block({1: KEYS[2]}, 1), both=True),
    "unknown-key": Case(b=block({2: KEYS[2]}, 2), both=True),
}


def configuration(case: Case, priority: int, mine: str, peer: str, hmac: str) -> str:
    """A keepalived.conf."""
    vips = "192.0.2.100/24" if case.family == 4 else "fe80::51\n2001:db8::100/64"
    unicast = f"unicast_src_ip {mine}\nunicast_peer {{\n{peer}\n}}" if case.unicast else ""
    return f"""global_defs {{
router_id interop
}}
vrrp_instance VI_1 {{
state BACKUP
interface eth0
virtual_router_id 51
version {case.version}
priority {priority}
advert_int {1 if case.version == 2 else 0.2}
{hmac}
{unicast}
virtual_ipaddress {{
{vips}
}}
}}
"""


@contextlib.contextmanager
def daemon(lan: Lan, letter: str, program: str, text: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon with a /run of its own."""
    run = folder / "run"
    run.mkdir(parents=True)
    (folder / "conf").write_text(text)
    pids = " ".join(f"-{option} {run}/{option}.pid" for option in "prcb")
    script = (
        f"mount --bind {run} /run && mount --bind /dev/null /dev/console; cd {ROOT};"
        f"exec {program} -n -l -D -f {folder}/conf {pids} > {folder}/log 2>&1"
    )
    process = subprocess.Popen(
        ["ip", "netns", "exec", lan.names[letter], "unshare", "-m", "sh", "-c", script],
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def owners(lan: Lan, vip: str) -> str:
    """Who holds the address."""
    return "".join(letter for letter in "ab" if lan.holds(letter, vip))


def until(lan: Lan, vip: str, wanted: str, seconds: float) -> str:
    """The owners when they have been the wanted ones for a second, or at the end of patience."""
    end, since = time.monotonic() + seconds, None
    while time.monotonic() < end:
        now = time.monotonic()
        since = (since or now) if owners(lan, vip) == wanted else None
        if since is not None and now - since > 1:
            break
        time.sleep(0.05)
    return owners(lan, vip)


def run(case: Case, better: str, other: str, folder: Path) -> tuple[bool, str]:
    """One case one way round."""
    mine, peer = HOSTS[case.family]
    vip = VIP[case.family]
    with Lan("hmac") as lan, contextlib.ExitStack() as stack:
        a = stack.enter_context(
            daemon(lan, "a", better, configuration(case, 200, mine, peer, case.a), folder / "a")
        )
        stack.enter_context(
            daemon(lan, "b", other, configuration(case, 100, peer, mine, case.b), folder / "b")
        )
        wanted = "ab" if case.both else "a"
        seen = until(lan, vip, wanted, 12)
        if seen != wanted or case.both:
            return seen == wanted, seen
        a.terminate()
        after = until(lan, vip, "b", 8)
        return after == "b", f"{seen} then {after}"


def main(arguments: list[str]) -> int:
    """Run the named cases, or all."""
    if not arguments:
        print(__doc__)
        return 2
    theirs, failed = arguments[0], 0
    for name in arguments[1:] or CASES:
        for label, pair in (("ours better", (OURS, theirs)), ("ours other", (theirs, OURS))):
            folder = Path(tempfile.mkdtemp(prefix="hmac-"))
            passed, seen = run(CASES[name], *pair, folder)
            failed += not passed
            print(f"{'PASS' if passed else 'FAIL'}  {name:<26} {label:<12} owners: {seen}", flush=True)
            if passed:
                shutil.rmtree(folder)
            else:
                print(f"      logs in {folder}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
