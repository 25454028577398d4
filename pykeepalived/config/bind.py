"""From the statement tree to bound blocks, with keepalived's recovery from mistakes.

keepalived reads a configuration once per process (see :class:`View`); each reader follows its own blocks and
skips the others'.  While braces are sound and every block is known, one reading gives all that the four would
give.  Otherwise the recovery of each reader differs (an unknown block is not skipped: its lines are read at
the enclosing level and its brace closes the enclosing block), and four readings are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.config.binder import Binder, UnsoundError
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.frame import Context, Finding
from pykeepalived.config.host import Host
from pykeepalived.config.schema import View
from pykeepalived.syntax.nodes import Document, Statement

if TYPE_CHECKING:
    from pykeepalived.config.recall import Recall

READERS = (View.PARENT, View.CHECKER, View.VRRP, View.BFD)
EVERY_READER = View.PARENT | View.CHECKER | View.VRRP | View.BFD


@dataclass(slots=True)
class Binding:
    """What binding found: the blocks, and what was wrong, in order."""

    config: Config
    findings: list[Finding]


def bind(
    document: Document,
    *,
    copy: Document | None = None,
    host: Host | None = None,
    recall: Recall | None = None,
    running: bool = False,
) -> Binding:
    """Bind a document.  Names are not resolved yet and defaults of other blocks not yet inherited.

    ``copy`` is what keepalived's readers after the first see, when that is something else.  ``recall`` is
    what is known from an earlier load; ForgottenError when that is of no use now.  ``running``: for a daemon.
    """
    if copy is not None or not _sound(document):
        return _bind_by_reader(document, copy or document, host, recall, running)
    try:
        binder = Binder(Context(host, running), EVERY_READER, strict=True)
        binder.read(document, recall)
    except UnsoundError:
        return _bind_by_reader(document, document, host, recall, running)
    found = binder.context.findings + _inert_findings(binder.context.inert)
    return Binding(binder.finish(), found)


def _sound(document: Document) -> bool:
    """Whether no brace is missing or left over."""
    return not any(d.code in BRACE_CODES for d in document.diagnostics)


BRACE_CODES = frozenset({"stray-brace", "missing-brace"})
"""What the parser says about braces; keepalived's readers say it in their own way."""


def _bind_by_reader(
    document: Document, copy: Document, host: Host | None, recall: Recall | None, running: bool
) -> Binding:
    """One reading per process; each gives its own blocks, and a message counts once."""
    if recall is not None:
        recall.impossible()
    merged: dict[str, Any] = {}
    where: dict[str, Statement] = {}
    findings: list[Finding] = []
    seen: set[tuple[str, str, Span | None]] = set()
    inherited: dict[str, Any] = {}
    inert: dict[int, list[Any]] = {}
    account: bool | None = None
    for view in READERS:
        context = Context(host, running, view, global_values=inherited, inert=inert, account=account)
        binder = Binder(context, view)
        binder.read(document if view is View.PARENT else copy)
        if view is View.PARENT:
            inherited, account = context.global_values, context.account
        for attribute, value in binder.root.values.items():
            if attribute not in merged:
                merged[attribute] = tuple(value) if isinstance(value, list) else value
                if attribute in binder.root.where:
                    where[attribute] = binder.root.where[attribute]
        for finding in context.findings:
            key = (finding.diagnostic.code, finding.diagnostic.message, finding.diagnostic.span)
            if key not in seen:
                seen.add(key)
                findings.append(finding)
    config = Config(where=where, **merged)
    return Binding(config, findings + _inert_findings(inert))


def _inert_findings(inert: dict[int, list[Any]]) -> list[Finding]:
    """One notice for each keyword that was accepted and is not yet acted on."""
    found = []
    for keyword, block, statement, count in inert.values():
        more = f" ({count} times, first here)" if count > 1 else ""
        found.append(
            Finding(
                Diagnostic(
                    "not-acted-on",
                    Severity.NOTICE,
                    f"{keyword.name} in {block or 'the outermost level'} is accepted, not yet acted on{more}",
                    statement.span(),
                    exit_class=0,
                ),
                View.PARENT,
            )
        )
    return found
