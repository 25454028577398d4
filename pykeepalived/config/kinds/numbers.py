"""Numbers and booleans.

Integers are decimal only, with an optional sign and leading blanks; a hexadecimal number is refused.
Decimals have at most six (or three) decimal places and no exponent. An empty word is 0, as in keepalived
(the linter says so).
"""

from __future__ import annotations

import re
from typing import Any

from pykeepalived.config.kinds.base import IGNORED, UNLIMITED, WordKind
from pykeepalived.config.schema import REJECTED, Kind, Rejected, Site
from pykeepalived.syntax.nodes import Statement

_INTEGER = re.compile(r"[ \t]*([+-]?)([0-9]+)\Z")
_DECIMAL = re.compile(r"[ \t]*\+?([0-9]*)(?:\.([0-9]*))?\Z")

TRUE_WORDS = ("true", "on", "yes")
FALSE_WORDS = ("false", "off", "no")
BOOLEANS = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)


def integer(text: str) -> int | None:
    """The number that keepalived reads, or None when it is no number."""
    if text.isdigit() and text.isascii():
        return int(text)
    found = _INTEGER.match(text)
    if found is None:
        return None if text else 0
    value = int(found[2])
    return -value if found[1] == "-" else value


_BEGINNING = re.compile(r"[ \t]*([+-]?[0-9]+)?")


def beginning(text: str, low: int, high: int, *, signed: bool = True) -> int | None:
    """What keepalived's daemon takes for the number in a text that is none, with a warning.

    The digits at the beginning, and 0 without any; None when that is out of range or must not be negative.
    Its ``-t`` uses nothing of such a text (``_STRICT_CONFIG_`` and ``CONFIG_TEST_BIT`` in lib/parser.c).
    """
    found = _BEGINNING.match(text)
    value = int(found[1] or 0) if found is not None else 0
    if not low <= value <= high or (value and not signed and text.lstrip(" \t").startswith("-")):
        return None
    return value


def instead(value: int | None, running: bool, otherwise: str = IGNORED) -> str:
    """The consequence of a text that is no number, where ``value`` is what it begins with."""
    if value is None:
        return otherwise
    return f"{value} is used" if running else f"{otherwise} by keepalived -t, while a daemon uses {value}"


def scaled(text: str, places: int) -> int | None:
    """A decimal times ten to the power of ``places``; None when it is no number or has more places."""
    found = _DECIMAL.match(text)
    if found is None:
        return None
    fraction = found[2] or ""
    if len(fraction) > places:
        return None
    return int(found[1] + fraction.ljust(places, "0") or "0")


def cut(text: str, places: int) -> int | None:
    """As :func:`scaled`, for a number with more than ``places`` decimals.

    keepalived says so, and uses the rounded number, with ``-t`` too.
    """
    found = _DECIMAL.match(text)
    if found is None or len(found[2] or "") <= places:
        return None
    up = found[2][places] >= "5"
    return int(found[1] + found[2][:places] or "0") + up


def bounds(low: float, high: float) -> str:
    return f"{low:g} or more" if high >= UNLIMITED else f"{low:.10g} to {high:.10g}"


class Int(WordKind[int]):
    """An integer within a range.

    What happens to a bad value: ``fallback`` is stored when given, ``clamp`` stores the nearest limit,
    ``zero_becomes`` replaces a zero (and reports it); otherwise the line is ignored.
    ``single`` refuses further words.  Of a text that is no number keepalived's daemon uses the digits at
    its beginning, unless ``exact``.
    """

    signed = True

    def __init__(
        self,
        low: int,
        high: int,
        *,
        missing: int = 2,
        fallback: int | None = None,
        clamp: bool = False,
        zero_becomes: int | None = None,
        single: bool = False,
        exact: bool = False,
    ) -> None:
        self.low = low
        self.high = high
        self.missing = missing
        self.fallback = fallback
        self.single = single
        self.exact = exact
        self.clamp = clamp
        self.zero_becomes = zero_becomes
        self.words = "INT" if self.signed else "UINT"

    def read(self, statement: Statement, site: Site) -> int | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        if self.single and len(words) > 2:
            site.error("extra-words", f"{words[0]} takes one value", statement, 2, consequence=IGNORED)
            return REJECTED
        text = words[1]
        value = int(text) if text.isdigit() and text.isascii() else integer(text)
        if value == 0 and not self.signed and text.lstrip(" \t").startswith("-"):
            return self.use_beginning(statement, site)  # -0
        if value is not None and self.low <= value <= self.high:
            if value == 0 and self.zero_becomes is not None:
                site.error(
                    "number-range",
                    f"{words[0]} must not be 0",
                    statement,
                    1,
                    consequence=f"{self.zero_becomes} is used",
                )
                return self.zero_becomes
            return value
        return self.use_beginning(statement, site) if value is None else self.refuse(statement, site, value)

    def use_beginning(self, statement: Statement, site: Site) -> int | Rejected:
        """The text is no number."""
        text = statement.words[1]
        shown = text or "''"
        value = None if self.exact else beginning(text, self.low, self.high, signed=self.signed)
        if value is None:
            return self.refuse(statement, site, None)
        value = value or self.zero_becomes or 0
        refused: int | Rejected = REJECTED if self.fallback is None else self.fallback
        otherwise = IGNORED if self.fallback is None else f"{self.fallback} is used"
        site.error(
            "not-a-number", f"{statement.words[0]}: '{shown}' is not a whole number", statement, 1,
            hint=f"write a decimal number, {bounds(self.low, self.high)}",
            consequence=instead(value, site.running, otherwise),
        )  # fmt: skip
        return value if site.running else refused

    def refuse(self, statement: Statement, site: Site, value: int | None) -> int | Rejected:
        result: int | Rejected = REJECTED
        consequence = IGNORED
        if self.clamp and value is not None:
            result = min(max(value, self.low), self.high)
            consequence = f"{result} is used"
        elif self.fallback is not None:
            result = self.fallback
            consequence = f"{result} is used"
        word, text = statement.words[0], statement.words[1] or "''"
        if value is None:
            site.error(
                "not-a-number", f"{word}: '{text}' is not a whole number", statement, 1,
                hint=f"write a decimal number, {bounds(self.low, self.high)}", consequence=consequence,
            )  # fmt: skip
        else:
            site.error(
                "number-range", f"{word}: {text} is out of range; allowed is {bounds(self.low, self.high)}",
                statement, 1, consequence=consequence,
            )  # fmt: skip
        return result

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer", "minimum": self.low}
        if self.high < UNLIMITED:
            schema["maximum"] = self.high
        return schema


