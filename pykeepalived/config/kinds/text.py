"""Words, names, choices."""

from __future__ import annotations

from typing import Any

from pykeepalived.config.kinds.base import IGNORED, WordKind, quote
from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.config.values import Process
from pykeepalived.syntax.nodes import Statement


class Text(WordKind[str]):
    """One word.  ``cut`` shortens what is longer than ``max_length``; ``single`` refuses further words,
    ``filled`` an empty one.
    """

    words = "TEXT"

    def __init__(
        self,
        *,
        missing: int = 2,
        max_length: int | None = None,
        cut: bool = False,
        single: bool = False,
        filled: bool = False,
    ) -> None:
        self.missing = missing
        self.max_length = max_length
        self.cut = cut
        self.single = single
        self.filled = filled

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        if self.single and len(words) > 2:
            site.error(
                "extra-words", f"{words[0]} takes one word, found {len(words) - 1}", statement, 2,
                hint="put a value with blanks between double quotes", consequence=IGNORED,
            )  # fmt: skip
            return REJECTED
        text = words[1]
        if self.filled and not text:
            site.error("missing-word", f"{words[0]} must not be empty", statement, 1, consequence=IGNORED)
            return REJECTED
        if self.max_length is not None and len(text) > self.max_length:
            return self.too_long(statement, site, text, self.max_length)
        return text

    def too_long(self, statement: Statement, site: Site, text: str, limit: int) -> str | Rejected:
        site.error(
            "text-cut" if self.cut else "text-length",
            f"{statement.words[0]}: {len(text)} characters, at most {limit} are allowed",
            statement, 1, consequence=f"'{text[:limit]}' is used" if self.cut else IGNORED,
        )  # fmt: skip
        return text[:limit] if self.cut else REJECTED

    def write(self, value: Any) -> str:
        return quote(value)

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string"}
        if self.max_length is not None:
            schema["maxLength"] = self.max_length
        return schema


class Email(Text):
    """A mail address; keepalived wants a display name quoted together with it."""

    words = "ADDRESS"

    def __init__(self, *, missing: int = 5) -> None:
        super().__init__(missing=missing, single=True)


class OptionalText(Kind[str]):
    """One word that may be left out.  ``bare`` is then the value; without it the bare keyword sets
    nothing."""

    words = "[TEXT]"

    def __init__(self, *, bare: str | None = None) -> None:
        self.bare = bare

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        if len(statement.words) > 1:
            return statement.words[1]
        return REJECTED if self.bare is None else self.bare

    def write(self, value: Any) -> str:
        return "" if value == self.bare else quote(value)


class TableName(Kind[str]):
    """The name of an nftables table; a bare keyword takes the usual one."""

    words = "[TABLE]"

    def __init__(self, bare: str) -> None:
        self.bare = bare

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.bare
        if not 1 <= len(words[1]) <= 254:
            site.error(
                "text-length", f"{words[0]}: a table name has 1 to 254 characters", statement, 1,
                consequence=IGNORED,
            )  # fmt: skip
            return REJECTED
        return words[1]

    def write(self, value: Any) -> str:
        return quote(value)


class Choice(WordKind[str]):
    """One of a few words.  ``fold`` ignores case and gives the spelling of the declaration."""

    def __init__(
        self, *choices: str, missing: int = 2, fold: bool = False, also: dict[str, str] | None = None
    ) -> None:
        self.choices = choices
        self.missing = missing
        self.table = {c.lower() if fold else c: c for c in choices} | (also or {})
        self.fold = fold
        self.words = " | ".join(choices)

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        value = self.table.get(words[1].lower() if self.fold else words[1])
        if value is None:
            return self.unknown(statement, site)
        return value

    def unknown(self, statement: Statement, site: Site) -> str | Rejected:
        word, text = statement.words[:2]
        near = next((c for c in self.choices if c.lower() == text.lower()), None)
        site.error(
            "unknown-value",
            f"{word}: '{text}' is not known; allowed is {', '.join(self.choices)}",
            statement,
            1,
            hint=f"did you mean {near}? case matters" if near else None,
            consequence=IGNORED,
        )
        return REJECTED

    def write(self, value: Any) -> str:
        return str(value)

    def json_schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices)}


