"""Formatting: the meaning stays, comments stay, and a second time changes nothing."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pykeepalived.base.text import split_lines
from pykeepalived.syntax.flat import flatten
from pykeepalived.syntax.format import format_text
from pykeepalived.syntax.lines import decode, decomment
from pykeepalived.syntax.parser import parse_text
from tests.support.beside import CORPUS_FILES, needs_corpus

FRAGMENTS = st.sampled_from(
    [
        *("{", "}", " {\n", "\n}\n", "\n", "\n", " \\\n", "a", "b  c", '"q  r"', "'s  t'"),
        *("\\ ", "\\#", "\t", "# comment\n", "! other\n", "# pykeepalived: x\n", "\r\n", "\f"),
        *("$A=", "$M= \\\n", "$A", "${A}", "$M\n", "it's", "é", " ", "@a ", "@^a ", "@b "),
        *("~SEQ(A,2) ", "~LST(A,x,y) ", "include  x"),
    ]
)
TEXT = st.lists(FRAGMENTS, max_size=40).map("".join)


def comments(text: str) -> list[str]:
    found = []
    for line in split_lines(text):
        at = decomment(line, range(len(line))).comment_at
        if at is not None:
            found.append(line[at:].rstrip())
    return found


def words(text: str, config_id: str) -> list[object]:
    document = parse_text(text, config_id=config_id)
    return [token.statement and token.statement.words for token in flatten(document)]


@given(TEXT)
def test_a_second_time_changes_nothing_and_comments_stay(text: str) -> None:
    result = format_text(text)
    if result.text is None:
        return

    assert sorted(comments(text)) == sorted(comments(result.text))
    assert result.text == format_text(result.text).text


@given(TEXT)
def test_without_backslashes_and_dollars_only_open_quotes_are_refused(text: str) -> None:
    result = format_text(text.replace("\\", "").replace("$", ""))

    if result.text is None:
        assert "format-unsafe" not in {each.code for each in result.diagnostics}, result.diagnostics


@needs_corpus
def test_the_corpus_keeps_its_meaning_and_its_comments() -> None:
    refused = []
    for path in CORPUS_FILES:
        text = decode(path.read_bytes())
        result = format_text(text, str(path))
        if result.text is None:
            refused.append(path.name)
            continue
        for config_id in ("testhost", "other"):
            assert words(text, config_id) == words(result.text, config_id), path
        assert sorted(comments(text)) == sorted(comments(result.text)), path
        assert result.text == format_text(result.text).text, path
        assert not re.search(r"[ \t]\n", result.text), path

    assert ["m040-unterminated-quote.conf", "m094-unterminated-quote.conf"] == refused