class Uint(Int):
    """An integer that must not be negative."""

    signed = False


class OptionalInt(Int):
    """An integer that may be left out; ``bare`` is then its value."""

    def __init__(self, low: int, high: int, *, bare: int, exact: bool = False) -> None:
        super().__init__(low, high, exact=exact)
        self.bare = bare
        self.words = f"[{self.words}]"

    def read(self, statement: Statement, site: Site) -> int | Rejected:
        if len(statement.words) < 2:
            return self.bare
        return super().read(statement, site)


class OptionalUint(OptionalInt):
    """As OptionalInt, and not negative."""

    signed = False


class Decimal(WordKind[float]):
    """A number with up to ``places`` decimals: a time in seconds, or in milliseconds where the keyword says
    so."""

    def __init__(
        self,
        low: float,
        high: float,
        *,
        places: int = 6,
        missing: int = 2,
        fallback: float | None = None,
        zero_becomes: float | None = None,
    ) -> None:
        self.places = places
        self.scale = int("1" + "0" * places)
        self.low = low
        self.high = high
        self.scaled_low = round(low * self.scale)
        self.scaled_high = round(high * self.scale)
        self.missing = missing
        self.fallback = fallback
        self.zero_becomes = zero_becomes
        self.words = "SECONDS"

    def read(self, statement: Statement, site: Site) -> float | Rejected:
        words = statement.words
        if len(words) < 2:
            return self.absent(statement, site)
        text = words[1]
        value = int(text) * self.scale if text.isdigit() and text.isascii() else scaled(text, self.places)
        if value is None and (value := cut(text, self.places)) is not None:
            if not self.scaled_low <= value <= self.scaled_high:
                return self.refuse(statement, site, None)
            site.error(
                "not-a-number",
                f"{words[0]}: '{text}' is not a number with at most {self.places} decimals",
                statement,
                1,
                hint=f"write for example 1.5; allowed is {bounds(self.low, self.high)}",
                consequence=f"{format_decimal(value / self.scale, self.places)} is used",
            )
            return value / self.scale
        if value is None or not self.scaled_low <= value <= self.scaled_high:
            return self.refuse(statement, site, value)
        if value == 0 and self.zero_becomes is not None:
            site.error(
                "number-range", f"{words[0]} must not be 0", statement, 1,
                consequence=f"{self.zero_becomes:g} is used",
            )  # fmt: skip
            return self.zero_becomes
        return value / self.scale

    def refuse(self, statement: Statement, site: Site, value: int | None) -> float | Rejected:
        word, text = statement.words[0], statement.words[1] or "''"
        result: float | Rejected = REJECTED if self.fallback is None else self.fallback
        consequence = IGNORED if self.fallback is None else f"{self.fallback:g} is used"
        if value is None:
            site.error(
                "not-a-number",
                f"{word}: '{text}' is not a number with at most {self.places} decimals",
                statement,
                1,
                hint=f"write for example 1.5; allowed is {bounds(self.low, self.high)}",
                consequence=consequence,
            )
        else:
            site.error(
                "number-range", f"{word}: {text} is out of range; allowed is {bounds(self.low, self.high)}",
                statement, 1, consequence=consequence,
            )  # fmt: skip
        return result

    def write(self, value: Any) -> str:
        return format_decimal(value, self.places)

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "number", "minimum": self.low}
        if self.high < UNLIMITED:
            schema["maximum"] = self.high
        return schema


def format_decimal(value: float, places: int = 6) -> str:
    """The shortest form that reads back as the same value."""
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Bool(Kind[bool]):
    """``true on yes false off no``; nothing means true."""

    words = "[BOOL]"

    def read(self, statement: Statement, site: Site) -> bool | Rejected:
        words = statement.words
        if len(words) < 2:
            return True
        value = BOOLEANS.get(words[1])
        if value is None:
            site.error(
                "not-a-boolean",
                f"{words[0]}: '{words[1]}' is neither true nor false",
                statement,
                1,
                hint="write true, on, yes, false, off or no in lower case",
                consequence=IGNORED,
            )
            return REJECTED
        return value

    def write(self, value: Any) -> str:
        return "true" if value else "false"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}
