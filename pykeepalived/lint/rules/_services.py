"""What rules about services, real servers and their checks ask of a configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.span import Span
from pykeepalived.config.blocks.checker import Checker
from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.config.schema import Bound
from pykeepalived.config.values import Forwarding, IPAddress, Script
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.subject import Subject
from pykeepalived.syntax.nodes import Brace


def servers(config: Config) -> Iterator[tuple[VirtualServer, RealServer]]:
    """Every real server with its service."""
    for service in config.virtual_servers:
        for server in service.real_servers:
            yield service, server


def checks(config: Config) -> Iterator[tuple[VirtualServer, RealServer, Checker]]:
    """Every check with its server and service."""
    for service, server in servers(config):
        for checker in server.checkers:
            yield service, server, checker


def label(service: VirtualServer) -> str:
    """A service as its header names it."""
    if service.group is not None:
        return f"group {service.group}"
    if service.fwmark is not None:
        return f"fwmark {service.fwmark}"
    return f"{service.address} {service.port}" if service.port else str(service.address)


def named_check(service: VirtualServer, server: RealServer, checker: Checker) -> str:
    """A check as a message names it."""
    return f"{checker.schema.name} of real server {server.address} in {label(service)}"


def head_span(block: Bound, word: int = 0) -> Span | None:
    """Where word ``word`` of the header of a block stands."""
    return block.head.span(word) if block.head is not None else None


def method(forwarding: Forwarding | None) -> str:
    """NAT, DR or TUN; keepalived takes NAT when nothing is written."""
    return forwarding.method if forwarding is not None else "NAT"


def written(block: Bound, attribute: str, word: int = 1) -> str | None:
    """The word that the file gives for ``attribute``; None when it gives none."""
    statement = block.where.get(attribute)
    if statement is None or len(statement.words) <= word:
        return None
    return statement.words[word]


def virtual_addresses(config: Config) -> dict[IPAddress, Span | None]:
    """The addresses that instances bring up, each with where it stands."""
    found: dict[IPAddress, Span | None] = {}
    for instance in config.vrrp_instances:
        for line in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded):
            found.setdefault(line.address, line.statement.span() if line.statement else None)
    return found


class MissingLine(DiagnosticRule):
    """A rule about a line that keepalived fills in for itself: its fix writes that line down."""

    line: ClassVar[str]

    def check(self, subject: Subject) -> Iterator[Finding]:
        mine = [diagnostic for diagnostic in subject.diagnostics if self.accepts(diagnostic)]
        if not mine:
            return
        blocks = {p.statement.span(): p.block for p in subject.statements if p.block is not None}
        lines = {(line.file, line.number): line.raw for line in subject.lines}
        for diagnostic in mine:
            block = blocks.get(diagnostic.span) if diagnostic.span is not None else None
            finding = self.from_diagnostic(diagnostic)
            fix = self._fix(block.opening, lines) if block is not None else None
            yield replace(finding, fix=fix)

    def _fix(self, opening: Brace | None, lines: dict[tuple[str, int], str]) -> Fix | None:
        """None when the brace does not end its line, or does not stand in a line of a file."""
        if opening is None or opening.via is not None:
            return None
        raw = lines.get((opening.file, opening.line))
        if raw is None or raw[opening.column :].strip():
            return None
        indent = raw[: len(raw) - len(raw.lstrip())] + "    "
        place = Span(opening.file, opening.line, opening.column + 1, opening.column + 1)
        return Fix(f"Write {self.line}", (Edit(place, f"\n{indent}{self.line}"),), safe=True)


def scripts(config: Config) -> Iterator[tuple[Bound, str, Script]]:
    """Every command in a configuration, with the block and attribute that hold it."""
    yield from ((config.global_defs, name, script) for name, script in _held(config.global_defs))
    for tracked in config.vrrp_scripts:
        yield from ((tracked, name, script) for name, script in _held(tracked))
    for instance in config.vrrp_instances:
        yield from ((instance, name, script) for name, script in _held(instance))
    for group in config.vrrp_sync_groups:
        yield from ((group, name, script) for name, script in _held(group))
    for service in config.virtual_servers:
        yield from ((service, name, script) for name, script in _held(service))
        for server in service.real_servers:
            yield from ((server, name, script) for name, script in _held(server))
            for checker in server.checkers:
                yield from ((checker, name, script) for name, script in _held(checker))


def _held(block: Bound) -> Iterator[tuple[str, Script]]:
    for name in block.where:
        value = getattr(block, name, None)
        if isinstance(value, Script):
            yield name, value
