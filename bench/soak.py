#!/usr/bin/env python3
"""Thousands of reloads of a Master: no advert missed, no takeover, memory and descriptors do not grow.

    python bench/soak.py [--reloads 10000] [--seed 1]

Needs root; everything happens in network namespaces.  See tests/support/soak.py for what a reload changes.
Exit status 1 when an advert of the unchanged router was missed, its Backup spoke, or something grew.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.soak import Outcome, Soak
from tests.support.vrrp_lab import Lan

GROWTH_KIB = 3000
"""What may come and go: the configuration of the moment, buffers of the log."""


def main(arguments: list[str]) -> int:
    """Run it and say what was seen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reloads", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        Lan("soak") as lan,
        Soak(lan, Path(folder), options.seed) as soak,
    ):
        outcome = soak.run(options.reloads)
    return report(outcome)


def report(outcome: Outcome) -> int:
    """Print the outcome; the exit status."""
    settled, last = outcome.memory[1], outcome.memory[-1]
    rate = outcome.reloads / outcome.seconds
    print(f"reloads            {outcome.reloads}, {rate:.1f} a second; {outcome.refused} rightly refused")
    print(f"adverts            {outcome.adverts}, longest gap {outcome.longest_gap:.2f} intervals")
    print(f"adverts missed     {outcome.missed}")
    print(f"adverts of Backup  {outcome.backup_adverts}")
    print(f"memory, KiB (PSS)  {' '.join(map(str, outcome.memory))}")
    print(f"descriptors        {' '.join(map(str, outcome.descriptors))}")
    grew = last - settled > GROWTH_KIB or outcome.descriptors[-1] > max(outcome.descriptors[:3]) + 2
    failed = bool(not outcome.adverts or outcome.missed or outcome.backup_adverts or grew)
    print("FAILED" if failed else "as it should be")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
