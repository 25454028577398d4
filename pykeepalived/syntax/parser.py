"""Tokens to the tree that ``grammar/keepalived.lark`` describes, and what was wrong with the braces."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.uncollected import uncollected
from pykeepalived.syntax.includes import IncludeCheck
from pykeepalived.syntax.nodes import Block, Document, Statement
from pykeepalived.syntax.preprocess import MOST_EXPANDED_LINES, Reader
from pykeepalived.syntax.repeats import LARGE_FILE
from pykeepalived.syntax.source import DictLoader, Loader
from pykeepalived.syntax.tree import Items, Token, tree_by_hand
from pykeepalived.syntax.wholes import WholeBlocks

MOST_FOR_LARK = 2_000
"""Tokens (statements and braces) up to which the tree is built by Lark: some 5 ms."""


def parse(
    path: str,
    loader: Loader,
    *,
    config_id: str = "",
    include_checks: IncludeCheck = IncludeCheck.NONE,
    top_level_keywords: Collection[str] = (),
    most_lines: int = MOST_EXPANDED_LINES,
    from_copy: bool = False,
    large_file: int = LARGE_FILE,
    blocks: WholeBlocks | None = None,
) -> Document:
    """Read ``path`` and all that it includes.

    ``config_id`` is what ``@id`` lines are compared with (keepalived's ``-i``, else the host name up to its
    first dot); ``include_checks`` are those of ``-e``.  ``top_level_keywords`` help to say where a closing
    brace was forgotten: one of these words at column 1 inside a block.  ``from_copy`` reads as keepalived's
    processes after the first do, from a copy in which comment lines are empty; that matters only when
    ``copy_differs`` is set in the document.  From ``large_file`` lines on a file is searched for blocks
    that repeat others; the outcome is the same.  ``blocks`` has the blocks of an earlier reading, whose
    trees are then not made before they are wanted, and gets those of this one.  Nothing is raised for what
    stands in the files; look at ``diagnostics``.
    """
    reader = Reader(loader, config_id, include_checks, most_lines, from_copy, large_file, blocks)
    with uncollected():
        reader.read_main(path)
        children = _structure(reader.tokens, reader.depth)
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


def _structure(tokens: list[Token], depth: int) -> Items:
    """The tree as Lark builds it by the grammar; past MOST_FOR_LARK tokens by an equal hand-written pass."""
    if len(tokens) > MOST_FOR_LARK or any(isinstance(token, Block) for token in tokens):
        return tree_by_hand(tokens, depth)
    # Here and not above: --version and the language server's pure parts do without Lark.
    from pykeepalived.syntax.structure import tree_by_grammar

    return tree_by_grammar(tokens, depth)


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
