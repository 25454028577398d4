"""PK806 no-ip-vs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span
from pykeepalived.lint.subject import Subject


class NoIpVs(Rule):
    """Virtual servers are configured, and the kernel has no IPVS.

    keepalived can set up no service then. On a machine of its own `modprobe ip_vs` loads it; in a container
    the machine that carries the container must have it loaded.
    """

    code: ClassVar[str] = "PK806"
    name: ClassVar[str] = "no-ip-vs"
    severity: ClassVar[Severity] = Severity.ERROR

    def check(self, subject: Subject) -> Iterator[Finding]:
        services = subject.config.virtual_servers
        if services and subject.host is not None and not subject.host.has_ipvs():
            yield self.finding(
                "virtual servers are configured, and this kernel has no IPVS",
                head_span(services[0]),
                consequence="no service can be set up",
                hint="load ip_vs, in a container on the machine that carries it",
            )
