"""Blocks that are recognised by their lines."""

from __future__ import annotations

import pytest

from pykeepalived.syntax.nodes import Block, Document
from pykeepalived.syntax.parser import parse
from pykeepalived.syntax.source import DictLoader
from pykeepalived.syntax.wholes import KnownBlock, WholeBlock, WholeBlocks

BLOCK = "block one {\n word\n inner {\n  value 1 # why\n }\n}\n"


def read(text: str, known: WholeBlocks | None = None, **others: str) -> tuple[Document, WholeBlocks]:
    blocks = WholeBlocks([] if known is None else [one for one in known.found.values() if one is not None])
    files = {"k.conf": text, **{f"{name}.conf": content for name, content in others.items()}}
    return parse("k.conf", DictLoader(files), blocks=blocks, large_file=1), blocks


def found(text: str, **others: str) -> list[WholeBlock | None]:
    return list(read(text, None, **others)[1].found.values())


def test_a_block_is_its_lines_and_where_they_stand() -> None:
    assert [WholeBlock("k.conf", 2, 6, BLOCK.rstrip("\n"))] == found("word\n" + BLOCK + "word\n")


@pytest.mark.parametrize(
    "line",
    ["word $NAME", "@k.conf word", "include other", "word \"open", "~SEQ(NAME,1,2) word $NAME", "a \"{\" {",
     "a \\#b", "random_seed 7", "block { word }"],
)  # fmt: skip
def test_a_block_with_a_line_that_says_more_than_it_shows_takes_no_part(line: str) -> None:
    assert [] == found(f"$NAME=x\nblock {{\n {line}\n}}\n")


@pytest.mark.parametrize(
    "line", ['word "quoted words"', "# pykeepalived: extension 1", "word # $NAME", "wörd"]
)
def test_what_is_odd_but_complete_takes_part(line: str) -> None:
    first, blocks = read(f"block {{\n {line}\n}}\n")
    again, _ = read(f"\nblock {{\n {line}\n}}\n", blocks)
    assert KnownBlock is again.children[0].__class__
    assert shown(first, 1) == shown(again)


@pytest.mark.parametrize("text", ["block\n{\n word\n}\n", "block {\n word }\nnext {\n}\n} more {\n}\n"])
def test_only_blocks_that_open_and_close_in_lines_of_their_own(text: str) -> None:
    assert all(one is not None and not one.text.startswith("block\n") for one in found(text))
    assert shown(read(text)[0]) == shown(read(text, read(text)[1])[0])


def shown(document: Document, down: int = 0) -> list[str]:
    """Every statement and brace with its place."""
    lines: list[str] = []
    stack = list(reversed(document.children))
    while stack:
        node = stack.pop()
        head = node.head if isinstance(node, Block) else node
        lines.append(f"{head.__class__.__name__} {head.text} {head.line + down}:{head.column}")
        if isinstance(node, Block):
            for brace in (node.opening, node.closing):
                lines.append("none" if brace is None else f"{brace.type} {brace.line + down}:{brace.column}")
            stack.extend(reversed(node.children))
    return lines


def test_a_known_block_is_not_read_before_somebody_looks_into_it_and_then_stands_where_it_stands() -> None:
    first, blocks = read(BLOCK)
    again, _ = read("# above\n\n" + BLOCK, blocks)
    block = again.children[0]
    assert isinstance(block, KnownBlock)
    assert block._tree is None
    assert shown(first, 2) == shown(again)


def test_a_block_is_found_once_and_only_in_its_file() -> None:
    _, blocks = read(BLOCK)
    again, _ = read(BLOCK + BLOCK, blocks)
    assert [KnownBlock, Block] == [node.__class__ for node in again.children]
    moved, _ = read("include other.conf\n", blocks, other=BLOCK)
    assert Block is moved.children[0].__class__


def test_within_a_file_that_is_read_twice_no_block_is_known() -> None:
    assert [None] == found("include other.conf\ninclude other.conf\n", other=BLOCK)


def test_a_changed_line_makes_another_block_of_it() -> None:
    _, blocks = read(BLOCK + BLOCK.replace("one", "two"))
    again, _ = read(BLOCK.replace("1", "2") + BLOCK.replace("one", "two"), blocks)
    assert [Block, KnownBlock] == [node.__class__ for node in again.children]
