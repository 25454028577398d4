"""Commands, accounts, pipes and regular expressions.

A command line is split by the script rules: both kinds of quotes group and may stand inside a word.  The
first word is the whole command; it is split once more, now with escapes, into program and arguments.
Therefore arguments must stand inside the first, quoted word: in ``notify /bin/x a`` the ``a`` is a user.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pykeepalived.config.kinds.base import IGNORED, WordKind, quote
from pykeepalived.config.kinds.numbers import integer
from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.config.values import Account, Fifo, Script
from pykeepalived.syntax.nodes import Statement

_BLANK = " \t\n\v\f\r"
_ESCAPES = {"a": "\a", "b": "\b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def split_script(text: str, *, escapes: bool) -> list[str] | None:
    """The words of a command text; None when a quote is not closed.

    A backslash takes the next character out of the search for quotes and blanks; without ``escapes`` both
    stay as they are, for the second splitting to see.  As in keepalived, a quote that opens at the very end
    is not missed.
    """
    words: list[str] = []
    current: list[str] | None = None
    quoting = ""
    unclosed = False
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char == "\\" and position < len(text):
            current = current or []
            if escapes:
                value, position = _escape(text, position)
                current.append(value)
            else:
                current.append(text[position - 1 : position + 1])
                position += 1
            unclosed = False
        elif quoting:
            if char == quoting:
                quoting = ""
            else:
                current = current or []
                current.append(char)
                unclosed = True
        elif char in "\"'":
            quoting = char
            unclosed = False
            current = current if current is not None else []
        elif char in _BLANK:
            if current is not None:
                words.append("".join(current))
                current = None
        else:
            if current is None:
                current = []
            current.append(char)
    if quoting and unclosed:
        return None
    if current is not None:
        words.append("".join(current))
    return words


def _escape(text: str, position: int) -> tuple[str, int]:
    """The character that an escape stands for; ``position`` is after the backslash."""
    char = text[position]
    if char in _ESCAPES:
        return _ESCAPES[char], position + 1
    octal = re.compile(r"[0-7]{1,3}").match(text, position)
    if octal:
        return chr(int(octal[0], 8) & 0xFF), octal.end()
    hexadecimal = re.compile(r"x([0-9a-fA-F]{1,2})").match(text, position)
    if hexadecimal:
        return chr(int(hexadecimal[1], 16)), hexadecimal.end()
    if char == "c" and position + 1 < len(text):
        return chr(ord(text[position + 1].upper()) & 0x1F), position + 2
    return char, position + 1


def script_words(statement: Statement) -> list[str] | None:
    """The statement split by the script rules, keyword first; None when a quote is not closed."""
    text = statement.text
    if '"' not in text and "'" not in text and "\\" not in text:
        return text.split()
    return split_script(text, escapes=False)


def parse_command(word: str) -> Script:
    """Program and arguments of a command word."""
    return Script(word, tuple(split_script(word, escapes=True) or (word,)))


def quote_command(command: str) -> str:
    """A command word so that it is read back by the script rules as it is."""
    if command and not any(c in command for c in _BLANK + "#!{}'\""):
        return command
    for sign in "\"'":
        bare = re.search(rf"^(?:[^\\{sign}]|\\.)*(?:{sign}|\\\Z)", command, re.DOTALL)
        if bare is None:
            return sign + command + sign
    # Both kinds stand in it unhidden: the double ones go between single ones, piece by piece.
    return "".join(f"'{part}'" if '"' in part else f'"{part}"' for part in re.split(r'("+)', command) if part)


def parse_account(words: list[str]) -> Account:
    """``USER [[:]GROUP]``; further words are ignored."""
    user = words[0]
    if len(words) < 2:
        return Account(user)
    group = words[1]
    if group.startswith(":"):
        return Account(user, group[1:] or None, supplementary=True)
    return Account(user, group)


def write_account(account: Account, quoted: Callable[[str], str]) -> str:
    """``quoted`` is by the rules of the line that it stands in."""
    if account.group is None and not account.supplementary:
        return quoted(account.user)
    group = f"{':' if account.supplementary else ''}{account.group or ''}"
    return f"{quoted(account.user)} {quoted(group)}"


class Command(WordKind[Script]):
    """A command of a tracked script or MISC_CHECK; a word after it is not used."""

    words = 'CMD | "CMD ARG…"'

    def __init__(self, *, missing: int = 5) -> None:
        self.missing = missing

    def read(self, statement: Statement, site: Site) -> Script | Rejected:
        words = script_words(statement)
        if words is None:
            site.error(
                "open-quote", f"{statement.keyword}: a quote is not closed", statement, 1, consequence=IGNORED
            )
            return REJECTED
        if len(words) < 2:
            return self.absent(statement, site)
        return self.value(words)

    def value(self, words: list[str]) -> Script:
        return parse_command(words[1])

    def write(self, value: Any) -> str:
        text = quote_command(value.command)
        return f"{text} {write_account(value.account, quote_command)}" if value.account else text


class ScriptLine(Command):
    """A notify command with an optional account after it.

    An unknown user or group is only logged and drops the script, so the check is not made here.
    """

    words = "SCRIPT [USER [[:]GROUP]]"

    def __init__(self, *, missing: int = 2) -> None:
        super().__init__(missing=missing)

    def value(self, words: list[str]) -> Script:
        command = parse_command(words[1])
        if len(words) > 2:
            return Script(command.command, command.argv, parse_account(words[2:]))
        return command


class AccountKind(WordKind[Account]):
    """A user and optionally a group, by name; numbers are not accepted.  Whether they exist is asked
    later."""

    words = "USER [[:]GROUP]"

    def __init__(self, *, missing: int = 2) -> None:
        self.missing = missing

    def read(self, statement: Statement, site: Site) -> Account | Rejected:
        if len(statement.words) < 2:
            return self.absent(statement, site)
        return parse_account(list(statement.words[1:]))

    def write(self, value: Any) -> str:
        return write_account(value, quote)


class FifoKind(WordKind[Fifo]):
    """A named pipe: ``PATH [USER [GROUP]]``."""

    words = "PATH [USER [GROUP]]"

    def __init__(self, *, missing: int = 5) -> None:
        self.missing = missing

    def read(self, statement: Statement, site: Site) -> Fifo | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        return Fifo(*words[1:4])

    def write(self, value: Any) -> str:
        return " ".join(quote(word) for word in (value.path, value.user, value.group) if word)


class Regex(WordKind[str]):
    """A pattern for a page body; escapes are processed once.  Whether it compiles is not keepalived's
    error."""

    words = "PATTERN"
    missing = 5

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        words = split_script(statement.text, escapes=True)
        if words is None or len(words) < 2:
            return self.absent(statement, site)
        if len(words) > 2:
            site.error(
                "extra-words", f"regex takes one pattern, found {len(words) - 1} words", statement, 2,
                hint="put a pattern with blanks between quotes", consequence=IGNORED,
            )  # fmt: skip
            return REJECTED
        return words[1]

    def write(self, value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


REGEX_OPTIONS = (
    "allow_empty_class", "alt_bsux", "auto_callout", "caseless", "dollar_endonly", "dotall", "dupnames",
    "extended", "firstline", "match_unset_backref", "multiline", "never_ucp", "never_utf",
    "no_auto_capture", "no_auto_possess", "no_dotstar_anchor", "no_start_optimize", "ucp", "ungreedy", "utf",
    "never_backslash_c", "alt_circumflex", "alt_verbnames", "use_offset_limit",
)  # fmt: skip


class RegexOptions(Kind[tuple[str, ...]]):
    """Options of PCRE2; keepalived drops an unknown one in silence, so it is no error for ``-t``."""

    words = "OPTION…"

    def read(self, statement: Statement, site: Site) -> tuple[str, ...] | Rejected:
        known = []
        for index, word in enumerate(statement.words[1:], 1):
            if word in REGEX_OPTIONS:
                known.append(word)
            else:
                site.error(
                    "unknown-value", f"regex_options: '{word}' is not an option", statement, index,
                    consequence="the word is ignored", exit_class=0,
                )  # fmt: skip
        return tuple(known)

    def write(self, value: Any) -> str:
        return " ".join(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"enum": list(REGEX_OPTIONS)}}


class Offset(Kind[int]):
    """A position in the body; keepalived only logs a bad one."""

    words = "UINT"

    def read(self, statement: Statement, site: Site) -> int | Rejected:
        value = integer(statement.words[1]) if len(statement.words) > 1 else None
        if value is None or value < 0:
            site.error(
                "not-a-number", f"{statement.keyword} wants a number, 0 or more", statement, 1,
                consequence=IGNORED, exit_class=0,
            )  # fmt: skip
            return REJECTED
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0}


class RegexStack(Kind[tuple[int, int]]):
    """Start and maximum size of the stack of PCRE2; keepalived only logs bad ones."""

    words = "START MAX"

    def read(self, statement: Statement, site: Site) -> tuple[int, int] | Rejected:
        words = statement.words
        start = integer(words[1]) if len(words) > 2 else None
        limit = integer(words[2]) if len(words) > 2 else None
        if start is None or limit is None or not 0 < start <= limit:
            site.error(
                "number-range", "regex_stack wants a start size and a maximum that is not smaller", statement,
                1, consequence=IGNORED, exit_class=0,
            )  # fmt: skip
            return REJECTED
        return start, limit

    def write(self, value: Any) -> str:
        return f"{value[0]} {value[1]}"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "integer"}}
