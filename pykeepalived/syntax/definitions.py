"""``$NAME=…`` and its uses: ``$NAME``, ``${NAME}``, the built-ins, definitions of several lines.

Text is substituted when a line is used, again and again from the left until nothing is left to replace, so a
value may name what is defined later.  A definition of several lines is replaced only at the end of a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.syntax.draft import Draft
from pykeepalived.syntax.lines import BLANKS, LONGEST_LINE, Report, byte_length
from pykeepalived.syntax.source import Loader

_DEFINITION = re.compile(r"\$([A-Za-z_]\w*)=[ \t]*", re.ASCII)
PLAIN_NAME = re.compile(r"\$([A-Za-z_]\w*)(?=[ \t,)]|\Z)", re.ASCII)
NAME_IN_BRACES = re.compile(r"\$\{([A-Za-z_]\w*)([ \t][ \t\w]*\w|[ \t]*)\}", re.ASCII)
_MOST_SUBSTITUTIONS: Final = 2000
"""In one line; keepalived never ends when a name stands for itself."""
_MOST_MULTILINE: Final = 50
"""Definitions of several lines in one line: each is at its end, so each comes out of the one before."""
_RANDOM_LIMITS: Final = (0, 32767)


@dataclass(frozen=True, slots=True)
class StoredLine:
    """One line of a definition's value, and where it stands."""

    text: str
    span: Span


@dataclass(slots=True)
class Value:
    """What a name stands for: the lines stored so far, or a function of the parameters."""

    lines: list[StoredLine] = field(default_factory=list)
    multiline: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    """``compute`` gets the parameters as written and answers the text."""

    compute: Callable[[list[str], Draft], str]
    fewest: int = 0
    most: int = 0
    numbers_only: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """A line after substitution; ``rest`` are the further lines of a multi-line definition.

    ``changed`` is False when nothing was replaced or the line became too long.
    """

    draft: Draft
    rest: tuple[StoredLine, ...] = ()
    changed: bool = False
    place: int = 1
    """Column of the name that ``rest`` came from."""
    steps: int = 0
    """Substitutions made."""


