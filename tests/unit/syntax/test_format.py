import pytest

from pykeepalived.syntax.format import format_text
from pykeepalived.syntax.pieces import tidy


def formatted(text: str) -> str:
    result = format_text(text)
    assert result.text is not None, result.diagnostics
    return result.text


class TestLayout:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a{b}", "a {\n    b\n}\n"),
            ("a\n{\nb\n}\n", "a {\n    b\n}\n"),
            ("a\n\n# why\n{\nb }", "a {\n    # why\n    b\n}\n"),
            ("a # one\n{ # two\nb\n}", "a {  # one\n    # two\n    b\n}\n"),
            ("a   b\tc  ", "a b c\n"),
            ('a  "b  c"   d', 'a "b  c" d\n'),
            ("a  'b  c'  d", "a 'b  c' d\n"),
            ("a  it's   d", "a it's   d\n"),
            ("a \\   b", "a \\   b\n"),
            ("\n\na\n\n\nb\n\n", "a\n\nb\n"),
            ("a {\n\nb\n\n}\nc {\n}", "a {\n    b\n}\n\nc {\n}\n"),
            ("a { b } # c", "a {\n    b\n}  # c\n"),
            ("a #c", "a  #c\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("", ""),
            ("}\na", "}\n\na\n"),
            ("x { {\n} }", "x {\n    {\n    }\n}\n"),
        ],
    )
    def test_one_statement_a_line_four_blanks_a_level(self, text, expected):
        assert expected == formatted(text)

    @pytest.mark.parametrize(
        "line",
        [
            "$X=a   b",
            "~SEQ(X,  2)   a   ${X} { b }",
            "include   a  b.conf",
            "virtual_server ${A} 80 { delay_loop  3 }",
            "@a x { @b y }",
        ],
    )
    def test_lines_whose_inside_matters_stay(self, line):
        assert line + "\n" == formatted("   " + line)

    def test_conditional_blocks_are_counted_for_each_id(self):
        text = "@a v A {\n@^a v B {\nx\n}\n@a y {\n@a z\n@a }\nw\n"

        assert "@a v A {\n@^a v B {\n    x\n}\n@a y {\n    @a z\n@a }\nw\n" == formatted(text)

    def test_bodies_of_definitions_are_indented_and_keep_their_end(self):
        text = "$M= \\\na { \\\n  b  c \\\n   \n# d\n} \\\n\n\ne\n"

        assert "$M= \\\n    a { \\\n        b  c \\\n        # d\n    } \\\n\ne\n" == formatted(text)

    def test_what_a_definition_opens_is_counted_where_it_is_used(self):
        assert "$M= \\\n    a { \\\n        b\n$M\n    c\n}\n" == formatted("$M= \\\na { \\\nb\n$M\nc\n}\n")

    def test_a_pragma_stays_in_its_block(self):
        text = "a # pykeepalived: x\n{\nb\n}\n"

        assert "a  # pykeepalived: x\n{\n    b\n}\n" == formatted(text)

    def test_indentation_does_not_push_a_line_over_the_limit(self):
        line = "x " * 510

        assert "a {\n" + line.strip() + "\n}\n" == formatted("a {\n" + line + "\n}")


class TestRefusal:
    @pytest.mark.parametrize("text", ['a "b', "a\0b\n", "x" * 1100])
    def test_what_cannot_be_read_is_left_alone(self, text):
        result = format_text(text)

        assert result.text is None
        assert result.diagnostics


def test_tidy_leaves_quotes_alone():
    assert "a \"b  c\" 'd  e' f" == tidy("a   \"b  c\"  'd  e'   f")
