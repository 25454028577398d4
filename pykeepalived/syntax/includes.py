"""``include`` and its variants: which files a line names, and what is complained about on the way."""

from __future__ import annotations

import enum
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.syntax.lines import Report
from pykeepalived.syntax.source import FileKind, Loader


class IncludeCheck(enum.Flag):
    """What makes a missing include an error."""

    NONE = 0
    READ = enum.auto()
    MATCH = enum.auto()
    WILDCARD = enum.auto()
    BRACE = enum.auto()
    ALL = READ | MATCH | WILDCARD | BRACE


_VARIANTS: Final = {
    "include": IncludeCheck.NONE,
    "includer": IncludeCheck.READ,
    "includem": IncludeCheck.READ | IncludeCheck.MATCH,
    "includew": IncludeCheck.READ | IncludeCheck.MATCH | IncludeCheck.WILDCARD,
    "includeb": IncludeCheck.READ | IncludeCheck.BRACE,
    "includea": IncludeCheck.ALL,
}
_CHECK_WORDS: Final = {
    "read": IncludeCheck.READ,
    "match": IncludeCheck.MATCH,
    "wildcard_match": IncludeCheck.WILDCARD,
    "brace_match": IncludeCheck.BRACE,
}
_INCLUDE = re.compile(r"(include[rmwba]?)\s[ \t]*(.*)", re.ASCII | re.DOTALL)
_WILDCARD = re.compile(r"(?<!\\)[*?\[]")
INCLUDE_EXIT_CLASS: Final = 6
_MOST_ALTERNATIVES: Final = 1000
"""Of braces; one line could stand for 2 to the power of 200 names."""


def parse_include(text: str) -> tuple[IncludeCheck, str] | None:
    """The checks and the pattern of an include line; None for any other line (also a bare ``include``)."""
    match = _INCLUDE.fullmatch(text)
    return None if match is None else (_VARIANTS[match[1]], match[2])


def changed_checks(current: IncludeCheck, words: Iterable[str]) -> IncludeCheck:
    """What the ``include_check`` keyword with ``words`` makes of ``current``.

    None at all turns everything on.  A first word without a sign starts anew (``read`` comes with each),
    ``+word`` adds, ``-word`` removes; words that keepalived refuses change nothing more (complaining about
    them is the keyword's own business).
    """
    words = list(words)
    if not words:
        return IncludeCheck.ALL
    for index, word in enumerate(words):
        sign = word[0] if word[:1] in ("+", "-") else ""
        if not sign and index == 0:
            current = IncludeCheck.NONE
        elif not sign:
            continue
        check = _CHECK_WORDS.get(word[len(sign) :])
        if check is None:
            continue
        if sign == "-":
            current &= ~check
        else:
            current |= check if sign else check | IncludeCheck.READ
    return current


@dataclass(frozen=True, slots=True)
class _Found:
    """What a pattern stands for."""

    paths: list[str]
    missing: FileKind | None
    """MISSING or HIDDEN: so is a plain name, or the directory of a wildcard."""
    wildcard: bool


def files_of(
    pattern: str, including: str, checks: IncludeCheck, span: Span, loader: Loader, report: Report
) -> list[str]:
    """The files an include line names that can be read, in the order of reading.

    ``including`` is the file the line stands in: relative names start from its directory (the current one
    for the main file).
    """

    def complain(
        code: str, message: str, fails: IncludeCheck, consequence: str, hint: str | None = None
    ) -> None:
        failed = bool(checks & fails)
        severity = Severity.ERROR if failed else Severity.WARNING
        exit_class = INCLUDE_EXIT_CLASS if failed else 0
        report(Diagnostic(code, severity, message, span, hint, consequence, exit_class))

    found = _find(pattern, including, loader)
    braces = re.search(r"(?<!\\)\{", pattern) is not None
    if not found.paths:
        if found.missing is not None:
            fails = IncludeCheck.BRACE if braces else IncludeCheck.MATCH
            hint = "quotes are part of the name here; leave them out" if '"' in pattern else None
            message = f"{pattern} {found.missing.value}"
            complain("include-missing", message, fails, "nothing is included", hint)
        elif found.wildcard and checks & IncludeCheck.WILDCARD:
            complain(
                "include-no-match", f"no file matches {pattern}", IncludeCheck.WILDCARD, "nothing is included"
            )
        return []
    if found.missing is not None:
        refused = bool(checks & IncludeCheck.BRACE)
        complain(
            "include-partly-missing",
            f"not every alternative of {pattern} exists",
            IncludeCheck.BRACE,
            "nothing is included" if refused else "the others are included",
        )
        if refused:
            return []
    usable = []
    for path in found.paths:
        kind = loader.kind(path)
        if kind is FileKind.REGULAR:
            usable.append(path)
            continue
        hint = "remove its execute permission" if kind is FileKind.EXECUTABLE else None
        complain("include-unusable", f"{path} {kind.value}", IncludeCheck.READ, "it is skipped", hint)
    return usable


def _find(pattern: str, including: str, loader: Loader) -> _Found:
    base = posixpath.dirname(including)
    paths: list[str] = []
    missing: FileKind | None = None
    wildcard = False
    for alternative in islice(expand_braces(pattern), _MOST_ALTERNATIVES):
        full = posixpath.join(base, alternative)
        if _WILDCARD.search(alternative):
            wildcard = True
            matches = loader.glob(_escape_base(base, alternative))
            if not matches and (folder := loader.kind(_literal_directory(full))).absent:
                missing = folder
            paths += matches
            continue
        plain = full.replace("\\", "")
        if (kind := loader.kind(plain)).absent:
            missing = kind
        else:
            paths.append(plain)
    return _Found(paths, missing, wildcard)


def _escape_base(base: str, alternative: str) -> str:
    """The including file's directory is a name, not a pattern."""
    return posixpath.join(re.sub(r"([*?\[])", r"[\1]", base), alternative)


def _literal_directory(pattern: str) -> str:
    """The directory in front of the first path element with a wildcard."""
    elements = pattern.split("/")
    for index, element in enumerate(elements):
        if _WILDCARD.search(element):
            return "/".join(elements[:index]) or ("/" if pattern.startswith("/") else ".")
    return posixpath.dirname(pattern) or "."


def expand_braces(pattern: str) -> Iterator[str]:
    """``a{b,c{d,e}}`` as ``ab``, ``acd``, ``ace``; unbalanced braces and ``{}`` stay as they are."""
    start = _next_brace(pattern)
    if start is None:
        yield pattern
        return
    parts, end = _alternatives(pattern, start)
    if end is None:
        yield pattern
        return
    for part in parts:
        for middle in expand_braces(part):
            for tail in expand_braces(pattern[end + 1 :]):
                yield pattern[:start] + middle + tail


def _next_brace(pattern: str) -> int | None:
    position = 0
    while position < len(pattern):
        if pattern[position] == "\\":
            position += 1
        elif pattern[position] == "{" and pattern[position : position + 2] != "{}":
            return position
        position += 1
    return None


def _alternatives(pattern: str, start: int) -> tuple[list[str], int | None]:
    depth, begin, parts = 0, start + 1, []
    position = start
    while position < len(pattern):
        sign = pattern[position]
        if sign == "\\":
            position += 1
        elif sign == "{":
            depth += 1
        elif sign == "," and depth == 1:
            parts.append(pattern[begin:position])
            begin = position + 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                parts.append(pattern[begin:position])
                return parts, position
        position += 1
    return [], None
