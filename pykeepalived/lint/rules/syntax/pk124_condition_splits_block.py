"""PK124 condition-splits-block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import SourceLine, Subject

CONDITION = re.compile(r"[ \t]*@(\^?)([^\s@]+)[ \t]+")


def _braces(line: SourceLine) -> int:
    """Opening braces minus closing ones."""
    signs = [sign for _, sign in line.unquoted()]
    return signs.count("{") - signs.count("}")


def _balance(subject: Subject, config_id: str | None) -> int:
    """What is left open at the end for a configuration id."""
    total = 0
    for line in subject.lines:
        if line.file != subject.path or "=" in line.code or line.code.lstrip()[:1] in "$~":
            continue
        condition = CONDITION.match(line.code)
        if condition and (condition[2] == config_id) == bool(condition[1]):
            continue
        total += _braces(line)
    return total


class ConditionSplitsBlock(Rule):
    """With one configuration id the braces match, with another they do not.

    A condition (@id) is about its own line only. On a line with a brace it takes the brace away and leaves
    the rest of the block; every brace of a block needs the same condition, or its counterpart for the other
    ids.

    Bad:
        @main vrrp_instance VI_1 {
            virtual_router_id 21
        }
    Good:
        @main vrrp_instance VI_1 {
        @^main vrrp_instance VI_2 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK124"
    name: ClassVar[str] = "condition-splits-block"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        ids = {found[2] for line in subject.lines if (found := CONDITION.match(line.code))}
        # With several ids in the file it is for those and no other.
        readers = [*sorted(ids), *([None] if len(ids) == 1 else [])]
        unbalanced = [one for one in readers if _balance(subject, one) != 0]
        if not unbalanced or len(unbalanced) == len(readers):
            return  # never balanced: other rules speak of it
        for line in subject.lines:
            if CONDITION.match(line.code) and _braces(line):
                names = ", ".join("any other id" if one is None else f"@{one}" for one in unbalanced)
                yield self.finding(
                    f"with {names} the opening and closing braces of the file do not match",
                    line.span(0, len(line.code.rstrip())),
                    hint="give every brace of the block the same condition",
                )
                return
