from tests.support.syntax_cases import read


def columns(line: str) -> list[str]:
    """What the span of each word of the first statement covers in its source line."""
    (statement, *_) = read(line).children
    spans = [statement.span(index) for index in range(len(statement.words))]
    return [line[span.column - 1 : span.end_column - 1] for span in spans]


def test_a_span_covers_its_word_quotes_included():
    assert ["a", '"b c"', "d"] == columns('  a  "b c"d # x')


def test_columns_count_characters():
    assert ["é", "x"] == columns("\té  x")


def test_columns_survive_escapes_conditions_and_residues():
    assert [r"a\#b", "c"] == columns(r"  a\#b  c")
    (block,) = read("@testhost  a { b  c }").children
    assert (16, 19) == (block.children[0].span(0).column, block.children[0].span(1).column)
    assert (14, 21) == (block.open_span.column, block.close_span.column)


def test_a_word_past_the_end_is_the_end_of_the_statement():
    (statement,) = read("  weight   ").children

    assert (9, 10) == (statement.span(1).column, statement.span(1).end_column)


def test_the_whole_statement_has_a_span():
    (statement,) = read('  a "b c"  ').children

    assert (3, 10) == (statement.whole_span().column, statement.whole_span().end_column)


def test_columns_of_all_words():
    (statement,) = read('  a "b c" d').children

    assert (3, 5, 11) == statement.columns


def test_keyword_and_arguments():
    (statement,) = read("a b c").children

    assert ("a", ("b", "c")) == (statement.keyword, statement.arguments)
