import pytest

from pykeepalived.syntax.splitting import Word, command_line, plain_words, script_words


class TestPlainWords:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("router_id lb1", ("router_id", "lb1")),
            ('a "b c" d', ("a", "b c", "d")),
            ('z_a"b c"', ("z_a", "b c")),
            ('"z_b c"d', ("z_b c", "d")),
            ("'a b'", ("'a", "b'")),
            ('a ""', ("a", "")),
            ("a\\ b", ("a\\", "b")),
            ("a\fb\vc\rd\te", ("a", "b", "c", "d", "e")),
            ("a\u00a0b\x1cc", ("a\u00a0b\x1cc",)),
            ("", ()),
        ],
    )
    def test_words_end_at_white_space_of_c_and_at_double_quotes(self, text, expected):
        assert expected == plain_words(text).values

    def test_words_before_an_open_quote_are_kept(self):
        split = plain_words('a "b" "c d')

        assert ("a", "b") == split.values
        assert 6 == split.open_quote
        assert not split.ok

    def test_words_know_where_they_stand(self):
        assert (Word("a", 0, 1), Word("b c", 2, 7)) == plain_words('a "b c"').words


class TestFirstScriptPass:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("notify /bin/x a", ("notify", "/bin/x", "a")),
            ('notify "/bin/x a"', ("notify", "/bin/x a")),
            ("notify '/bin/x \"a\"'", ("notify", '/bin/x "a"')),
            ("script /bin/x' y'z\"w q\" r", ("script", "/bin/x yzw q", "r")),
            (r'script "/bin/x \"a b\""', ("script", r"/bin/x \"a b\"")),
            (r"script /bin/x\ y", ("script", r"/bin/x\ y")),
        ],
    )
    def test_both_quotes_group_and_backslashes_stay(self, text, expected):
        assert expected == script_words(text, escapes=False).values

    def test_an_open_quote_leaves_no_words(self):
        split = script_words("script 'a", escapes=False)

        assert () == split.values
        assert 7 == split.open_quote

    def test_a_backslash_at_the_end_leaves_no_words(self):
        assert 2 == script_words("a \\", escapes=False).lone_backslash


class TestSecondScriptPass:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("/bin/x a", ("/bin/x", "a")),
            (r"/bin/x \"a\ b\"", ("/bin/x", '"a b"')),
            (r"x \x41\x4ag", ("x", "AJg")),
            (r"x \101\60\1234", ("x", "A0S4")),
            (r"x \cA\cz", ("x", "\x01\x1a")),
            (r"x \a\b\E\f\n\r\t\v", ("x", "\a\b\x1b\f\n\r\t\v")),
            (r"x \q\xg", ("x", "qxg")),
            (r"x '\n'", ("x", "\n")),
        ],
    )
    def test_escapes_are_resolved(self, text, expected):
        assert expected == command_line(text).values
