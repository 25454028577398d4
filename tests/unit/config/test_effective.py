"""Every keyword does something or says why not."""

from __future__ import annotations

from pykeepalived.config.effective import NOT_ACTED_ON
from pykeepalived.config.reference import blocks


def test_every_keyword_that_does_nothing_has_a_reason_and_no_other_has() -> None:
    idle = {
        keyword.name
        for _, schema in blocks()
        for keyword in schema.declarations()
        if keyword.name and not keyword.effective
    }
    assert idle == set(NOT_ACTED_ON)


def test_reasons_are_told_in_words() -> None:
    assert [] == [name for name, reason in NOT_ACTED_ON.items() if len(reason) < 10]
