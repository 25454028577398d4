"""Rounds of a sequence that only put values in give what the long way gives, with positions and origins."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st

from pykeepalived.syntax import rounds
from pykeepalived.syntax.nodes import Document
from pykeepalived.syntax.parser import parse_text
from pykeepalived.syntax.rounds import RoundStatement
from tests.support.syntax_cases import places

_PIECES = st.lists(
    st.sampled_from(
        [
            "$X", "${X}", "$Y", "${Y}", "${X }", "${Z}", "$X,", "a", "10.0.0.", "/32", " ", "\t", " dev ",
            "!c", ")", "#", "\\#", '"', "{", "}", "@x", "~SEQ(Y,2) ", "include ", "=", "$W", "é",
        ]
    ),
    min_size=1,
    max_size=6,
).map("".join)  # fmt: skip
_HEADS = st.sampled_from(
    [
        "~SEQ(X,3)", "~SEQx(X,9,11)", "~SEQ(X,-2)", "~SEQ(X,1,0)", "~LST(X,a,b)", "~LST({X,Y},{1,2},{3})",
        "~LST({X,X},{1,2})", "~LST(X,$W,b)", "~LST(X,{},b)",
    ]
)  # fmt: skip


def both(text: str, most: int) -> tuple[Document, Document]:
    quick = parse_text(text, most_lines=most)
    with patch.object(rounds, "pattern_of", lambda *_: None):
        return quick, parse_text(text, most_lines=most)


@given(_HEADS, _PIECES, st.sampled_from([1, 3, 10_000]))
@example("~SEQ(X,3)", " v ${X}/${X} $X", 10_000)
@example("~SEQ(X,3)", "", 10_000)
def test_quick_rounds_and_long_ones(head: str, body: str, most: int) -> None:
    text = f"$W=w v\n$Z=1 \\\n 2 \\\n\na {{\n{head} {body}\nlast ${{X}} ${{Y}}\n}}\n"
    quick, slow = both(text, most)
    assert places(slow) == places(quick)
    assert slow.definitions == quick.definitions


def test_the_quick_way_is_taken() -> None:
    quick, slow = both("~SEQ(X,8,10) 10.0.0.${X}/32 label eth0:$X\n", 100)
    assert {RoundStatement} == {type(node) for node in quick.children}
    assert RoundStatement not in {type(node) for node in slow.children}
    assert places(slow) == places(quick)
