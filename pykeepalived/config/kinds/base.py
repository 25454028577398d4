"""What all kinds share: the missing word, the rejected word."""

from __future__ import annotations

from typing import Any, TypeVar

from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.syntax.nodes import Statement

T = TypeVar("T")

UNLIMITED = 2**64
"""For a range that ends nowhere in practice."""

IGNORED = "this line is ignored"
LINE_DROPPED = "this entry is left out"


class WordKind(Kind[T]):
    """A kind that needs at least one word.

    ``missing`` is the exit status of ``keepalived -t`` when the word is absent: 2 means that keepalived
    stops at that line, 5 that it reports an ordinary error.
    """

    missing: int = 2

    def absent(self, statement: Statement, site: Site, index: int = 1, what: str | None = None) -> Rejected:
        site.missing(statement, index, what or self.words, self.missing)
        return REJECTED

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


def quote(word: str) -> str:
    """A word as it must stand in a file: quoted when it is empty or holds white space or a special sign."""
    if not word or any(c in ' \t\v\f#!{}"' for c in word):
        return f'"{word}"'
    return word
