"""The completion for bash, asked in a bash."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def offered(folder: Path, *words: str) -> set[str]:
    """What bash offers for the last word."""
    program = folder / "pykeepalived"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pykeepalived "$@"\n')
    program.chmod(0o755)
    (folder / "some.conf").touch()
    line = " ".join(shlex.quote(word) for word in ("pykeepalived", *words))
    script = (
        f"source {ROOT / 'packaging/pykeepalived.bash'}; cd {folder}; COMP_WORDS=({line}); "
        f"COMP_CWORD={len(words)}; _pykeepalived; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("dr",), {"drain"}),
        (("--log-f",), {"--log-facility", "--log-file", "--log-format"}),
        (("drain", "--t"), {"--timeout"}),
        (("lint", "so"), {"some.conf"}),
    ],
)
def test_what_is_offered(tmp_path: Path, words: tuple[str, ...], expected: set[str]) -> None:
    assert expected == offered(tmp_path, *words)


def test_all_commands_and_only_they_begin_a_line(tmp_path: Path) -> None:
    from pykeepalived.cli.main import commands

    assert set(commands()) == {word for word in offered(tmp_path, "") if not word.startswith("-")}
