"""Whole small configurations and everything that is said about them: ``tests/golden/config``.

``NAME.conf`` starts with the reason; ``NAME.verdict`` has the exit status and the lines of ``-t`` on the
pretended machine of ``support_config``.  UPDATE_GOLDEN=1 writes the verdicts anew; look at the difference.
"""

import importlib.util
import os
from pathlib import Path

import pytest

from pykeepalived.config.tested import line_of, shown

_spec = importlib.util.spec_from_file_location("support_config", Path(__file__).parent / "support_config.py")
support = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(support)

GOLDEN = Path(__file__).parents[2] / "golden" / "config"
FILES = sorted(GOLDEN.glob("*.conf"))


def verdict(text):
    loaded = support.load_here(text)
    lines = dict.fromkeys(line_of(f) for f in loaded.findings if shown(f.diagnostic))
    return "\n".join([f"exit {loaded.exit_status}", *lines]) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_verdict_is_the_recorded_one(path):
    found = verdict(path.read_text("utf-8"))
    recorded = path.with_suffix(".verdict")
    if os.environ.get("UPDATE_GOLDEN"):
        recorded.write_text(found, "utf-8")

    assert recorded.read_text("utf-8") == found


def test_there_are_verdicts_and_each_file_says_why():
    assert len(FILES) >= 9
    assert [] == [path.name for path in FILES if not path.read_text("utf-8").startswith("# ")]
