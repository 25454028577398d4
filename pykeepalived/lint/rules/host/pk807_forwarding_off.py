"""PK807 forwarding-off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._service_sysctls import HINT, while_running
from pykeepalived.lint.rules._services import head_span, label, method, servers
from pykeepalived.lint.subject import Subject

SETTINGS = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}


class ForwardingOff(Rule):
    """A service uses NAT, and this machine does not forward packets.

    What the real servers answer comes back through the director, which must pass it on to the client. With
    net.ipv4.ip_forward (for IPv6 net.ipv6.conf.all.forwarding) 0 the answers are dropped here.
    """

    code: ClassVar[str] = "PK807"
    name: ClassVar[str] = "forwarding-off"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        if subject.host is None:
            return
        own = {held.address for held in subject.host.addresses()}
        for version, setting in SETTINGS.items():
            if while_running(subject, setting) != "0":
                continue
            for service, server in servers(subject.config):
                if server.address.version != version or server.address in own:
                    continue
                if method(server.lvs_method) == "NAT":
                    yield self.finding(
                        f"{label(service)} uses NAT, and {setting} is 0",
                        service.span_of("lb_kind") or head_span(service),
                        consequence="the answers of the real servers are dropped on the director",
                        hint=f"set the sysctl {setting}=1, {HINT}",
                    )
                    break
