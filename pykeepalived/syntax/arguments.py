"""The argument languages of ``grammar/``: what may stand after a keyword or on a line of a value block.

A grammar sees words, not characters (except those in ``CHARACTER_GRAMMARS``), so ``deveth0`` is no ``dev
eth0``. It says whether a line is in the language and, when not, which word is wrong and what could stand
there; what a right line means is the business of ``config``.  Lines that come by the hundred thousand have
a faster reader there, which tests compare with these grammars.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pykeepalived.syntax.parser import grammar_folder
from pykeepalived.syntax.splitting import plain_words

if TYPE_CHECKING:
    from lark import Lark

CHARACTER_GRAMMARS: Final = frozenset(
    {"condition", "definition", "reference", "sequence", "include", "umask", "script", "reload_time"}
)
"""These describe a whole line with its blanks."""

NOT_ARGUMENTS: Final = frozenset({"keepalived", "words"})
END: Final = "end of line"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Word ``index`` is wrong (the number of words: one is missing); ``expected`` could stand there.

    Literal words are given as they are written, other terminals by their name in the grammar.
    """

    index: int
    expected: tuple[str, ...]


def grammar_names() -> list[str]:
    """The argument grammars there are."""
    found = (path.stem for path in grammar_folder().glob("*.lark"))
    return sorted(name for name in found if name not in NOT_ARGUMENTS)


def check_line(name: str, line: str) -> Mismatch | None:
    """None when ``line`` is in the language; for character grammars ``index`` counts characters."""
    if name in CHARACTER_GRAMMARS:
        return _check_characters(name, line)
    return check_words(name, plain_words(line).values)


def check_words(name: str, words: Sequence[str]) -> Mismatch | None:
    """As :func:`check_line`, for words that are split already."""
    from lark.exceptions import UnexpectedInput

    try:
        _grammar(name).parse(_Words(words))
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        index = len(words) if token is None or token.type == "$END" else token.start_pos
        expected = getattr(error, "expected", None) or getattr(error, "accepts", None) or ()
        return Mismatch(index, tuple(sorted(_shown(name, expected))))
    return None


def _check_characters(name: str, line: str) -> Mismatch | None:
    from lark.exceptions import UnexpectedInput

    try:
        _grammar(name).parse(line)
    except UnexpectedInput as error:
        at = getattr(error, "pos_in_stream", None)
        return Mismatch(len(line) if at is None or at < 0 else at, ())
    return None


def _shown(name: str, terminals: Iterable[str]) -> Iterator[str]:
    literals = {each.name: each.pattern for each in _grammar(name).terminals}
    for terminal in terminals:
        pattern = literals.get(terminal)
        if terminal == "$END":
            yield END
        elif pattern is not None and pattern.type == "str":
            yield pattern.value
        else:
            yield terminal


@dataclass(frozen=True, slots=True)
class _Words:
    """What is handed to Lark instead of a text."""

    words: Sequence[str]


@cache
def _grammar(name: str) -> Lark:
    from lark import Lark, Token
    from lark.lexer import Lexer

    class WordLexer(Lexer):  # type: ignore[misc, unused-ignore]
        """Each word is one token: of the terminals that the parser would take here the first that matches
        all of it.

        Literal words come first, so an interface may be called ``dev`` only where no option is allowed.
        """

        __future_interface__ = 1

        def __init__(self, conf: Any) -> None:
            self._terminals = sorted(conf.terminals, key=lambda each: each.pattern.type != "str")
            self._matchers = [
                (each.name, conf.re_module.compile(each.pattern.to_regexp()).fullmatch)
                for each in self._terminals
            ]

        def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
            for index, word in enumerate(lexer_state.text.words):
                accepted = parser_state.parse_conf.states[parser_state.position]
                types = [name for name, matches in self._matchers if matches(word)]
                kind = next((each for each in types if each in accepted), types[0] if types else "UNKNOWN")
                yield Token(kind, word, start_pos=index, line=1, column=index + 1)

    path = grammar_folder() / f"{name}.lark"
    if name in CHARACTER_GRAMMARS:
        return Lark.open(str(path), parser="lalr")
    return Lark.open(str(path), parser="lalr", lexer=WordLexer)
