"""The way in: a file becomes a checked configuration and everything that is to be said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.uncollected import uncollected
from pykeepalived.config.bind import BRACE_CODES, bind
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.bound import Bound, amend
from pykeepalived.config.frame import STOPS, Finding
from pykeepalived.config.host import Host
from pykeepalived.config.recall import ForgottenError, Memory, Recall
from pykeepalived.config.resolving.groups import (
    forget_disabled_bfd,
    forget_lost_members,
    resolve_members,
    resolve_weights,
)
from pykeepalived.config.resolving.lvs import resolve_services
from pykeepalived.config.resolving.report import Report
from pykeepalived.config.resolving.scripts import resolve_checker_scripts, resolve_vrrp_scripts
from pykeepalived.config.resolving.vrids import resolve_vrids
from pykeepalived.config.resolving.vrrp import (
    begin_instances,
    fill_instances,
    missing_interface,
    resolve_globals,
    resolve_instances,
)
from pykeepalived.config.schema import View
from pykeepalived.syntax.includes import INCLUDE_EXIT_CLASS, IncludeCheck
from pykeepalived.syntax.nodes import Document
from pykeepalived.syntax.parser import parse
from pykeepalived.syntax.source import DictLoader, Loader

UNSAID = BRACE_CODES | {"undefined-name"}
"""What the parser says and keepalived does not: it complains about the braces that are left over."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, the text it came from, and what is to be said about it.

    ``diagnostics`` is everything, in the order of the files.  ``findings`` is what keepalived would say, in
    its order and with the reader that would say it; ``pykeepalived -t`` prints those.  ``recalled`` has, by
    its id, for each block that is one of an earlier load what it was there
    (:mod:`pykeepalived.config.recall`).
    """

    config: Config
    document: Document
    diagnostics: tuple[Diagnostic, ...]
    findings: tuple[Finding, ...]
    recalled: Mapping[int, Bound] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """The exit status of ``keepalived -t`` for this file."""
        return exit_status([finding.diagnostic for finding in self.findings])

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.severity >= Severity.ERROR)


def load(
    path: str,
    loader: Loader,
    *,
    host: Host | None = None,
    config_id: str = "",
    include_checks: IncludeCheck = IncludeCheck.NONE,
    memory: Memory | None = None,
    umask: int | None = None,
    running: bool = False,
) -> Loaded:
    """Read, bind and check a configuration.  Mistakes are diagnostics, never exceptions.

    ``host`` answers questions about the machine; without one they are not asked.  ``memory``: what has not
    changed since the last load with it is not done again; the outcome is the same.  ``umask``, of the command
    line, stands above the configured one.  ``running``: as keepalived's daemon reads it, which is milder than
    its ``-t`` with numbers that are none.
    """
    with uncollected():
        loaded = _load_or_recall(path, loader, host, config_id, include_checks, memory, running)
        if umask is not None:
            amend(loaded.config.global_defs, umask=umask)
        return loaded


def _load_or_recall(
    path: str,
    loader: Loader,
    host: Host | None,
    config_id: str,
    include_checks: IncludeCheck,
    memory: Memory | None,
    running: bool,
) -> Loaded:
    recall = None if memory is None else memory.recall((path, config_id, include_checks), host)
    if memory is None or recall is None:
        return _load(path, loader, host, config_id, include_checks, None, running)
    try:
        loaded = _load(path, loader, recall.host, config_id, include_checks, recall, running)
    except ForgottenError:
        recall = recall.without()
        loaded = _load(path, loader, recall.host, config_id, include_checks, recall, running)
    memory.keep(recall)
    return loaded


def _load(
    path: str,
    loader: Loader,
    host: Host | None,
    config_id: str,
    include_checks: IncludeCheck,
    recall: Recall | None,
    running: bool,
) -> Loaded:
    def read(from_copy: bool) -> Document:
        return parse(
            path,
            loader,
            config_id=config_id,
            include_checks=include_checks,
            top_level_keywords=frozenset(Config.schema.keywords),
            from_copy=from_copy,
            blocks=None if recall is None or from_copy else recall.blocks,
        )

    document = read(False)
    copy = read(True) if document.copy_differs else None
    return check(document, copy, host=host, recall=recall, running=running)


def load_text(text: str, *, file: str = "keepalived.conf", host: Host | None = None) -> Loaded:
    """As load, for text that is no file; includes find nothing."""
    return load(file, DictLoader({file: text}), host=host)


def check(
    document: Document,
    copy: Document | None = None,
    *,
    host: Host | None = None,
    recall: Recall | None = None,
    running: bool = False,
) -> Loaded:
    """Bind a parsed document and make the checks over all of it.

    ForgottenError: ``recall``, what an earlier load left, does not hold.
    """
    binding = bind(document, copy=copy, host=host, recall=recall, running=running)
    config = binding.config
    done: Mapping[int, Bound] = {} if recall is None else recall.recalled
    syntax = [Finding(d, View.PARENT) for d in document.diagnostics if d.code not in UNSAID]
    if copy is not None:
        syntax += [Finding(d, View.CHECKER) for d in copy.diagnostics if d.code not in UNSAID]
    found = _in_order([*syntax, *binding.findings])
    stopped = next((f.view for f in found if f.diagnostic.exit_class == STOPS), None)
    if stopped is None and any(d.exit_class == INCLUDE_EXIT_CLASS for d in document.diagnostics):
        # keepalived ends when its first process has read the files.
        found = [finding for finding in found if finding.view is View.PARENT]
        stopped = View.PARENT

    checker = Report(View.CHECKER, host)
    vrrp = Report(View.VRRP, host)
    resolve_globals(config.global_defs)
    forget_disabled_bfd(config, done)
    resolve_services(config, checker, done)
    scripted = resolve_checker_scripts(config, checker, () if recall is None else recall.unscripted)
    if missing_interface(config, vrrp, binding.findings):
        if recall is not None:
            recall.impossible()
        fill_instances(config)
    else:
        resolve_vrrp_scripts(config, vrrp)
        begin_instances(config, vrrp, done)
        resolve_members(config, vrrp)
        resolve_instances(config, vrrp, done)
        resolve_weights(config, vrrp)
        resolve_vrids(config, vrrp)
        forget_lost_members(config)
        if recall is not None:
            recall.finish(config, document, checker.blocks | vrrp.blocks, scripted)

    said = _until_stop(found)
    for report in (checker, vrrp):
        if stopped is None or report.view < stopped:
            said += report.said
    everything = [
        *document.diagnostics,
        *(f.diagnostic for f in binding.findings if f.diagnostic.code not in BRACE_CODES | {"missing-close"}),
        *(f.diagnostic for report in (checker, vrrp) for f in report.findings),
    ]
    return Loaded(config, document, _by_place(everything, document), tuple(said), done)


def _in_order(findings: list[Finding]) -> list[Finding]:
    """By reader, then as found."""
    return sorted(findings, key=lambda finding: finding.view)


def _until_stop(findings: list[Finding]) -> list[Finding]:
    """What keepalived says before a missing word stops it."""
    said = []
    for finding in findings:
        said.append(finding)
        if finding.diagnostic.exit_class == STOPS:
            break
    return said


def _by_place(diagnostics: list[Diagnostic], document: Document) -> tuple[Diagnostic, ...]:
    """In the order of the files and lines; what has no place comes last."""
    order = {file: number for number, file in enumerate(document.files)}
    last = len(order)

    def key(diagnostic: Diagnostic) -> tuple[int, int, int]:
        span = diagnostic.span
        if span is None:
            return last + 1, 0, 0
        return order.get(span.file, last), span.line, span.column

    return tuple(dict.fromkeys(sorted(diagnostics, key=key)))


def exit_status(diagnostics: list[Diagnostic]) -> int:
    """The highest class wins, whatever it means; a stop ends everything with 2."""
    classes = {diagnostic.exit_class for diagnostic in diagnostics}
    return STOPS if STOPS in classes else max(classes, default=0)
