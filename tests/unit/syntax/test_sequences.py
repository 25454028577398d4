import pytest

from tests.support.syntax_cases import codes, read, stream, texts


class TestSeq:
    @pytest.mark.parametrize(
        ("head", "values"),
        [
            ("~SEQ(X,3)", "1 2 3"),
            ("~SEQ(X,0)", "1 0"),
            ("~SEQ(X,-2)", "-1 -2"),
            ("~SEQ(X,3,1)", "3 2 1"),
            ("~SEQ(X,1,2,6)", "1 3 5"),
            ("~SEQ(X,5,5)", "5"),
            ("~SEQ(X,010,9)", "8 9"),
            ("~SEQ(X,0x10,17)", "16 17"),
            ("~SEQx(X,9,11)", "9 a b"),
            ("~SEQ ( X , 1 , 2 )", "1 2"),
            ("~SEQ(X,+1,2)", "1 2"),
            ("~SEQ(X,,2)", "0 1 2"),
        ],
    )
    def test_values(self, head, values):
        assert [f"z {value}" for value in values.split()] == texts(head + "z ${X}")

    @pytest.mark.parametrize(
        "line",
        [
            "~SEQ(X,1,-1,3) z",
            "~SEQ(X,1,0,3) z",
            "~SEQ(X,a) z",
            "~SEQ(X) z",
            "~SEQ() z",
            "~SEQ(X,1,2 z",
            "~SEQ(X,1,1,2,3) z",
            "~SEQx(X,-1,2) z",
            "~SEQz",
        ],
    )
    def test_malformed_ones_are_errors_and_ignored(self, line):
        document = read(line + "\ny\n")

        assert (["malformed-sequence"], ["y"]) == (codes(document), stream(document))

    def test_bounds_may_be_definitions(self):
        assert ["z 2", "z 3"] == texts("$L=3\n$F=2\n~SEQ(X,$F,${L}) z $X")

    def test_the_leftmost_is_the_outer_loop(self):
        assert ["1_1", "1_2", "2_1", "2_2"] == texts("~SEQ(X,2) ~SEQ(Y,2) ${X}_${Y}")

    def test_the_variable_keeps_its_last_value(self):
        assert ["a 2"] == texts("~SEQ(X,2)\na $X")

    @pytest.mark.parametrize("line", ["~seq(X,2) z", "z ~SEQ(X,2)", "~z"])
    def test_anywhere_else_it_is_ordinary_text(self, line):
        assert [line] == texts(line)

    def test_the_body_may_be_a_multi_line_name(self):
        assert ["a 1", "b 1", "a 2", "b 2"] == texts("$M= \\\na ${X} \\\nb ${X}\n~SEQ(X,2) $M")

    def test_a_definition_in_the_body_stores_the_text_as_it_is(self):
        assert ["v2"] == texts("~SEQ(X,2) $Y=v${X}\n$Y")

    def test_blocks_may_be_repeated(self):
        assert ["a 1", "{", "b", "}", "a 2", "{", "b", "}"] == texts("~SEQ(X,2) a $X { b }")

    def test_a_huge_sequence_ends_with_an_error(self):
        from pykeepalived.syntax.parser import parse_text

        document = parse_text("~SEQ(X,999999999) z\ny", most_lines=100)

        assert ["expansion-endless"] == codes(document)
        assert 101 == len(document.children)

    def test_words_of_the_variable_name_the_sequence(self):
        first, _ = read("  ~SEQ(X,2) weight ${X}").children

        assert (20, 3) == (first.span(1).column, first.span(1).via.column)


class TestLst:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("~LST(V,a,b) ${V}", ["a", "b"]),
            ("~LST({V,W},{a,1},{b,2}) ${V}_${W}", ["a_1", "b_2"]),
            ("~LST({V,W},{a},{b,2}) ${V}_${W}", ["a_", "b_2"]),
            ("~LST(V,) e${V}", ["e"]),
            ("~LST(V,{a},{b}) ${V}", ["a", "b"]),
            ("~LST( V , a , b )${V}", ["a", "b"]),
            ("~LST({ V , W }, { a , 1 } ) ${V}${W}", ["a1"]),
        ],
    )
    def test_values(self, line, expected):
        assert expected == texts(line)

    @pytest.mark.parametrize(
        "line",
        [
            "~LST({V,W},{a,1,2}) z",
            "~LST(V,a b,c) z",
            "~LST(V) z",
            "~LST(V,${L}) z",
            "~LST(V,a",
            "~LST V",
        ],
    )
    def test_malformed_ones_are_errors(self, line):
        assert ["malformed-sequence"] == codes(read("$L=1\n" + line))
