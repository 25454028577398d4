"""PK808 source-not-on-this-machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject


def _those_on(subject: Subject, interface: str | None) -> str:
    held = subject.host.addresses() if subject.host is not None else ()
    return ", ".join(str(a.address) for a in held if a.interface == interface and not a.address.is_link_local)


class SourceNotOnThisMachine(Rule):
    """A source address is not an address of this machine.

    unicast_src_ip and mcast_src_ip are where advertisements come from; the kernel sends from none that the
    machine does not have. Usually the file was copied from the other router.
    """

    code: ClassVar[str] = "PK808"
    name: ClassVar[str] = "source-not-on-this-machine"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        if subject.host is None:
            return
        own = {held.address for held in subject.host.addresses()}
        for instance in subject.config.vrrp_instances if own else ():
            for name in ("unicast_src_ip", "mcast_src_ip"):
                address = getattr(instance, name)
                if address is not None and instance.is_set(name) and address not in own:
                    yield self.finding(
                        f"{name} {address} of {instance.name} is not an address of this machine",
                        instance.span_of(name),
                        consequence="no advertisement can be sent from it",
                        hint=f"its interface has {_those_on(subject, instance.interface) or 'no address'}",
                    )
