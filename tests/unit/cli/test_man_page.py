"""The manual page says what the tables say, and troff reads it."""

from __future__ import annotations

import os
from pathlib import Path

from pykeepalived.cli.keepalived import help_text
from pykeepalived.cli.man_page import man_page

PAGE = Path(__file__).parents[3] / "docs" / "pykeepalived.8"


def test_the_page_is_current() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(man_page(), encoding="utf-8")
    assert man_page() == PAGE.read_text(encoding="utf-8"), "run this test with UPDATE_GOLDEN=1"


def test_whatever_help_says_of_commands_and_options_is_there() -> None:
    page = man_page().replace("\\-", "-")
    rows = [line.split(maxsplit=1) for line in help_text().splitlines() if line.startswith("  ")]
    assert 50 < len(rows)
    assert [] == [row for row in rows if row[-1].split("  ")[-1].strip() not in page]


def test_no_line_of_text_is_a_request_by_accident() -> None:
    requests = {".TH", ".SH", ".TP", ".B", ".br", '.\\"'}
    assert requests == {line.split()[0] for line in man_page().splitlines() if line[:1] in (".", "'")}
