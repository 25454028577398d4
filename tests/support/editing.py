"""Configurations for tests of the editor functions, with the cursor written into the text."""

from __future__ import annotations

from pykeepalived.base.span import Span
from pykeepalived.lsp.project import Snapshot
from pykeepalived.syntax.source import DictLoader

CURSOR = "|"
MAIN = "/etc/keepalived/keepalived.conf"
PART = "/etc/keepalived/part.conf"


def snapshot(text: str, part: str | None = None) -> tuple[Snapshot, tuple[str, int, int]]:
    """Open texts (a part has to be included) and the place of the cursor in the one that has it."""
    files = {MAIN: text} if part is None else {MAIN: text, PART: part}
    (file,) = (each for each, content in files.items() if CURSOR in content)
    before = files[file].partition(CURSOR)[0]
    place = (file, before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
    texts = {each: content.replace(CURSOR, "") for each, content in files.items()}
    return Snapshot(texts, DictLoader({})), place


def stretch(state: Snapshot, span: Span) -> str:
    """The text that a span covers, with file and line."""
    line = (state.text(span.file) or "").split("\n")[span.line - 1]
    return f"{span.file.rpartition('/')[2]}:{span.line}:{line[span.column - 1 : span.end_column - 1]}"
