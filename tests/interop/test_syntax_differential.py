"""Random texts read by real keepalived and by us: the same statements and braces on the same lines.

With only unknown keywords ``keepalived -t`` names each statement's first word and each brace with its line,
which is the whole flat stream.  ``KEEPALIVED`` names another binary than Debian's 2.2.7;
``PYKEEPALIVED_FUZZ`` is the number of texts.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pykeepalived.cli.files import FileLoader
from pykeepalived.syntax.flat import TokenKind, flatten
from pykeepalived.syntax.parser import parse

KEEPALIVED = os.environ.get("KEEPALIVED") or shutil.which("keepalived") or "/usr/sbin/keepalived"
RUNS = int(os.environ.get("PYKEEPALIVED_FUZZ", "150"))

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not Path(KEEPALIVED).exists(), reason="needs keepalived"),
]

# Definitions stand in front and start with harmless words: 2.2.7 reads the first line out of one as
# a condition or sequence, and replaces several lines in the middle of one; 2.4.3 and we do not.
PROLOGUE = "$A=z_va\n$B=z_vb ${A}\n$M=z_m1 \\\n@testhost z_m2 \\\n ~SEQ(I,2) z_m${I} \\\nz_m3 {\n"
ATOMS = [
    *("z_a", "z_b ", "z_9", "é", "=", ",", ")", "(", " ", "\t", "\n", "\n", "\n", "\r", "\f", "\v"),
    *("{", "}", " {\n", "\n}\n", '"', '"z q"', "'q'", 'z_k "a b" c\n', "\\z", "\\#", "\\!", "#", "!"),
    *("$A ", "${A}", "$B,", "${B}", "\n$M\n", "${M}\n", "${A 1}", "${U}", "$U ", "$", "${"),
    *("${_INSTANCE}", "${X}", "$X ", "${V}_${W}", "$Y "),
    *("\n@testhost z_c", "\n@other z_d", "\n@^other z_e", "\n@^testhost z_f", "\n@ z"),
    *("~SEQ(X,2) ", "~SEQ(Y,1,3) ", "~SEQ(X,3,1) ", "~SEQx(X,9,11) ", "~SEQ(X,1,2,6) "),
    *("~LST(V,a,b) ", "~LST({V,W},{a,1},{b,2}) "),
]
UNKNOWN = re.compile(r"\(Line (\d+)\) (?:Unknown keyword '(.*)'|(Unexpected '\{' - ignoring))$", re.DOTALL)


def told_by_keepalived(path: Path) -> list[tuple[int, str]]:
    shown = path.with_suffix(".out").read_bytes().decode("utf-8", "surrogateescape")
    found = []
    for line in shown.split("\n"):
        if match := UNKNOWN.match(line):
            found.append((int(match[1]), "{" if match[3] else match[2]))
    return found


def told_by_us(path: Path) -> list[tuple[int, str]]:
    document = parse(str(path), FileLoader(), config_id="testhost")
    return [
        (
            token.span.line,
            token.statement.keyword
            if token.kind is TokenKind.STATEMENT and token.statement
            else token.kind.value,
        )
        for token in flatten(document)
    ]


def test_the_flat_stream_is_keepalived_s(tmp_path: Path) -> None:
    rng = random.Random(20243)
    paths = []
    for number in range(RUNS):
        path = tmp_path / f"{number}.conf"
        text = PROLOGUE + "".join(rng.choice(ATOMS) for _ in range(rng.choice((5, 10, 20, 40)))) + "\n"
        path.write_bytes(text.encode())
        paths.append(path)
    script = (
        'hostname testhost; k=$1; shift; for f; do timeout 10 "$k" -t -f "$f" >"${f%.conf}.out" 2>&1; done'
    )
    subprocess.run(
        ["unshare", "--net", "--uts", "bash", "-c", script, "_", KEEPALIVED, *map(str, paths)],
        check=False,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    compared = 0
    for path in paths:
        expected = told_by_keepalived(path)
        compared += len(expected)
        assert expected == told_by_us(path), path.read_bytes()
    assert compared > RUNS, "keepalived said next to nothing: did it run?"
