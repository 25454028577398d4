"""PK820 short-connections-not-synchronised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

SETTING = "net.ipv4.vs.sync_threshold"
HANDSHAKE = 2
"""The packet of the client that completes it."""


class ShortConnectionsNotSynchronised(Rule):
    """The sync daemon leaves out connections of few packets.

    The kernel tells the other director of an established connection at that packet from the client, the
    third by default; with 0 or 1, which come too early, only a whole period later. A connection that has seen
    fewer at the moment of a failover is lost then.
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
        value = subject.host.sysctl(SETTING) or ""
        numbers = [int(word) for word in value.split() if word.isdigit()]
        if not numbers:
            return
        packet = numbers[0] if numbers[0] >= HANDSHAKE else sum(numbers)
        if packet > HANDSHAKE:
            yield self.finding(
                f"connections of fewer than {packet} packets are not synchronised: {SETTING}",
                block.span_of("lvs_sync_daemon", 0),
                consequence="they are lost at a failover",
                hint="set it to '2 50', or write '# pykeepalived: ipvs_sysctl needed' into global_defs",
            )
