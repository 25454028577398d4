from pykeepalived.syntax.flat import TokenKind, flatten
from tests.support.syntax_cases import read, texts


def test_the_stream_has_everything_in_source_order():
    assert ["a", "{", "b", "{", "c", "}", "}", "d"] == texts("a {\nb\n{ c }\n}\nd")


def test_a_block_that_the_file_ended_has_no_closing_brace():
    assert ["a", "{", "b", "{", "c"] == texts("a {\nb {\nc\n")


def test_a_stray_brace_is_a_closing_one_that_was_reported_already():
    (token,) = flatten(read("}"))

    assert (TokenKind.CLOSE, True) == (token.kind, token.statement.stray)


def test_braces_know_their_place():
    _, opening, closing = flatten(read("a\n  {\n }"))

    assert ["keepalived.conf:2:3", "keepalived.conf:3:2"] == [str(opening.span), str(closing.span)]
