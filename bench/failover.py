"""Client's outage when the Master dies: pykeepalived beside keepalived, same guest, same files.

    python -m pykeepalived.lab.guest -- python bench/failover.py [--deaths 5] [EXAMPLE ...]

Without IPVS (and root) it boots the guest by itself. The Master is killed right after an advert, so the
protocol's own share of the outage is its Master_Down_Interval; what is beyond it is the daemon's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from pykeepalived.lab import guest
from pykeepalived.lab.compare import Series, measure
from pykeepalived.lab.director import Program
from pykeepalived.lab.guest_job import GuestJob
from pykeepalived.lab.site import kernel_has_ipvs


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--deaths", type=int, default=5)
    parser.add_argument("examples", nargs="*", default=["nat", "dr"], metavar="EXAMPLE")
    options = parser.parse_args(argv)
    if not guest.inside_guest() and (os.geteuid() != 0 or not kernel_has_ipvs()):
        source = str(Path(__file__).parents[1])
        command = (sys.executable, str(Path(__file__).resolve()), *argv)
        job = GuestJob(command, timeout_s=1800, environment={"PYTHONPATH": source})
        return guest.run(job, say=guest.progress_printer())
    print(
        f"{'example':<8} {'directors':<14} {'takeover':>10} {'outage':>10} {'beyond':>10}   each outage, ms"
    )
    for name in options.examples:
        medians = {}
        for program in (Program.KEEPALIVED, Program.PYKEEPALIVED):
            with tempfile.TemporaryDirectory() as folder:
                series = measure(name, program, options.deaths, Path(folder))
            medians[program] = series.median_outage_ns
            print(row(name, series), flush=True)
        longer = (medians[Program.PYKEEPALIVED] - medians[Program.KEEPALIVED]) / 1e6
        print(f"{name:<8} pykeepalived's outage is {longer:+.1f} ms beside keepalived's", flush=True)
    return 0


def row(name: str, series: Series) -> str:
    takeover = statistics.median(sample.takeover_ns for sample in series.samples) / 1e6
    each = " ".join(f"{sample.outage_ns / 1e6:.0f}" for sample in series.samples)
    outage, beyond = series.median_outage_ns / 1e6, series.median_overhead_ns / 1e6
    return f"{name:<8} {series.program:<14} {takeover:7.1f} ms {outage:7.1f} ms {beyond:+7.1f} ms   {each}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
