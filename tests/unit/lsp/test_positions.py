"""Our lines and columns against the protocol's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pykeepalived.lsp.positions import Encoding, Positions, units


@pytest.mark.parametrize(
    ("encoding", "characters"), [(Encoding.UTF8, 6), (Encoding.UTF16, 3), (Encoding.UTF32, 2)]
)
def test_a_character_has_as_many_units_as_its_encoding_needs(encoding: Encoding, characters: int) -> None:
    assert (0, characters) == Positions("ä𝄞x", encoding).position(1, 3)
    assert (1, 3) == Positions("ä𝄞x", encoding).place(0, characters)


def test_a_place_inside_a_character_is_before_it() -> None:
    assert (1, 1) == Positions("𝄞x").place(0, 1)


def test_crlf_does_not_count_as_a_column() -> None:
    positions = Positions("ab\r\ncd\r\n")
    assert (0, 2) == positions.position(1, 99)
    assert (1, 1) == positions.position(2, 2)
    assert (1, 3) == positions.place(0, 99)


def test_a_lone_cr_ends_a_line_for_the_protocol_only() -> None:
    positions = Positions("ab\rcd\nef")
    assert (1, 1) == positions.position(1, 5)
    assert (1, 5) == positions.place(1, 1)
    assert (2, 0) == positions.position(2, 1)


@pytest.mark.parametrize("sign", ["\f", "\v", "\x85", "\u2028"])
def test_other_separators_end_no_line(sign: str) -> None:
    assert (0, 3) == Positions(f"a{sign}b\nc").position(1, 4)
    assert (1, 0) == Positions(f"a{sign}b\nc").position(2, 1)


def test_places_outside_the_text_are_moved_inside() -> None:
    positions = Positions("a\nbc")
    assert (1, 2) == positions.position(9, 9)
    assert (2, 3) == positions.place(9, 9)
    assert (1, 1) == positions.place(-1, 0)
    assert (0, 0) == positions.position(0, 0)


@given(st.text("aä𝄞\r\n\f", max_size=30), st.sampled_from(Encoding))
def test_every_place_survives_the_way_there_and_back(text: str, encoding: Encoding) -> None:
    positions = Positions(text, encoding)
    for number, line in enumerate(text.split("\n"), 1):
        body = line[:-1] if line.endswith("\r") and number <= text.count("\n") else line
        for column in range(1, len(body) + 2):
            there = positions.position(number, column)
            back = positions.place(*there)
            # Between CR and the LF after it the protocol has no place.
            if "\r" not in text:
                assert (number, column) == back
            assert there == positions.position(*back)


def test_units_of_plain_text_are_its_characters() -> None:
    assert 3 == units("abc", Encoding.UTF8)
