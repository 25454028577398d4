import gc
import subprocess
import sys

import pytest

from pykeepalived.syntax.nodes import Block
from pykeepalived.syntax.parser import parse, parse_text
from pykeepalived.syntax.source import DictLoader
from tests.support.syntax_cases import codes, read, stream, texts


def shape(items):
    return [
        (item.head.text, shape(item.children)) if isinstance(item, Block) else item.text for item in items
    ]


class TestBraces:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a {\nb\n}\n", [("a", ["b"])]),
            ("a\n{\nb\n}\n", [("a", ["b"])]),
            ("a{b}", [("a", ["b"])]),
            ("a { b { c } d }", [("a", [("b", ["c"]), "d"])]),
            ("a { router_id x smtp_alert maybe }", [("a", ["router_id x smtp_alert maybe"])]),
            ('a "{" b', ['a "{" b']),
            ("router_id a{b", [("router_id a", ["b"])]),
            ("x} y", ["x", "}", "y"]),
        ],
    )
    def test_they_end_a_statement_wherever_they_stand(self, text, expected):
        assert expected == shape(read(text).children)

    def test_a_second_opening_brace_is_a_block_without_a_head(self):
        document = read("a {\n{\nb\n}\n}\n")

        assert [("a", [("", ["b"])])] == shape(document.children)
        assert ["a", "{", "{", "b", "}", "}"] == stream(document)

    def test_every_mistake_of_a_file_is_told_in_one_run(self):
        document = read('}\na {\nb "c\n}\n}\nd {\ne {\n')

        assert [
            ("stray-brace", 1),
            ("unterminated-quote", 3),
            ("stray-brace", 5),
            ("missing-brace", 6),
            ("missing-brace", 7),
        ] == [(each.code, each.span.line) for each in document.diagnostics]
        assert all(each.exit_class == 5 for each in document.diagnostics)

    def test_a_top_level_word_at_column_1_points_to_the_missing_brace(self):
        text = "vrrp_instance A {\n  state MASTER\n  virtual_ipaddress {\n\nvrrp_instance B {\n}\n"
        outer, inner = parse_text(text, top_level_keywords={"vrrp_instance"}).diagnostics

        assert outer.hint is None
        assert "keepalived.conf:5:1" in inner.hint

    def test_deep_nesting_is_no_recursion(self):
        assert 3000 == texts("a {\n" * 3000).count("{")


class TestQuotes:
    def test_an_open_quote_keeps_the_words_before_it(self):
        document = read('a b "c d\ne\n')
        first, second = document.children

        assert (("a", "b"), True) == (first.words, first.unterminated)
        assert (("e",), False) == (second.words, second.unterminated)

    def test_braces_after_it_do_not_count(self):
        assert ['a "b {', "c"] == texts('a "b {\nc')

    def test_a_backslash_does_not_hide_a_quote_from_the_readers_that_skip_the_line(self):
        document = read('notify "/bin/x \\"a"\n')

        assert ["unterminated-quote"] == codes(document)
        assert document.children[0].unterminated


class TestPragmas:
    def test_a_pragma_is_a_statement_of_its_block(self):
        document = read(
            "global_defs { # pykeepalived: a\n  ! pykeepalived: b false # c\n} # pykeepalived: d\n"
        )

        assert [("global_defs", ["a", "b false"]), "d"] == shape(document.children)
        (block, last) = document.children
        assert [True, True, True] == [each.pragma for each in (*block.children, last)]
        assert (2, 21) == (block.children[1].line, block.children[1].span(1).column)

    @pytest.mark.parametrize(
        "text",
        [
            "# pykeepalived: ignore PK101 -- reason",
            "a # pykeepalived: ignore-file",
            'a "# pykeepalived: x"',
            "# see pykeepalived: x",
            "@other a # pykeepalived: x",
            "# pykeepalived:",
        ],
    )
    def test_suppressions_and_look_alikes_are_not(self, text):
        assert not any(child.pragma for child in read(text).children)


class TestCost:
    def test_importing_the_syntax_does_not_import_lark(self):
        code = "import sys, pykeepalived.syntax; sys.exit('lark' in sys.modules)"

        assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode

    @pytest.mark.parametrize("enabled", [True, False])
    def test_the_garbage_collector_is_as_it_was(self, enabled):
        before = gc.isenabled()
        try:
            (gc.enable if enabled else gc.disable)()
            read("a")
            assert enabled == gc.isenabled()
        finally:
            (gc.enable if before else gc.disable)()


class TestTextsThatOnceRaisedOrHung:
    @pytest.mark.parametrize(
        "text",
        [
            '~SEQ(A,2) ${M} {{$M=@testhost $M={\\@testhost $A$A=$M ${_ENV A}\\\n"$M\n${_RANDOM 1 2}$M#',
            "$M= \\\n{ $M\n {\nq$M= \\\n\t$M\n$A{ \n}\n",
            "include " + "{A,B}," * 100,
            "$A=x$A\n~SEQ(X,99999) $A",
            "$M=a \\\n{ $M \\\nb{ $M\n$M",
        ],
    )
    def test_they_end(self, text):
        document = parse_text(text, config_id="testhost", most_lines=500)

        assert document.diagnostics

    def test_an_unreadable_main_file_is_no_configuration(self):
        class Refusing(DictLoader):
            def read(self, path):
                raise PermissionError(13, "Permission denied", path)

        document = parse("k", Refusing({"k": "a"}))

        assert [("file-missing", 4)] == [(each.code, each.exit_class) for each in document.diagnostics]
