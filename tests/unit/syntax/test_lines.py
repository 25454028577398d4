import pytest

from pykeepalived.syntax.lines import LONGEST_LINE, decode, decomment, encode
from tests.support.syntax_cases import codes, read, texts


class TestComments:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("router_id a#b", "router_id a"),
            ("router_id a!b", "router_id a"),
            ("# all", ""),
            (r"a\#b", "a#b"),
            (r"a\!b!c", "a!b"),
            (r'"a\#b"', r'"a\#b"'),
            ('"a#b" # c', '"a#b"'),
            (r"a\\#b", "a\\\\"),
            (r"a\nb", r"a\nb"),
            ("a   \\", "a\\"),
            (" \t a \t ", "a"),
        ],
    )
    def test_a_comment_starts_anywhere_outside_quotes(self, line, expected):
        assert expected == decomment(line, range(len(line))).text

    def test_an_escaped_quote_does_not_open_one(self):
        assert not decomment(r"a\"b", range(4)).open_quote
        assert decomment('a"b', range(3)).open_quote

    def test_columns_stay_those_of_the_line_when_a_backslash_goes(self):
        bare = decomment(r"  a\#b  # c", range(1, 12))

        assert ("a#b", [3, 5, 6]) == (bare.text, list(bare.places))


class TestPhysicalLines:
    def test_crlf_and_a_missing_last_newline_are_fine(self):
        assert ["a b", "c", "d"] == texts("a b\r\nc\r\r\nd\r")

    def test_a_form_feed_separates_words_and_does_not_end_a_line(self):
        document = read("a\x0cb\n\x85c\n")

        assert [1, 2] == [child.line for child in document.children]

    def test_a_nul_byte_loses_its_line_only(self):
        document = read(b"a\nb\0c\nd\n")

        assert ["nul-byte"] == codes(document)
        assert 2 == document.diagnostics[0].span.line
        assert [1, 3] == [child.line for child in document.children]

    def test_the_longest_line_has_1022_bytes(self):
        longest = "a" * LONGEST_LINE

        assert [longest] == texts(longest + "\n")

    def test_a_longer_line_loses_1023_bytes_and_its_tail_is_a_line(self):
        document = read("a" * (LONGEST_LINE + 1) + " tail b\nnext\n")

        assert ["line-too-long"] == codes(document)
        assert ["tail b", "next"] == [child.text for child in document.children]
        assert (1, LONGEST_LINE + 3) == (document.children[0].line, document.children[0].column)

    def test_length_counts_bytes(self):
        assert ["line-too-long"] == codes(read("é" * 512 + "\n"))
        assert [] == codes(read("é" * 511 + "\n"))

    def test_a_byte_order_mark_belongs_to_the_first_word(self):
        document = read(b"\xef\xbb\xbfglobal_defs {\n}\n")

        assert "\ufeffglobal_defs" == document.children[0].head.keyword
        assert ["byte-order-mark"] == codes(document)

    def test_bytes_that_are_no_utf8_survive(self):
        data = b"router_id caf\xe9\n"

        assert data == encode(decode(data))
        assert [encode("router_id caf\udce9")] == [encode(text) for text in texts(data)]
