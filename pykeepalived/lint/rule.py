"""What a rule is.  One public class per file below ``rules/<family>/``; the folder is the list of rules.

A rule's docstring is its manual page.  It has a first sentence (what is found), a paragraph why it
matters, and two indented examples after the lines ``Bad:`` and ``Good:``; ``explain CODE`` prints it, the
documentation is made from it, and a test runs both examples: the bad one must trigger this rule, the good
one must not.
"""

from __future__ import annotations

import inspect
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.lint.finding import Finding, Fix, Related

if TYPE_CHECKING:
    from pykeepalived.lint.subject import Subject

FAMILIES = {
    "syntax": "PK1: text, quotes, braces, comments",
    "values": "PK2: types and ranges",
    "references": "PK3: names that refer to something",
    "vrrp": "PK4: what a virtual router will do",
    "ipvs": "PK5: what the balancer will do",
    "checkers": "PK6: what the health checks will do",
    "security": "PK7: who could misuse it",
    "host": "PK8: questions about this machine (only with --host)",
    "pair": "PK9: what must agree between routers (only with --pair)",
    "style": "PK0: deprecated and misleading words",
}


class Rule(ABC):
    """Base of all rules.

    ``code`` is stable for ever; ``name`` reads well after "ignore" (``duplicate-vrid``); ``since`` is the
    version that brought the rule.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    since: ClassVar[str] = "0.1"
    replaces: ClassVar[tuple[str, ...]] = ()
    """Codes of findings that a finding of this rule explains better: those on the same line are dropped.

    The finding that stays is at least as grave as what it replaces, and takes over a consequence when it
    says none itself.
    """

    sample_target: ClassVar[tuple[int, int]] = (2, 4)
    """The keepalived version that the examples of the manual are for."""

    @classmethod
    def family(cls) -> str:
        return cls.__module__.rsplit(".", 2)[-2]

    @classmethod
    def documentation(cls) -> RuleDocumentation:
        return RuleDocumentation.parse(cls)

    @classmethod
    def saved(cls, example: str) -> str | bytes:
        """An example of the manual as it would be saved; overridden where the encoding is the mistake."""
        return example

    @abstractmethod
    def check(self, subject: Subject) -> Iterable[Finding]:
        """Findings of this rule in one configuration."""

    def finding(
        self,
        message: str,
        span: Span | None,
        *,
        hint: str | None = None,
        consequence: str | None = None,
        subject: str | None = None,
        fix: Fix | None = None,
        related: tuple[Related, ...] = (),
        severity: Severity | None = None,
    ) -> Finding:
        return Finding(
            self.code,
            self.name,
            severity or self.severity,
            message,
            span,
            hint,
            consequence,
            subject,
            fix,
            related,
        )


class DiagnosticRule(Rule):
    """Gives diagnostics that the reader or binder has already made a code and a manual."""

    diagnostics: ClassVar[tuple[str, ...]]
    """The :attr:`Diagnostic.code` values that this rule stands for."""

    advice: ClassVar[str | None] = None
    """The hint for diagnostics that bring none."""

    def accepts(self, diagnostic: Diagnostic) -> bool:
        """Whether this diagnostic is the rule's; overridden where several rules share a code."""
        return diagnostic.code in self.diagnostics

    def check(self, subject: Subject) -> Iterator[Finding]:
        for diagnostic in subject.diagnostics:
            if self.accepts(diagnostic):
                yield self.from_diagnostic(diagnostic)

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        return self.finding(
            diagnostic.message,
            diagnostic.span,
            hint=diagnostic.hint or self.advice,
            consequence=diagnostic.consequence,
            subject=diagnostic.subject,
            severity=diagnostic.severity,
        )


class PairRule(Rule):
    """A rule about several configurations that form one group of routers."""

    def check(self, subject: Subject) -> Iterable[Finding]:
        return ()

    @abstractmethod
    def check_group(self, subjects: tuple[Subject, ...]) -> Iterable[Finding]:
        """Findings in routers that are meant to share addresses; at least two subjects."""


@dataclass(frozen=True, slots=True)
class RuleDocumentation:
    """A rule's docstring, taken apart."""

    what: str
    why: str
    bad: tuple[str, ...]
    good: tuple[str, ...]

    @classmethod
    def parse(cls, rule: type[Rule]) -> RuleDocumentation:
        text = inspect.cleandoc(rule.__doc__ or "")
        prose: list[str] = []
        examples: dict[str, list[list[str]]] = {"Bad:": [], "Good:": []}
        current: list[str] | None = None
        for line in text.splitlines():
            if line.strip() in examples and not line.startswith(" "):
                current = []
                examples[line.strip()].append(current)
            elif current is not None and (line.startswith("    ") or not line.strip()):
                current.append(line)
            else:
                current = None
                prose.append(line)
        what, _, why = "\n".join(prose).strip().partition("\n\n")
        dedent = [
            tuple(textwrap.dedent("\n".join(lines)).strip("\n") + "\n" for lines in examples[kind])
            for kind in ("Bad:", "Good:")
        ]
        return cls(" ".join(what.split()), why.strip(), dedent[0], dedent[1])
