"""Files made by walking ``grammar/keepalived.lark``: each is read as the very tree that the walk made.

The grammar is total, so there is nothing else to a file than what its rules allow: every walk must parse, and
what is wrong with it (an open quote, a brace too many or too few) must be said.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark
from lark.grammar import Terminal

from pykeepalived.config.load import check
from pykeepalived.syntax.nodes import Block, Statement
from pykeepalived.syntax.parser import grammar_folder, parse_text

_GRAMMAR = Lark((grammar_folder() / "keepalived.lark").read_text("utf-8"), parser="lalr", lexer="basic")
_WAYS: dict[str, list[list[object]]] = {}
for _rule in _GRAMMAR.rules:
    _WAYS.setdefault(str(_rule.origin.name), []).append(list(_rule.expansion))
_DEEP = 5
"""Blocks within one another; deeper ones end with the file."""

_WORDS = st.lists(
    st.sampled_from(["vrrp_instance", "state", "a", "é", '"b c"', '"{"', "1.2.3.4/24"]),
    min_size=1,
    max_size=3,
)
_STATEMENT = _WORDS.map(" ".join)


@dataclass
class Walk:
    """What a walk through the grammar has written, and the tree it stands for."""

    lines: list[str] = field(default_factory=list)
    open_at_end: bool = False


def _start(draw: st.DrawFn, walk: Walk) -> list[object]:
    (expansion,) = _WAYS["start"]
    return _items(draw, walk, 0) if str(expansion[0].name) == "items" else []  # type: ignore[attr-defined]


def _items(draw: st.DrawFn, walk: Walk, depth: int) -> list[object]:
    """``items`` is left recursive: a list whose entries come from its other alternatives."""
    kinds = sorted(str(way[1].name) for way in _WAYS["items"] if len(way) == 2)  # type: ignore[attr-defined]
    found: list[object] = []
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=4)):
        if walk.open_at_end:
            break
        if kind == "block":
            if depth < _DEEP:
                found.append(_block(draw, walk, depth))
        elif kind == "STRAY":
            if depth == 0:
                walk.lines.append("}")
                found.append("}")
        else:
            found.append(_leaf(draw, walk, kind))
    return found


def _leaf(draw: st.DrawFn, walk: Walk, kind: str) -> str:
    text = draw(_STATEMENT)
    if kind == "BAD":
        text = f'{text} "open'
    walk.lines.append(text)
    return text


def _block(draw: st.DrawFn, walk: Walk, depth: int) -> object:
    way = draw(st.sampled_from(_WAYS["block"]))
    names = [str(part.name) for part in way]  # type: ignore[attr-defined]
    head = _leaf(draw, walk, names[0]) if names[0] in ("STMT", "BAD") else ""
    walk.lines.append("{")
    children = _items(draw, walk, depth + 1)
    ends = [str(end[0].name) for end in _WAYS["_end"] if isinstance(end[0], Terminal)]
    if walk.open_at_end or draw(st.sampled_from(ends)) == "EOFCLOSE":
        walk.open_at_end = True
    else:
        walk.lines.append("}")
    return head, children


@st.composite
def walks(draw: st.DrawFn) -> tuple[Walk, list[object]]:
    walk = Walk()
    return walk, _start(draw, walk)


def shape(items: list[Statement | Block]) -> list[object]:
    return [
        (item.head.text, shape(item.children)) if isinstance(item, Block) else item.text for item in items
    ]


def heads_joined(items: list[object]) -> list[object]:
    """A block without a statement takes the statement before it for its head, as the reader does."""
    joined: list[object] = []
    for item in items:
        if isinstance(item, tuple):
            head, children = item
            if not head and joined and isinstance(joined[-1], str) and joined[-1] != "}":
                head = joined.pop()
            joined.append((head, heads_joined(children)))
        else:
            joined.append(item)
    return joined


@settings(deadline=None)
@given(walks())
def test_a_walk_through_the_grammar_is_read_as_its_tree(made: tuple[Walk, list[object]]) -> None:
    walk, tree = made
    document = parse_text("\n".join(walk.lines) + "\n")
    assert [heads_joined(tree)] == [shape(document.children)]
    said = {diagnostic.code for diagnostic in document.diagnostics}
    text = "\n".join(walk.lines)
    assert ('"open' in text) == ("unterminated-quote" in said)
    assert ("}" in tree) == ("stray-brace" in said)
    # A brace that is owed to a statement is missed; a block without one has no name to miss it by.
    assert "missing-brace" not in said or walk.open_at_end
    check(document)