class OptionalChoice(Choice):
    """A choice that may be left out; ``bare`` is then the value (and is never written)."""

    def __init__(self, *choices: str, bare: str) -> None:
        super().__init__(*choices)
        self.bare = bare
        self.words = f"[{self.words}]"

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        if len(statement.words) < 2:
            return self.bare
        return super().read(statement, site)

    def write(self, value: Any) -> str:
        return "" if value == self.bare else str(value)

    def json_schema(self) -> dict[str, Any]:
        return {"enum": [*self.choices, self.bare]}


class Scheduler(Choice):
    """``lb_algo``.  The modules that the kernel knows; a wrong one leaves the scheduler unset."""

    def __init__(self) -> None:
        super().__init__(
            "rr", "wrr", "lc", "wlc", "fo", "ovf", "lblc", "lblcr", "sh", "mh", "dh", "sed", "nq", "twos"
        )
        self.words = "SCHEDULER"


class NameList(Kind[tuple[str, ...]]):
    """Up to ``count`` names, each at most ``max_length`` characters; a bare keyword gives an empty list."""

    words = "[NAME…]"

    def __init__(self, count: int, max_length: int) -> None:
        self.count = count
        self.max_length = max_length

    def read(self, statement: Statement, site: Site) -> tuple[str, ...] | Rejected:
        names = statement.words[1 : 1 + self.count]
        for index, name in enumerate(names, 1):
            if len(name) > self.max_length:
                site.error(
                    "text-length",
                    f"{statement.words[0]}: '{name}' has more than {self.max_length} characters",
                    statement,
                    index,
                    consequence=IGNORED,
                )
                return REJECTED
        return tuple(names)

    def write(self, value: Any) -> str:
        return " ".join(quote(name) for name in value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}


class DomainName(WordKind[str]):
    """A name for a DNS query; labels are 1 to 63 characters."""

    words = "DOMAIN"

    def read(self, statement: Statement, site: Site) -> str | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        labels = words[1].removesuffix(".").split(".")
        if words[1] != "." and any(not 1 <= len(label) <= 63 for label in labels):
            site.error(
                "bad-domain", f"'{words[1]}' has an empty or too long label", statement, 1,
                consequence=IGNORED, exit_class=5 if "" in labels and words[1] else 0,
            )  # fmt: skip
            return REJECTED
        return words[1]


class IncludeCheck(Kind[tuple[str, ...]]):
    """Which problems of an include are errors: an unsigned word sets, ``+word`` adds, ``-word`` removes."""

    words = "[[+-]read|match|wildcard_match|brace_match…]"
    choices = ("read", "match", "wildcard_match", "brace_match")

    def read(self, statement: Statement, site: Site) -> tuple[str, ...] | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.choices
        current = list(site.values.get("include_check", ()))
        for index, word in enumerate(words[1:], 1):
            sign, name = (word[0], word[1:]) if word[:1] in "+-" and word else ("", word)
            if name not in self.choices or (not sign and index > 1):
                site.error(
                    "unknown-value",
                    f"include_check: '{word}' is not allowed here",
                    statement,
                    index,
                    hint=f"words are {', '.join(self.choices)}; a second one needs + or -",
                    consequence=IGNORED,
                )
                return REJECTED
            if not sign:
                current = [name]
            elif sign == "+" and name not in current:
                current.append(name)
            elif sign == "-" and name in current:
                current.remove(name)
        return tuple(c for c in self.choices if c in current)

    def write(self, value: Any) -> str:
        if not value:
            return " ".join(f"-{c}" for c in self.choices)
        return " ".join([value[0], *(f"+{c}" for c in value[1:])])

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"enum": list(self.choices)}}


class ProcessKind(WordKind[Process]):
    """A process name or path, then the arguments it must have."""

    words = "NAME [ARG…]"

    def read(self, statement: Statement, site: Site) -> Process | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        return Process(words[1], tuple(words[2:]))

    def write(self, value: Any) -> str:
        return " ".join(quote(word) for word in (value.name, *value.arguments))
