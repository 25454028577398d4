"""Short forms of a parsed configuration, for expectations that fit on a line."""

from __future__ import annotations

from collections.abc import Mapping

from pykeepalived.syntax.flat import TokenKind, flatten
from pykeepalived.syntax.includes import IncludeCheck
from pykeepalived.syntax.nodes import Document
from pykeepalived.syntax.parser import parse, parse_text
from pykeepalived.syntax.source import DictLoader

MAIN = "/etc/keepalived/keepalived.conf"


def read(text: str | bytes, config_id: str = "testhost") -> Document:
    return parse_text(text, config_id=config_id)


def read_files(
    files: Mapping[str, str], checks: IncludeCheck = IncludeCheck.NONE, **loader: object
) -> Document:
    """``files`` are named from /etc/keepalived; ``keepalived.conf`` is the main one."""
    return parse(MAIN, DictLoader(files, **loader), config_id="testhost", include_checks=checks)  # type: ignore[arg-type]


def stream(document: Document) -> list[str]:
    """The flat stream: the text of each statement, and the braces."""
    return [
        token.statement.text if token.kind is TokenKind.STATEMENT and token.statement else token.kind.value
        for token in flatten(document)
    ]


def texts(text: str | bytes, config_id: str = "testhost") -> list[str]:
    return stream(read(text, config_id))


def words(text: str | bytes) -> list[tuple[str, ...]]:
    return [token.statement.words for token in flatten(read(text)) if token.statement]


def codes(document: Document) -> list[str]:
    return [diagnostic.code for diagnostic in document.diagnostics]


def places(document: Document) -> list[object]:
    """The flat stream with the words and the place of each token, and what was complained about."""
    tokens: list[object] = [
        (token.kind, token.span, token.statement and (token.statement.words, token.statement.columns))
        for token in flatten(document)
    ]
    return [*tokens, *document.diagnostics]
