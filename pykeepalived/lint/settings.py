"""Settings of the linter as a file gives them: ``.pykeepalived.toml`` or a table of ``pyproject.toml``.

[lint]                      # in pyproject.toml: [tool.pykeepalived.lint]
ignore = ["PK416", "no-router-id"]
min-severity = "warning"
target = "2.2"
per-file-ignores = { "legacy/*.conf" = ["PK001"] }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.errors import UsageError
from pykeepalived.lint.registry import UNCODED, all_rules
from pykeepalived.lint.subject import Version

SEVERITIES = {severity.name.lower(): severity for severity in Severity}
TARGETS: dict[str, Version] = {"2.0": (2, 0), "2.2": (2, 2), "2.4": (2, 4)}
FAIL_ON = {**SEVERITIES, "never": None}

_STRINGS = frozenset({"min-severity", "fail-on", "target", "format", "baseline", "config-id"})
_LISTS = frozenset({"select", "ignore", "exclude"})
_KNOWN = _STRINGS | _LISTS | {"host", "per-file-ignores"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a settings file says; None and empty mean it does not.  ``directory`` holds the file."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_severity: str | None = None
    fail_on: str | None = None
    target: str | None = None
    format: str | None = None
    baseline: str | None = None
    config_id: str | None = None
    host: bool = False
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    directory: str = ""


def parse_settings(table: Mapping[str, Any], name: str, directory: str) -> Settings:
    """Check a table and make settings of it; raises UsageError naming the file and the key."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KNOWN:
            raise UsageError(f"{name}: unknown setting {key!r}{_near(key, sorted(_KNOWN))}")
        if key in _STRINGS:
            values[key.replace("-", "_")] = _text(value, name, key)
        elif key in _LISTS:
            values[key] = _texts(value, name, key)
        elif key == "host":
            if not isinstance(value, bool):
                raise UsageError(f"{name}: {key} wants true or false, not {value!r}")
            values[key] = value
        else:
            if not isinstance(value, Mapping):
                raise UsageError(f"{name}: {key} wants a table of patterns, not {value!r}")
            values["per_file_ignores"] = tuple(
                (pattern, _texts(codes, name, key)) for pattern, codes in value.items()
            )
    settings = Settings(directory=directory, **values)
    for codes in (settings.select, settings.ignore, *(codes for _, codes in settings.per_file_ignores)):
        check_codes(codes, name)
    _one_of(settings.min_severity, SEVERITIES, name, "min-severity")
    _one_of(settings.fail_on, FAIL_ON, name, "fail-on")
    _one_of(settings.target, TARGETS, name, "target")
    return settings


def check_codes(codes: tuple[str, ...], name: str) -> None:
    """Raise UsageError for a code, prefix or name that no rule has: a typo would silence nothing."""
    for code in codes:
        rules = [(UNCODED, ""), *((rule.code, rule.name) for rule in all_rules())]
        if not any(rule.startswith(code.upper()) or called == code for rule, called in rules) or not code:
            names = [value for rule in rules for value in rule]
            raise UsageError(f"{name}: no rule is called {code!r}{_near(code, names)}")


def _near(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, 1) or get_close_matches(word.upper(), known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _text(value: object, name: str, key: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name}: {key} wants a text, not {value!r}")
    return value


def _texts(value: object, name: str, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{name}: {key} wants a list of texts, not {value!r}")
    return tuple(value)


def _one_of(value: str | None, known: Mapping[str, object], name: str, key: str) -> None:
    if value is not None and value not in known:
        raise UsageError(f"{name}: {key} {value!r} is not known; allowed is {', '.join(known)}")
