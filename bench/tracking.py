"""What many tracked scripts do to the rhythm of adverts: pykeepalived beside Debian's keepalived.

    python bench/tracking.py [--scripts 200] [--seconds 20] [--repeat 2]

Needs root. One Master with adverts every 100 ms in a namespace of its own follows that many scripts
(/usr/bin/true, every second); somebody else on the LAN notes when the adverts arrive. The sampler's longest
stall says how much of the lateness is the machine's.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import select
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.stalls import StallWatch
from tests.support.tracking_site import KEEPALIVED, Site, site

SETTLE_SECONDS = 6.0
LATE_MS = 110.0


def configuration(scripts: int) -> str:
    names = [f"s{number}" for number in range(scripts)]
    defined = "".join(
        f"vrrp_script {name} {{\nscript /usr/bin/true\ninterval 1\nweight 1\n}}\n" for name in names
    )
    tracked = "track_script {\n" + "\n".join(names) + "\n}\n" if names else ""
    return (
        "global_defs {\nscript_user root\nenable_script_security\n}\n"
        + defined
        + "vrrp_instance VI_1 {\ninterface eth0\nversion 3\nvirtual_router_id 51\n"
        + "priority 30\nadvert_int 0.1\n"
        + tracked
        + "virtual_ipaddress {\n192.0.2.100/24\n}\n}\n"
    )


def processor_seconds(here: Site) -> float:
    """User and system time of the daemon's processes and of the scripts they have waited for."""
    ticks = 0
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit() and str(here.config).encode() in (entry / "cmdline").read_bytes():
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                ticks += sum(int(fields[index]) for index in (11, 12, 13, 14))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(program: str, scripts: int, seconds: float) -> str:
    with tempfile.TemporaryDirectory() as folder, site("tkb", Path(folder) / "site", program) as here:
        here.start(configuration(scripts))
        time.sleep(SETTLE_SECONDS)
        here.listener.clear()
        before = processor_seconds(here)
        with StallWatch() as stalls:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                select.select([here.listener], [], [], 0.5)
                here.listener.pump()
        used = (processor_seconds(here) - before) / seconds * 100
        at = [
            when for when, frame in here.listener.frames if frame[12:14] == b"\x08\x00" and frame[23] == 112
        ]
        gaps = sorted((later - earlier) / 1e6 for earlier, later in itertools.pairwise(at))
        late = sum(gap > LATE_MS for gap in gaps)
        return (
            f"{program:<11} {len(at):>4} adverts, gap p50 {statistics.median(gaps):6.1f} "
            f"p99 {gaps[int(len(gaps) * 0.99)]:6.1f} longest {gaps[-1]:6.1f} ms, {late} over {LATE_MS:g} ms, "
            f"{used:4.1f} % of a processor, machine stalled {stalls.longest_ns / 1e6:.1f} ms"
        )


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--scripts", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--repeat", type=int, default=2)
    options = parser.parse_args(argv)
    programs = ["ours"] if KEEPALIVED is None else ["ours", "keepalived"]
    for _ in range(options.repeat):
        for program in programs:
            print(measure(program, options.scripts, options.seconds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
