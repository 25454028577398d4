"""Recorded conversations with the core: ``tests/golden/vrrp/*.trace``.

The first comment of each says why it is right; requirement ids stand in it in brackets.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.playbook import Playbook, difference

TRACES = sorted((Path(__file__).parents[2] / "golden" / "vrrp").glob("*.trace"))


@pytest.mark.parametrize("path", TRACES, ids=[path.stem for path in TRACES])
def test_the_core_answers_as_recorded(path: Path) -> None:
    expected = path.read_text()
    found = Playbook(expected).play()
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found)
    assert expected == found, difference(expected, found)


@pytest.mark.parametrize("path", TRACES, ids=[path.stem for path in TRACES])
def test_a_trace_says_why_it_is_right(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    assert first.startswith("# ")
    assert len(first) > 20
