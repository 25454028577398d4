"""What was probably meant by a word that is no keyword here."""

from __future__ import annotations

from functools import cache, lru_cache

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.schema import BlockSchema


def did_you_mean(word: str, block: BlockSchema, *, extension: bool = False) -> str | None:
    """A keyword of the block that is nearly the word, or the blocks that know the word."""
    near = _nearest(word, tuple(n for n, keyword in block.keywords.items() if keyword.extension is extension))
    if near:
        return f"did you mean {near}?"
    homes = sorted(_homes().get(word, ()))
    if homes:
        return f"{word} belongs in {' or '.join(homes[:3])}; is a closing brace wrong?"
    return None


@lru_cache(maxsize=1024)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    """Kept, because a word that is wrong once is wrong in each block of a generated file."""
    from difflib import get_close_matches  # nearly every file has no such word

    near = get_close_matches(word, known, 1, 0.75) or get_close_matches(word.lower(), known, 1, 0.75)
    return near[0] if near else None


@cache
def _homes() -> dict[str, set[str]]:
    """Keyword → blocks that know it."""
    homes: dict[str, set[str]] = {}
    pending = [Config.schema]
    done: set[int] = set()
    while pending:
        schema = pending.pop()
        if id(schema) in done:
            continue
        done.add(id(schema))
        for name in schema.keywords:
            homes.setdefault(name, set()).add(schema.name or "the outermost level")
        pending += [keyword.block.schema for keyword in schema.declarations() if keyword.block is not None]
    return homes
