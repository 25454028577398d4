"""What the declarations of the language say about a statement in a tree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pykeepalived.base.span import Span
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.schema import BlockSchema, Keyword, Shape
from pykeepalived.lint.finding import Edit
from pykeepalived.lint.subject import Placed, Subject
from pykeepalived.syntax.nodes import Statement


@cache
def schema_at(path: tuple[str, ...]) -> BlockSchema | None:
    """The block that these enclosing keywords lead to; None inside a value block or an unknown one."""
    schema: BlockSchema = Config.schema
    for word in path:
        keyword = schema.keywords.get(word)
        if keyword is None or keyword.block is None:
            return None
        schema = keyword.block.schema
    return schema


def keyword_of(placed: Placed) -> Keyword | None:
    """The declaration of the keyword that a statement starts with; None when it is not known there."""
    words = placed.statement.words
    if not words or not words[0]:
        return None
    schema = schema_at(placed.path)
    return schema.keywords.get(words[0]) if schema is not None else None


def known_statements(subject: Subject) -> Iterator[tuple[Placed, Keyword]]:
    """Every statement whose keyword is known in its block, extensions left out."""
    for placed in subject.statements:
        if placed.statement.pragma:
            continue
        keyword = keyword_of(placed)
        if keyword is not None:
            yield placed, keyword


def is_command(keyword: Keyword) -> bool:
    """Whether the words are a command, a pattern or an account, which have their own quoting."""
    return keyword.kind is not None and type(keyword.kind).__module__.endswith(".script")


def takes_one_word(keyword: Keyword) -> bool:
    """Whether exactly one word (or one at most) can follow."""
    if keyword.shape is not Shape.LINE or keyword.kind is None or is_command(keyword):
        return False
    form = keyword.kind.words.replace(" | ", "|")
    return " " not in form and "…" not in form


def head_of_block_closed_at(subject: Subject, span: Span | None) -> Statement | None:
    """The head of the block whose closing brace stands at ``span``: keepalived complains there."""
    if span is None:
        return None
    for placed in subject.statements:
        closing = placed.block.closing if placed.block is not None else None
        if closing is not None and closing.span() == span:
            return placed.statement
    return None


def replace_word(statement: Statement, index: int, text: str) -> Edit | None:
    """The edit that writes another word there; None when the word does not stand in the file literally."""
    return replace_at(statement.span(index), text)


def replace_at(span: Span, text: str) -> Edit | None:
    return None if span.via is not None else Edit(span, text)


def remove_line(statement: Statement) -> Edit | None:
    """The edit that removes the whole line of a statement."""
    span = statement.whole_span()
    return None if span.via is not None else Edit(span, "", whole_line=True)
