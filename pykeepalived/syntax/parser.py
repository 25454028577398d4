"""Tokens through ``grammar/keepalived.lark`` to the tree, and what was wrong with the braces.

Lark is imported when the first configuration is parsed, so that ``--version`` does not pay for it.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.syntax.includes import IncludeCheck
from pykeepalived.syntax.nodes import Block, Brace, Document, Statement
from pykeepalived.syntax.preprocess import MOST_EXPANDED_LINES, Reader, Token
from pykeepalived.syntax.source import DictLoader, Loader

if TYPE_CHECKING:
    from lark import Lark

Items = list[Statement | Block]

GRAMMAR: Final = "keepalived.lark"


def parse(
    path: str,
    loader: Loader,
    *,
    config_id: str = "",
    include_checks: IncludeCheck = IncludeCheck.NONE,
    top_level_keywords: Collection[str] = (),
    most_lines: int = MOST_EXPANDED_LINES,
    from_copy: bool = False,
) -> Document:
    """Read ``path`` and all that it includes.

    ``config_id`` is what ``@id`` lines are compared with (keepalived's ``-i``, else the host name up to its
    first dot); ``include_checks`` are those of ``-e``.  ``top_level_keywords`` help to say where a closing
    brace was forgotten: one of these words at column 1 inside a block.  ``from_copy`` reads as keepalived's
    processes after the first do, from a copy in which comment lines are empty; that matters only when
    ``copy_differs`` is set in the document.  Nothing is raised for what stands
    in the files; look at ``diagnostics``.
    """
    reader = Reader(loader, config_id, include_checks, most_lines, from_copy)
    # Nothing here makes cycles, and each collection would walk the ever longer list of statements.
    collecting = gc.isenabled()
    gc.disable()
    try:
        reader.read_main(path)
        children = _tree(reader.tokens, reader.depth)
    finally:
        if collecting:
            gc.enable()
    diagnostics = list(dict.fromkeys(reader.diagnostics))
    if reader.depth:
        diagnostics += _missing_braces(children, top_level_keywords)
    return Document(
        children,
        diagnostics,
        list(reader.sources),
        reader.inclusions,
        reader.definitions,
        reader.sources,
        reader.copy_differs,
    )


def parse_text(
    text: str | bytes,
    *,
    file: str = "keepalived.conf",
    config_id: str = "",
    top_level_keywords: Collection[str] = (),
    most_lines: int = MOST_EXPANDED_LINES,
) -> Document:
    """Parse text that is no file; includes find nothing."""
    return parse(
        file,
        DictLoader({file: text}),
        config_id=config_id,
        top_level_keywords=top_level_keywords,
        most_lines=most_lines,
    )


def grammar_folder() -> Path:
    """The folder ``grammar/``: inside the package when installed, beside it in a source tree."""
    package = Path(__file__).parents[1]
    installed = package / "grammar"
    return installed if installed.is_dir() else package.parent / "grammar"


class _Builder:
    """Turns rules into nodes while Lark parses; no tree of Lark's is ever made."""

    def start(self, children: list[Any]) -> Any:
        return children[0]

    def none(self, _: list[Any]) -> Items:
        return []

    def add(self, children: list[Any]) -> Any:
        items = children[0]
        items.append(children[1])
        return items

    def block(self, children: list[Any]) -> Block:
        head, opening, items, closing = children
        return Block(head, items, opening, closing if closing.type == "CLOSE" else None)

    def headless(self, children: list[Any]) -> Block:
        opening, items, closing = children
        head = Statement("", (), opening.file, opening.line, opening.column)
        return Block(head, items, opening, closing if closing.type == "CLOSE" else None)


@cache
def _lark() -> Lark:
    from lark import Lark
    from lark.lexer import Lexer

    class NoLexer(Lexer):  # type: ignore[misc, unused-ignore]
        """The tokens are pushed into the parser; nothing is left to be lexed."""

        def __init__(self, _: Any) -> None:
            pass

        def lex(self, *_: Any) -> Iterable[Any]:
            return iter(())

    text = (grammar_folder() / GRAMMAR).read_text("utf-8")
    return Lark(text, parser="lalr", lexer=NoLexer, transformer=_Builder())


def _tree(tokens: list[Token], depth: int) -> Items:
    interactive = _lark().parse_interactive()
    feed = interactive.parser_state.feed_token
    for token in tokens:
        feed(token)
    end = Brace("EOFCLOSE", "", 0, 0)
    for _ in range(depth):
        feed(end)
    items: Items = interactive.feed_eof()
    return items


def _missing_braces(children: Items, top_level_keywords: Collection[str]) -> Iterable[Diagnostic]:
    """One diagnostic for each block that the file's end closed, outermost first."""
    items = children
    while items:
        last = items[-1]
        if not isinstance(last, Block) or last.closing is not None:
            return
        items = last.children
        suspect = _suspect(items, top_level_keywords)
        hint = None
        if suspect is not None:
            where = suspect.span()
            hint = f"'{suspect.keyword}' at {where} starts at column 1: the '}}' probably belongs before it"
        if not last.head.words:
            continue
        yield Diagnostic(
            "missing-brace",
            Severity.ERROR,
            f"the block '{' '.join(last.head.words)}' is never closed",
            last.head.span(),
            hint=hint,
            consequence="it ends with the file",
        )


def _suspect(items: Items, top_level_keywords: Collection[str]) -> Statement | None:
    for item in items:
        head = item.head if isinstance(item, Block) else item
        if head.column == 1 and head.keyword in top_level_keywords:
            return head
    return None
