"""Digest and pattern of a body that streams by."""

from __future__ import annotations

import hashlib
import re

import pytest

from pykeepalived.checkers.body import OVERLAP_BYTES, WINDOW_BYTES, BodyJudge
from pykeepalived.health.pattern import compile_pattern
from pykeepalived.health.settings import BodyPattern


def fits(pattern: BodyPattern, *pieces: bytes) -> bool:
    judge = BodyJudge(digest=False, pattern=pattern)
    for piece in pieces:
        judge.feed(piece)
    return judge.pattern_fits()


class TestDigest:
    def test_it_is_the_md5_of_all_pieces(self) -> None:
        judge = BodyJudge(digest=True, pattern=None)
        judge.feed(b"hel")
        judge.feed(b"lo")

        assert hashlib.md5(b"hello").hexdigest() == judge.digest()


class TestPattern:
    def test_wanted_and_unwanted(self) -> None:
        assert fits(BodyPattern("al+ive"), b"we are all", b"ive")
        assert not fits(BodyPattern("al+ive"), b"dead")
        assert fits(BodyPattern("error", wanted=False), b"fine")
        assert not fits(BodyPattern("error", wanted=False), b"an error")

    @pytest.mark.parametrize(
        ("options", "expected"), [((), False), (("caseless",), True), (("PCRE2_CASELESS",), True)]
    )
    def test_options(self, options: tuple[str, ...], expected: bool) -> None:
        assert expected == fits(BodyPattern("ALIVE", options=options), b"alive")

    def test_anchors_hold_for_the_body_not_for_a_piece(self) -> None:
        filler = b"x" * (WINDOW_BYTES - 1)

        assert fits(BodyPattern(r"^x", options=()), filler)
        assert not fits(BodyPattern("^y"), filler, b"xy", b"y" * WINDOW_BYTES)
        assert not fits(BodyPattern("x$"), filler + b"x", b"y")
        assert fits(BodyPattern("y$"), filler + b"x", b"y")

    def test_a_match_across_the_seam_of_two_windows_is_found(self) -> None:
        filler = b"x" * (WINDOW_BYTES - 3)

        assert fits(BodyPattern("needle"), filler + b"nee", b"dle", b"y" * WINDOW_BYTES)

    @pytest.mark.parametrize(
        ("low", "high", "expected"),
        [(0, 0, True), (10, 0, True), (11, 0, False), (0, 11, True), (0, 10, False)],
    )
    def test_where_a_match_may_begin(self, low: int, high: int, expected: bool) -> None:
        body = b"0123456789needle"

        assert expected == fits(BodyPattern("needle", min_offset=low, max_offset=high), body)

    @pytest.mark.parametrize(("low", "expected"), [(700_000, True), (700_001, False)])
    def test_offsets_count_from_the_begin_of_the_body_in_later_windows_too(
        self, low: int, expected: bool
    ) -> None:
        pieces = [b"x" * 100_000] * 7 + [b"needle"] + [b"x" * 100_000] * 3

        assert expected == fits(BodyPattern("needle", min_offset=low), *pieces)

    def test_memory_stays_bounded(self) -> None:
        judge = BodyJudge(digest=False, pattern=BodyPattern("needle"))
        for _ in range(200):
            judge.feed(b"x" * 65536)

            assert len(judge._window) <= WINDOW_BYTES + OVERLAP_BYTES

    def test_named_groups_are_written_as_pcre_does(self) -> None:
        assert compile_pattern(r"(?<word>a)\k<word>".replace(r"\k<word>", "(?P=word)"), ()).search(b"aa")
        assert compile_pattern(r"(?<=a)b", ()).search(b"ab")

    def test_a_pattern_that_cannot_be_used_is_an_error(self) -> None:
        with pytest.raises(re.error):
            compile_pattern("(", ())
