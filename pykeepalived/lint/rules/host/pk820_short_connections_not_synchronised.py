"""PK820 short-connections-not-synchronised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

SETTING = "net.ipv4.vs.sync_threshold"


class ShortConnectionsNotSynchronised(Rule):
    """The sync daemon leaves out connections of few packets.

    The kernel tells the other director of a connection only when that many packets have come in, three by
    default. A connection that waits for an answer at the moment of a failover has often seen fewer and is
    lost then.
    """

    code: ClassVar[str] = "PK820"
    name: ClassVar[str] = "short-connections-not-synchronised"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        block = subject.config.global_defs
        if subject.host is None or block.lvs_sync_daemon is None:
            return
        if any(line.name in ("needed", "sync_threshold") for line in block.ipvs_sysctl):
            return
        packets = (subject.host.sysctl(SETTING) or "").split()[:1]
        if packets and packets[0].isdigit() and int(packets[0]) > 1:
            yield self.finding(
                f"connections of fewer than {packets[0]} packets are not synchronised: {SETTING}",
                block.span_of("lvs_sync_daemon", 0),
                consequence="they are lost at a failover",
                hint="set it to '1 50', or write '# pykeepalived: ipvs_sysctl needed' into global_defs",
            )