class Definitions:
    """The names known at this point of the reading, across all files."""

    def __init__(self, loader: Loader, config_id: str, report: Report) -> None:
        self._loader = loader
        self._config_id = config_id
        self._report = report
        self._values: dict[str, Value] = {
            "_HASH": Value([StoredLine("#", _NOWHERE)]),
            "_BANG": Value([StoredLine("!", _NOWHERE)]),
        }
        self._built_in = {
            "_PWD": _BuiltIn(lambda _, draft: loader.directory_of(draft.file)),
            "_INSTANCE": _BuiltIn(lambda *_: self._config_id),
            "_RANDOM": _BuiltIn(self._random, 0, 2, numbers_only=True),
            "_ENV": _BuiltIn(self._environment, 1, 1),
        }

    # ---------------------------------------------------------------- defining
    def define(self, draft: Draft) -> tuple[str, Value] | None:
        """Take ``draft`` as a definition when it is one; a ``multiline`` value wants further lines."""
        match = _DEFINITION.match(draft.text)
        if match is None:
            return None
        name, text = match[1], draft.text[match.end() :]
        value = Value(span=draft.span())
        if text.endswith("\\"):
            value.multiline = True
            text = text[:-1].rstrip(BLANKS)
            if text:
                value.lines.append(StoredLine(text, draft.span(match.end(), match.end() + len(text))))
        else:
            value.lines.append(StoredLine(text, draft.span()))
        self._set(name, value)
        return name, value

    def set_variable(self, name: str, text: str, span: Span) -> None:
        """What a sequence does for each of its values."""
        self._set(name, Value([StoredLine(text, span)], span=span))

    def _set(self, name: str, value: Value) -> None:
        self._built_in.pop(name, None)
        self._values[name] = value

    @staticmethod
    def add_line(value: Value, draft: Draft) -> bool:
        """Store a further line of a multi-line definition; the answer says whether it wants yet another."""
        text, goes_on = draft.text, draft.text.endswith("\\")
        if goes_on:
            text = text[:-1].rstrip(BLANKS)
        elif not value.lines:
            # The only line that is stored: a plain definition after all, which may stand anywhere in a line.
            value.multiline = False
        if text:
            value.lines.append(StoredLine(text, draft.span(0, len(text))))
        return goes_on

    @staticmethod
    def finish(value: Value) -> None:
        """No further line came; a multi-line definition without any text is an empty plain one."""
        if not value.lines:
            value.multiline = False
            value.lines.append(StoredLine("", value.span or _NOWHERE))

    # ---------------------------------------------------------------- using
    def expand(self, draft: Draft, longest: int = LONGEST_LINE + 1) -> Expansion:
        """Substitute until nothing is left; a result above ``longest`` bytes is left half done, as keepalived
        does.
        """
        position = steps = multiline = 0
        changed, place = False, 1
        rest: tuple[StoredLine, ...] = ()
        while (position := draft.text.find("$", position)) >= 0:
            replacement = self._replacement(draft, position)
            if replacement is None:
                position += 1
                continue
            end, stored, further, origin = replacement
            grown = draft.substitute(position, end, stored, origin)
            if byte_length(grown.text) > longest:
                self._report(_too_long(draft, position, longest))
                return Expansion(draft, rest, place=place, steps=steps)
            if further:
                place = draft.places[position]
                multiline += 1
            draft, rest, changed = grown, further + rest, True
            if stored.lstrip(BLANKS).startswith("~"):
                break
            steps += 1
            if steps > _MOST_SUBSTITUTIONS or multiline > _MOST_MULTILINE:
                self._report(_endless(draft, position))
                return Expansion(draft.cut(0, 0), (), changed=True, steps=steps)
        return Expansion(draft, rest, changed, place, steps)

    def _replacement(
        self, draft: Draft, position: int
    ) -> tuple[int, str, tuple[StoredLine, ...], Span | None] | None:
        """End of the name at ``position``, its text, further lines of it, and where it was defined."""
        text = draft.text
        match = NAME_IN_BRACES.match(text, position) or PLAIN_NAME.match(text, position)
        if match is None:
            return None
        name = match[1]
        parameters = match[2].split() if match.re is NAME_IN_BRACES else []
        built_in = self._built_in.get(name)
        if built_in is not None:
            computed = self._call(name, built_in, parameters, draft, match)
            return None if computed is None else (_end(match, parameters), computed, (), None)
        value = self._values.get(name)
        if value is None:
            if match.re is NAME_IN_BRACES and text.count('"', 0, position) % 2 == 0:
                self._report(_undefined(draft, match))
            return None
        if parameters:
            return None
        if value.multiline and (match.end() < len(text) or (match.re is NAME_IN_BRACES and match[2])):
            return None
        if not value.lines:
            return _end(match, parameters), "", (), value.span
        return _end(match, parameters), value.lines[0].text, tuple(value.lines[1:]), value.lines[0].span

    def _call(
        self, name: str, built_in: _BuiltIn, parameters: list[str], draft: Draft, match: re.Match[str]
    ) -> str | None:
        wrong = None
        if parameters and not built_in.most:
            return None
        if built_in.numbers_only and not all(word.isdecimal() for word in parameters):
            wrong = f"${{{name}}} takes numbers only"
        elif not built_in.fewest <= len(parameters) <= built_in.most:
            wanted = f"{'' if built_in.fewest else 'at most '}{built_in.most} parameter"
            wanted += "" if built_in.most == 1 else "s"
            wrong = f"${{{name}}} takes {wanted}, not {len(parameters)}"
        if wrong is None:
            return built_in.compute(parameters, draft)
        self._report(
            Diagnostic(
                "built-in-parameters",
                Severity.ERROR,
                wrong,
                draft.span(match.start(), match.end()),
                consequence="it is not replaced",
            )
        )
        return None

    def _random(self, parameters: list[str], draft: Draft) -> str:
        low, high = _RANDOM_LIMITS
        if parameters:
            low = int(parameters[0])
        if len(parameters) > 1:
            high = int(parameters[1])
        if low > high:
            self._report(
                Diagnostic(
                    "random-limits",
                    Severity.ERROR,
                    f"the lower limit {low} of ${{_RANDOM}} is above the upper limit {high}",
                    draft.span(),
                    consequence=f"{low} is used",
                )
            )
            return str(low)
        return str(self._loader.random(low, high))

    def _environment(self, parameters: list[str], _: Draft) -> str:
        return self._loader.environment(parameters[0]) or ""


_NOWHERE: Final = Span("<built-in>", 1, 1, 2)


def _end(match: re.Match[str], parameters: list[str]) -> int:
    """Where the replaced text ends: keepalived forgets blanks before the brace, and as many characters
    remain.
    """
    if match.re is NAME_IN_BRACES and match[2] and not parameters:
        return match.end() - len(match[2])
    return match.end()


def _undefined(draft: Draft, match: re.Match[str]) -> Diagnostic:
    return Diagnostic(
        "undefined-name",
        Severity.ERROR,
        f"{match[0]} is not defined",
        draft.span(match.start(), match.end()),
        consequence="it stays as it is and its braces break the line",
        hint=f"define it above with ${match[1]}=…",
    )


def _too_long(draft: Draft, position: int, longest: int) -> Diagnostic:
    return Diagnostic(
        "expansion-too-long",
        Severity.WARNING,
        f"with the definition replaced the line would have more than {longest} bytes",
        draft.span(position, position + 1),
        consequence="the rest of the line is not replaced",
        exit_class=0,
    )


def _endless(draft: Draft, position: int) -> Diagnostic:
    return Diagnostic(
        "definition-refers-to-itself",
        Severity.ERROR,
        "a definition stands for itself, so replacing it never ends",
        draft.span(position, position + 1),
        consequence="the line is ignored (keepalived would hang)",
    )
