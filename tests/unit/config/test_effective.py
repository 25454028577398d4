"""Every keyword does something or says why not."""

from __future__ import annotations

import re
from pathlib import Path

from pykeepalived.config.effective import NOT_ACTED_ON
from pykeepalived.config.reference import blocks

PACKAGE = Path(__file__).parents[3] / "pykeepalived"
# These describe and show a value; they do not act on it.
SHOWING = ("config/blocks/", "config/effective.py", "lint/", "lsp/", "cli/", "daemon/dump_")
ALWAYS_SO = {
    "vrrp_no_swap": "the process is locked in memory in any case",
    "bfd_no_swap": "the process is locked in memory in any case",
    "no_checker_emails": "mails are about servers, never about one of several checks",
}


def test_every_keyword_that_does_nothing_has_a_reason_and_no_other_has() -> None:
    idle = {
        keyword.name
        for _, schema in blocks()
        for keyword in schema.declarations()
        if keyword.name and not keyword.effective
    }
    assert idle == set(NOT_ACTED_ON), "name it in EFFECTIVE, or in NOT_ACTED_ON with a reason"


def test_reasons_are_told_in_words() -> None:
    assert [] == [name for name, reason in NOT_ACTED_ON.items() if len(reason) < 10]


def test_the_value_of_every_effective_keyword_is_read_somewhere() -> None:
    files = (path for path in PACKAGE.rglob("*.py"))
    acting = (path for path in files if not path.relative_to(PACKAGE).as_posix().startswith(SHOWING))
    words = set(re.findall(r"\w+", " ".join(path.read_text(encoding="utf-8") for path in acting)))
    unread = {
        keyword.attribute
        for _, schema in blocks()
        for keyword in schema.declarations()
        if keyword.name and keyword.effective and keyword.attribute not in words
    }
    assert set(ALWAYS_SO) == unread, "EFFECTIVE names it, and nothing outside of config/blocks reads it"
