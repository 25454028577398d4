"""PK819 service-interface-missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, named_check
from pykeepalived.lint.subject import Subject


class ServiceInterfaceMissing(Rule):
    """A check or the sync daemon uses an interface that this machine does not have.

    The kernel starts no sync daemon on it, and a check that is bound to it cannot send anything, so its
    server stays down.
    """

    code: ClassVar[str] = "PK819"
    name: ClassVar[str] = "service-interface-missing"
    severity: ClassVar[Severity] = Severity.ERROR

    def check(self, subject: Subject) -> Iterator[Finding]:
        if subject.host is None:
            return
        daemon = subject.config.global_defs.lvs_sync_daemon
        if daemon is not None and subject.host.interface(daemon.interface) is None:
            yield self.finding(
                f"lvs_sync_daemon: interface {daemon.interface} doesn't exist",
                subject.config.global_defs.span_of("lvs_sync_daemon"),
                consequence="connections are not synchronised",
            )
        for service, server, checker in checks(subject.config):
            if not isinstance(checker, Connecting) or not checker.bind_if:
                continue
            if subject.host.interface(checker.bind_if) is None:
                yield self.finding(
                    f"{named_check(service, server, checker)} wants {checker.bind_if}, which doesn't exist",
                    checker.span_of("bind_if"),
                    consequence="the check cannot succeed",
                )
