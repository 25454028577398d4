"""What must hold for any text, and for any configuration that is written on purpose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pykeepalived.syntax.flat import flatten
from pykeepalived.syntax.nodes import Block, Brace, Statement, StrayBrace, UnterminatedStatement
from pykeepalived.syntax.parser import parse_text
from pykeepalived.syntax.splitting import plain_words
from pykeepalived.syntax.structure import tree_by_grammar
from pykeepalived.syntax.tree import tree_by_hand
from tests.support.syntax_cases import stream

FRAGMENTS = st.sampled_from(
    [
        *"{}\"'\\#!@$~=(), \t\n\r\f",
        "\n",
        " \\\n",
        "$A=",
        "$M= \\\n",
        "$A",
        "${A}",
        "${M}",
        "@a ",
        "@^a ",
        "~SEQ(A,2) ",
        "~LST(A,x,y) ",
        "# pykeepalived: x",
        "include ",
        "${_ENV A}",
        "é",
        "\udce9",
        "\0",
        "word",
        "router_id",
    ]
)
ANY_TEXT = st.lists(FRAGMENTS | st.text(max_size=3), max_size=40).map("".join)

WORD = st.text(
    st.characters(codec="ascii", exclude_characters='{}"#!\\$@~', min_codepoint=33, max_codepoint=126),
    min_size=1,
    max_size=8,
)
STATEMENT = (
    st.lists(WORD, min_size=1, max_size=4).map(" ".join).filter(lambda text: not text.startswith("include"))
)
TREE = st.recursive(
    STATEMENT,
    lambda inner: st.tuples(STATEMENT, st.lists(inner, max_size=4)),
    max_leaves=12,
)
Item = str | tuple[str, list[object]]
LAYOUTS = st.sampled_from([(" {\n", "}\n"), ("\n{\n", "}\n"), ("{ # c }\n", "  } ! {\n"), (" { ", " }\n")])


def render(item: Item, layout: tuple[str, str]) -> str:
    if isinstance(item, str):
        return item + "\n"
    head, children = item
    return head + layout[0] + "".join(render(child, layout) for child in children) + layout[1]  # type: ignore[arg-type]


def shape(item: Statement | Block) -> object:
    if isinstance(item, Statement):
        return item.text
    return (item.head.text, [shape(child) for child in item.children])


@given(ANY_TEXT)
def test_no_text_makes_the_parser_raise(text: str) -> None:
    document = parse_text(text.encode("utf-8", "surrogatepass"), config_id="a", most_lines=200)

    lines = text.split("\n")
    for token in flatten(document):
        assert 1 <= token.span.line <= len(lines)
        assert 1 <= token.span.column < token.span.end_column
        if token.statement is not None and not token.statement.unterminated:
            assert token.statement.words == plain_words(token.statement.text).values


@given(st.lists(TREE, max_size=6), LAYOUTS)
def test_what_is_written_is_read(items: list[Item], layout: tuple[str, str]) -> None:
    document = parse_text("".join(render(item, layout) for item in items))

    assert [] == document.diagnostics
    assert [item if isinstance(item, str) else _lists(item) for item in items] == [
        shape(item) for item in document.children
    ]


def _lists(item: tuple[str, list[object]]) -> tuple[str, list[object]]:
    return item[0], [child if isinstance(child, str) else _lists(child) for child in item[1]]  # type: ignore[arg-type]


@given(
    st.lists(st.lists(WORD | WORD.map(lambda word: f'"{word} {{"'), min_size=1, max_size=5), max_size=5),
    st.sampled_from([" ", "\t ", "  "]),
)
def test_positions_point_at_the_word(lines: list[list[str]], gap: str) -> None:
    text = "\n".join(gap + gap.join(words) + gap + "# comment" for words in lines)
    source = text.split("\n")
    for statement in parse_text(text).children:
        assert isinstance(statement, Statement)
        for index, word in enumerate(statement.words):
            span = statement.span(index)
            assert word == source[span.line - 1][span.column - 1 : span.end_column - 1].strip('"')


@given(st.lists(STATEMENT, min_size=1, max_size=6), st.text("ab", min_size=1, max_size=3))
def test_a_multi_line_definition_reads_as_its_lines_do(lines: list[str], name: str) -> None:
    body = " \\\n".join(["", *lines])

    assert stream(parse_text("\n".join(lines))) == stream(parse_text(f"${name}={body}\n${name}\n"))


@given(st.lists(st.sampled_from(["STMT", "BAD", "STRAY", "OPEN", "CLOSE"]), max_size=60))
def test_the_grammar_takes_whatever_the_reader_delivers_and_the_parser_agrees(kinds: list[str]) -> None:
    tokens: list[Statement | Brace] = []
    depth = 0
    for kind in kinds:
        if kind in ("OPEN", "CLOSE"):
            depth += 1 if kind == "OPEN" else -1
            if depth < 0:
                depth = 0
                tokens.append(StrayBrace("}", ("}",), "f", 1))
            else:
                tokens.append(Brace(kind, "f", 1, 1))
        else:
            tokens.append(MADE[kind]())

    items = tree_by_grammar(tokens, depth)

    assert nodes(items) == nodes(tree_by_hand(tokens, depth))
    count = sum(1 for _ in walk(items))
    assert len([token for token in tokens if isinstance(token, Statement)]) == count


MADE = {
    "STMT": lambda: Statement("x", ("x",), "f", 1),
    "BAD": lambda: UnterminatedStatement("x", ("x",), "f", 1, (1,)),
    "STRAY": lambda: StrayBrace("}", ("}",), "f", 1),
}


def nodes(items: list[Statement | Block]) -> list[object]:
    """The tree as the very objects it is made of; a head that the builder made is its type and place."""
    return [
        (
            item.head if item.head.words else (type(item.head), item.head.line, item.head.column),
            item.opening, nodes(item.children), item.closing,
        )
        if isinstance(item, Block)
        else item
        for item in items
    ]  # fmt: skip


def walk(items: list[Statement | Block]) -> list[Statement]:
    found: list[Statement] = []
    for item in items:
        if isinstance(item, Block):
            found += [item.head] if item.head.words else []
            found += walk(item.children)
        else:
            found.append(item)
    return found


@given(st.lists(TREE, max_size=4))
def test_the_stream_and_the_tree_say_the_same(items: list[Item]) -> None:
    document = parse_text("".join(render(item, (" {\n", "}\n")) for item in items))
    again = "\n".join(stream(document))

    assert [shape(item) for item in document.children] == [shape(item) for item in parse_text(again).children]
