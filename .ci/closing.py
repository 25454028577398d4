"""Add up pytest's reports: one line per part, then "N passed, N failed, N skipped".

Exit 1 when a report is missing or empty (its run died), when a test failed, and with CI=true also when
one was skipped: where everything can be installed, a skip hides something.
"""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

# The reasons to skip that no set-up can remove; tests that have them say it in these words.
ABSENT = ("this kernel was built without", "is not beside this clone")


def kind(case: ElementTree.Element) -> str:
    found = case.find("skipped")
    return (found.get("type") or "pytest.skip") if found is not None else ""


def reason(case: ElementTree.Element) -> str:
    found = case.find("skipped")
    return (found.get("message") or "") if found is not None else ""


def main(names: list[str]) -> int:
    totals = [0, 0, 0]
    skips: list[str] = []
    complete = True
    for path in map(Path, names):
        try:
            cases = list(ElementTree.parse(path).iter("testcase"))
        except (OSError, ElementTree.ParseError):
            cases = []
        if not cases:
            print(f"{path.stem}: no result, the run died or found no test")
            complete = False
            continue
        # An expected failure ran, and says in its test what it is that cannot be otherwise.
        skipped = [case for case in cases if kind(case) not in ("", "pytest.xfail")]
        absent = [case for case in skipped if any(words in reason(case) for words in ABSENT)]
        for why, count in Counter(reason(case) for case in absent).items():
            print(f"{path.stem}: {count} cannot run here: {why}")
        bad = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
        counts = [len(cases) - len(skipped) - len(bad), len(bad), len(skipped)]
        skips += [f"{case.get('classname')}::{case.get('name')}" for case in skipped if case not in absent]
        seconds = sum(float(case.get("time", 0)) for case in cases)
        print(f"{path.stem}: {counts[0]} of {len(cases)} passed in {seconds:.0f} s")
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
    strict = os.environ.get("CI") == "true"
    if skips and strict:
        print("Skipped, which counts as failed here:", *skips, sep="\n  ")
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return int(not complete or totals[1] > 0 or (strict and bool(skips)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
