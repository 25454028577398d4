"""What stands where a number belongs."""

from __future__ import annotations

import enum
import re

from pykeepalived.base.diagnostic import Diagnostic

_WORD = re.compile(r"'([^']*)' is not a")
_UNIT = re.compile(r"(\d+(?:\.\d+)?)(ms|msec|millis|us|s|sec|secs|seconds?|m|min|minutes?|h)", re.IGNORECASE)
_FACTOR = {"ms": 0.001, "msec": 0.001, "millis": 0.001, "us": 0.000001, "m": 60, "min": 60, "h": 3600}


class Number(enum.Enum):
    """Why a word is not the number that was meant."""

    NONE = "no number at all"
    UNIT = "a number with a unit"
    HEXADECIMAL = "hexadecimal"
    FINE = "more decimals than allowed"


def word_of(diagnostic: Diagnostic) -> str:
    """The word that a not-a-number diagnostic is about."""
    found = _WORD.search(diagnostic.message)
    return found[1] if found else ""


def kind_of(diagnostic: Diagnostic) -> Number:
    word = word_of(diagnostic)
    if _UNIT.fullmatch(word):
        return Number.UNIT
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", word):
        return Number.HEXADECIMAL
    if re.fullmatch(r"\d*\.\d+", word) and "decimals" in diagnostic.message:
        return Number.FINE
    return Number.NONE


def seconds(word: str) -> str:
    """A number with a unit as plain seconds."""
    found = _UNIT.fullmatch(word)
    if found is None:
        return word
    unit = found[2].lower()
    factor = 60 if unit.startswith("minute") else _FACTOR.get(unit, 1)
    text = f"{float(found[1]) * factor:.6f}"
    return text.rstrip("0").rstrip(".")
