"""Every published keepalived.conf and every mutant parses, with positions inside its file."""

from __future__ import annotations

import pytest

from pykeepalived.cli.files import FileLoader
from pykeepalived.syntax.flat import flatten
from pykeepalived.syntax.lines import decode
from pykeepalived.syntax.parser import parse
from tests.support.beside import CORPUS, CORPUS_FILES, needs_corpus

pytestmark = needs_corpus


@pytest.mark.parametrize("folder", ["", "mutants"])
def test_the_corpus_parses(folder: str) -> None:
    for path in sorted((CORPUS / folder).glob("*.conf")):
        document = parse(str(path), FileLoader(), config_id="testhost")
        lines = decode(path.read_bytes()).split("\n")
        tokens = list(flatten(document))
        assert tokens, path
        for token in tokens:
            if token.span.file == str(path):
                assert token.span.end_column <= len(lines[token.span.line - 1]) + 2, (path, token)


def test_words_stand_where_their_spans_say() -> None:
    for path in CORPUS_FILES:
        document = parse(str(path), FileLoader(), config_id="testhost")
        lines = decode(path.read_bytes()).split("\n")
        for token in flatten(document):
            statement = token.statement
            if statement is None or token.span.file != str(path) or statement.unterminated:
                continue
            for index, word in enumerate(statement.words):
                span = statement.span(index)
                written = lines[span.line - 1][span.column - 1 : span.end_column - 1]
                if span.via is None and "$" not in written:
                    assert word == written.strip('"').replace("\\#", "#").replace("\\!", "!"), (path, span)
