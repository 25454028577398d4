import pytest

from tests.support.syntax_cases import read, stream, texts


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("@lb1 x", True),
        ("@lb1\tx", True),
        ("@lb2 x", False),
        ("@LB1 x", False),
        ("@^lb1 x", False),
        ("@^lb2 x", True),
        ("@^ x", True),
        ("@ lb1 x", False),
        ("@~lb1 x", False),
    ],
)
def test_a_prefix_compares_the_whole_config_id(line, kept):
    assert (["x"] if kept else []) == texts(line, "lb1")


def test_a_prefix_without_text_vanishes():
    assert [] == texts("@lb1\n@\n@lb1 # comment\n", "lb1")


def test_only_one_prefix_is_looked_at():
    assert ["@^b x"] == texts("@a @^b x", "a")


def test_a_condition_on_a_brace_line_takes_the_brace_with_it():
    assert ["x", "}"] == texts("@b block {\nx\n}\n", "a")


def test_definitions_may_be_conditional():
    assert ["x 1"] == texts("@a $X=1\n@^a $X=2\nx $X", "a")


def test_text_after_a_brace_may_be_conditional():
    assert ["block", "{", "x", "}"] == texts("block { @a x\n}  @b y", "a")


def test_columns_count_the_prefix():
    (statement,) = read("  @testhost  weight 5").children

    assert (14, 21) == (statement.span(0).column, statement.span(1).column)


def test_without_a_match_the_stream_is_empty():
    assert [] == stream(read("@x a", "y"))
