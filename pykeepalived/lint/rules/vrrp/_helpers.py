"""What several rules about virtual routers need: places, and edits that remove or add a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.base.span import Span
from pykeepalived.base.text import split_lines_keeping_ends
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.schema import Bound
from pykeepalived.config.values import AddressLine
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._memo import once
from pykeepalived.lint.subject import Subject
from pykeepalived.syntax.nodes import Block, Statement

INDENT = "    "


class VrrpDiagnosticRule(DiagnosticRule):
    """A rule about diagnostics that says what to do, and how some of them are mended."""

    advice: ClassVar[str]
    """The hint where the diagnostic has none."""

    def check(self, subject: Subject) -> Iterator[Finding]:
        for diagnostic in subject.diagnostics:
            if self.accepts(diagnostic):
                yield replace(
                    self.from_diagnostic(diagnostic),
                    hint=diagnostic.hint or self.advice,
                    fix=self.fix(subject, diagnostic),
                )

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        """How to mend it; None when that takes a human."""
        return None


def place(bound: Bound, attribute: str, word: int = 1) -> Span | None:
    """Where ``attribute`` stands, else the head of the block."""
    span = bound.span_of(attribute, word)
    if span is None and bound.head is not None:
        return bound.head.span()
    return span


def instance_named(subject: Subject, name: str | None) -> VrrpInstance | None:
    return once(_instances, subject).get(name or "")


def _instances(subject: Subject) -> dict[str, VrrpInstance]:
    return {instance.name: instance for instance in subject.config.vrrp_instances}


def statement_at(subject: Subject, span: Span | None) -> Statement | None:
    """The statement, or head of a block, that a diagnostic points into."""
    if span is None:
        return None
    for statement in once(_statements, subject).get((span.file, span.line), ()):
        whole = statement.whole_span()
        if whole.column <= span.column < max(whole.end_column, whole.column + 1):
            return statement
    return None


def _statements(subject: Subject) -> dict[tuple[str, int], list[Statement]]:
    """By file and line."""
    found: dict[tuple[str, int], list[Statement]] = {}
    for placed in subject.statements:
        found.setdefault((placed.statement.file, placed.statement.line), []).append(placed.statement)
    return found


def block_headed_by(subject: Subject, head: Statement | None) -> Block | None:
    return once(_blocks, subject).get(id(head))


def _blocks(subject: Subject) -> dict[int, Block | None]:
    """By identity of the head."""
    return {id(placed.statement): placed.block for placed in subject.statements}


def source_lines(subject: Subject, file: str) -> list[str]:
    """The lines of a file with their ends."""
    return once(_lines, subject).get(file, [])


def _lines(subject: Subject) -> dict[str, list[str]]:
    return {file: split_lines_keeping_ends(text) for file, text in subject.texts.items()}


def addresses(instance: VrrpInstance) -> tuple[AddressLine, ...]:
    """All addresses that the instance manages, advertised or not."""
    return (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded)


def address_span(line: AddressLine) -> Span | None:
    return line.statement.span() if line.statement is not None else None


def removal(subject: Subject, statement: Statement | None) -> tuple[Edit, ...]:
    """Edits that take a statement, with its block when it has one, out of its file; none when other text
    stands on its lines."""
    if statement is None or statement.via is not None:
        return ()
    lines = source_lines(subject, statement.file)
    block = block_headed_by(subject, statement)
    whole = statement.whole_span()
    last = whole
    if block is not None:
        if block.close_span is None or block.close_span.file != statement.file:
            return ()
        last = block.close_span
    if not 0 < whole.line <= last.line <= len(lines) or lines[whole.line - 1][: whole.column - 1].strip():
        return ()
    rest = lines[last.line - 1][last.end_column - 1 :].strip(' \t\r\n"')
    if rest and rest[0] not in "#!":
        return ()
    return tuple(
        Edit(Span(statement.file, number, 1, len(lines[number - 1].rstrip("\r\n")) + 1), "", whole_line=True)
        for number in range(whole.line, last.line + 1)
    )


def line_before_close(subject: Subject, bound: Bound, text: str) -> tuple[Edit, ...]:
    """An edit that adds a line at the end of a block; none when its brace shares a line with other text."""
    block = block_headed_by(subject, bound.head)
    close = block.close_span if block is not None else None
    if close is None or close.via is not None:
        return ()
    lines = source_lines(subject, close.file)
    if not 0 < close.line <= len(lines):
        return ()
    line = lines[close.line - 1]
    margin = line[: close.column - 1]
    if margin.strip():
        return ()
    end = "\r\n" if line.endswith("\r\n") else "\n"
    return (Edit(close, f"{margin}{INDENT}{text}{end}{line}", whole_line=True),)


def fix_of(title: str, edits: tuple[Edit, ...], *, safe: bool) -> Fix | None:
    """A fix, when there is something to edit."""
    return Fix(title, edits, safe) if edits else None
