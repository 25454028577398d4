"""The regular expressions of HTTP_GET and SSL_GET: where they stand, and which are wrong in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pykeepalived.base.span import Span
from pykeepalived.config.blocks.http_get import HttpGet
from pykeepalived.config.blocks.root import Config
from pykeepalived.lint.rules._services import checks

SURE = (
    "missing ), unterminated subpattern",
    "unbalanced parenthesis",
    "unterminated character set",
    "nothing to repeat",
)
"""What Python calls a mistake and PCRE2 does, too; the two languages differ in much else."""

OTHER = ("\\Q", "(*", "(?R", "(?|", "(?#", "[[:", "[]", "[^]")
"""Marks of syntax that Python reads differently: such patterns are not judged."""


def mistake(pattern: str, options: tuple[str, ...]) -> str | None:
    """What is wrong with a pattern for PCRE2 and Python alike; None: nothing, or not to be judged."""
    if any(mark in pattern for mark in OTHER) or "extended" in options:
        return None
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        text = str(error)
        return text.partition(" at position")[0] if text.startswith(SURE) else None
    return None


def patterns(config: Config) -> Iterator[tuple[str, tuple[str, ...], Span | None]]:
    """(pattern, options, place) of every ``regex`` line, once for each check that it holds for."""
    for _, _, checker in checks(config):
        for url in checker.urls if isinstance(checker, HttpGet) else ():
            if url.regex is not None:
                yield url.regex, url.regex_options or (), url.span_of("regex")
