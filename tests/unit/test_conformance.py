"""Every requirement has its tests, and ``docs/conformance.md`` says which."""

from __future__ import annotations

import os

import pytest

from tests.support.conformance import DOCUMENT, Catalogue, Requirement, document, requirements


@pytest.fixture(scope="module")
def tests() -> Catalogue:
    return Catalogue()


@pytest.fixture(scope="module")
def rows(tests: Catalogue) -> list[Requirement]:
    return list(requirements(tests))


def test_no_requirement_lacks_a_test_or_a_reason(rows: list[Requirement]) -> None:
    """A MUST has a test in which it holds and one in which the opposite is refused, or says why not."""
    assert {} == {row.id: row.gap for row in rows if row.gap}


def test_every_test_that_is_listed_exists(rows: list[Requirement], tests: Catalogue) -> None:
    named = {name for row in rows for name in (*row.positive, *row.negative)}
    assert set() == named - set(tests.places)


def test_every_id_in_a_test_is_a_requirement(rows: list[Requirement], tests: Catalogue) -> None:
    assert set() == set(tests.named) - {row.id for row in rows}


def test_ids_are_unique_and_grouped(rows: list[Requirement]) -> None:
    ids = [row.id for row in rows]
    assert len(set(ids)) == len(ids)
    groups = list(dict.fromkeys(text[:2] for text in ids))
    assert ids == sorted(ids, key=lambda text: (groups.index(text[:2]), int(text[3:])))


def test_the_document_is_current(rows: list[Requirement], tests: Catalogue) -> None:
    text = document(rows, tests)
    if os.environ.get("UPDATE_GOLDEN"):
        DOCUMENT.write_text(text)
    assert text == DOCUMENT.read_text(), "UPDATE_GOLDEN=1 pytest tests/unit/test_conformance.py"


def test_a_row_without_a_negative_test_is_a_gap_only_for_a_must() -> None:
    row = Requirement("TX-1", "M", "", "", "", ("test_a",), ())
    assert "no negative test" == row.gap
    assert "no positive and no negative test" == Requirement("TX-1", "M", "", "", "", (), ()).gap
    assert not Requirement("TX-1", "S", "", "", "", ("test_a",), ()).gap
    assert Requirement("TX-1", "X", "", "", "", (), ()).gap
    assert not Requirement("TX-1", "M", "", "", "the kernel does it", (), ()).gap
