"""PK813 address-on-another-interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.values import IPAddress
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject


class AddressOnAnotherInterface(Rule):
    """A virtual address is on another interface of this machine already.

    When the instance becomes Master the machine has it twice and answers for it on both links, also as a
    Backup on the one where it stands always. The loopback is left out, as directors that are real servers
    have it there.
    """

    code: ClassVar[str] = "PK813"
    name: ClassVar[str] = "address-on-another-interface"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        if subject.host is None:
            return
        held: dict[IPAddress, list[str]] = {}
        for found in subject.host.addresses():
            held.setdefault(found.address, []).append(found.interface)
        for instance in subject.config.vrrp_instances:
            if instance.use_vmac is not None or instance.use_ipvlan is not None:
                continue
            for line in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded):
                wanted = line.dev or instance.interface
                others = [name for name in held.get(line.address, ()) if name not in (wanted, "lo")]
                if wanted is None or line.use_vmac or not others:
                    continue
                yield self.finding(
                    f"{line.address} of {instance.name} is on {others[0]} already, not on {wanted}",
                    line.statement.span() if line.statement is not None else None,
                    consequence="the machine answers for it there, Master or not",
                    hint=f"remove it from {others[0]}, or let the instance use that interface",
                )
