"""Mutated configurations through the reader and the parser: no exception, no hang.

``PYKEEPALIVED_FUZZ`` is the number of mutated files (the full run takes 100000: ``make fuzz``),
``PYKEEPALIVED_SEED`` the first seed.  A failure names the seed that makes it again.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

from pykeepalived.syntax.flat import flatten
from pykeepalived.syntax.parser import parse_text

ROOT = Path(__file__).parents[2]
RUNS = int(os.environ.get("PYKEEPALIVED_FUZZ", "2000"))
FIRST_SEED = int(os.environ.get("PYKEEPALIVED_SEED", "1"))
FOLDERS = (ROOT / "conf.examples", ROOT / "tests" / "golden" / "syntax", ROOT.parent / "shared" / "corpus")
SEEDS = [path.read_bytes() for folder in FOLDERS for path in sorted(folder.glob("**/*.conf"))]
TOKENS = [
    *(bytes([code]) for code in b"{}\"'\\#!@$~=(),\n\r\t \0\xff\xc3"),
    *(b"\\\n", b"$A=", b"${A}", b"$A", b"$A=$A", b"$M= \\\n", b"$M", b"${_ENV}", b"${_RANDOM 5 1}"),
    *(b"@testhost ", b"@^testhost ", b"~SEQ(X,3) ", b"~SEQ(X,99999999999) ", b"~LST({A,B},{1,2}) "),
    *(b"include ", b"includea *", b"global_defs {", b"include_check", b"random_seed 1"),
    *(b"# pykeepalived: x", b"\xef\xbb\xbf", b"A" * 1100),
]


def mutate(rng: random.Random) -> bytes:
    data = bytearray(rng.choice(SEEDS))
    for _ in range(rng.choice((1, 1, 2, 4, 8, 32))):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] = rng.randrange(256)
        elif kind == 1:
            data[at:at] = rng.choice(TOKENS)
        elif kind == 2:
            del data[at : at + rng.choice((1, 2, 8, 64))]
        elif kind == 3:
            other = rng.choice(SEEDS)
            start = rng.randrange(len(other) + 1)
            data[at:at] = other[start : start + rng.randrange(200)]
        elif kind == 4:
            data[at:at] = data[at : at + rng.randrange(100)]
        else:
            lines = data.split(b"\n")
            rng.shuffle(lines)
            data = bytearray(b"\n".join(lines))
    return bytes(data)


def test_mutated_configurations_never_raise() -> None:
    assert SEEDS
    for seed in range(FIRST_SEED, FIRST_SEED + RUNS):
        data = mutate(random.Random(seed))
        try:
            document = parse_text(data, config_id="testhost", most_lines=2000)
            statements = sum(1 for token in flatten(document) if token.statement)
        except Exception as error:
            raise AssertionError(f"PYKEEPALIVED_SEED={seed} PYKEEPALIVED_FUZZ=1 makes it again") from error
        assert statements <= data.count(b"\n") * 1100 + 2000 * 40


ATOMS = [
    *(
        "z_a",
        "$A",
        "${A}",
        "$B",
        "${B}",
        "$M",
        "${M}",
        "$A=",
        "$B=",
        "$M=",
        "$M= \\\n",
        "{",
        "}",
        '"',
        '"q r"',
    ),
    *("'", "\\", "\\#", "#", "!", " ", " ", "\n", "\n", "\n", " \\\n", "\\\n", "\t", "\r", "\f", "\0", "é"),
    *("@testhost ", "@other ", "@^x ", "@", "~SEQ(A,2) ", "~SEQ(B,1,3) ", "~SEQ(X,99999) ", "~SEQ(A,$B) "),
    *("~LST(A,x,y) ", "~LST({A,B},{1,2}) ", "${_HASH}", "${_ENV A}", "${_RANDOM 1 2}", "include k\n"),
    *("# pykeepalived: x\n", "\udce9"),
]


def test_dense_texts_never_raise_and_always_end() -> None:
    """Texts of nothing but the language's own signs, where each means something to its neighbours."""
    for seed in range(FIRST_SEED, FIRST_SEED + RUNS):
        rng = random.Random(seed)
        text = "".join(rng.choice(ATOMS) for _ in range(rng.choice((5, 10, 20, 40))))
        try:
            document = parse_text(text.encode("utf-8", "surrogatepass"), config_id="testhost", most_lines=500)
            statements = sum(1 for token in flatten(document) if token.statement)
        except Exception as error:
            raise AssertionError(f"PYKEEPALIVED_SEED={seed} PYKEEPALIVED_FUZZ=1 makes it again") from error
        assert statements <= 1100 * (500 + text.count("\n") + 1)
