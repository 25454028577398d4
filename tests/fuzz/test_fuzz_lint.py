"""Mutated configurations through all of it: parse, bind, resolve and every rule of the linter.

``PYKEEPALIVED_FUZZ`` is the number of mutated files (``make fuzz`` takes a million altogether),
``PYKEEPALIVED_SEED`` the first seed, ``PYKEEPALIVED_JOBS`` the number of processes.  A failure
names the seed that makes it again.
"""

from __future__ import annotations

import os
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from pykeepalived.lint.engine import Selection, lint
from tests.support.lint import subject_of

ROOT = Path(__file__).parents[2]
RUNS = int(os.environ.get("PYKEEPALIVED_FUZZ", "300"))
FIRST_SEED = int(os.environ.get("PYKEEPALIVED_SEED", "1"))
JOBS = int(os.environ.get("PYKEEPALIVED_JOBS", "1"))
PORTION = 2000
MOST_OCTETS = 1500
"""Larger seeds take longer and reach nothing more."""
FOLDERS = (ROOT / "conf.examples", ROOT / "tests" / "golden" / "lint", ROOT.parent / "shared" / "corpus")
SEEDS = [
    data
    for folder in FOLDERS
    for path in sorted(folder.glob("**/*.conf"))
    if len(data := path.read_bytes().decode("utf-8", "surrogateescape")) <= MOST_OCTETS
]
WORDS = sorted({word for text in SEEDS for word in text.split()})
SIGNS = [
    "{",
    "}",
    "\n",
    '"',
    "$A=",
    "$A ",
    "~SEQ(X,3) ",
    "@testhost ",
    "# pykeepalived: x",
    "\\\n",
    "é",
    "-1",
    "0",
]


def mutate(rng: random.Random) -> str:
    lines = rng.choice(SEEDS).splitlines(keepends=True)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(len(lines) + 1)
        match rng.randrange(5):
            case 0:
                del lines[at : at + rng.choice((1, 2, 5))]
            case 1:
                lines.insert(at, rng.choice(rng.choice(SEEDS).splitlines(keepends=True) or ["\n"]))
            case 2 if at < len(lines):
                words = lines[at].split(" ")
                words[rng.randrange(len(words))] = rng.choice(WORDS)
                lines[at] = " ".join(words)
            case 3 if at < len(lines):
                place = rng.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:place] + rng.choice(SIGNS) + lines[at][place:]
            case _:
                lines[at:at] = lines[at : at + rng.randrange(6)]
    return "".join(lines)


def findings_of(first: int, last: int) -> int:
    """Lint the files of these seeds; how much was found in all of them."""
    said = 0
    for seed in range(first, last):
        text = mutate(random.Random(seed))
        try:
            said += len(lint([subject_of(text, "f.conf", config_id="testhost")], Selection()).findings)
        except Exception as error:
            raise AssertionError(f"PYKEEPALIVED_SEED={seed} PYKEEPALIVED_FUZZ=1 makes it again") from error
    return said


@pytest.mark.timeout(0)  # a million files take half an hour
def test_no_configuration_makes_a_reader_or_a_rule_raise() -> None:
    assert SEEDS
    starts = range(FIRST_SEED, FIRST_SEED + RUNS, PORTION)
    ends = [min(start + PORTION, FIRST_SEED + RUNS) for start in starts]
    if JOBS == 1:
        said = sum(map(findings_of, starts, ends))
    else:
        with ProcessPoolExecutor(JOBS) as pool:
            said = sum(pool.map(findings_of, starts, ends))
    assert said > 0 or RUNS < 100
