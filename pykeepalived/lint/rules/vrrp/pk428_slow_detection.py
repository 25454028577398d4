"""PK428 slow-detection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import place
from pykeepalived.lint.subject import Subject

SLOW = 60
"""Seconds."""
LIKELY_MILLISECONDS = 500


class SlowDetection(Rule):
    """A tracked script notices a failure only after a minute or more.

    Failure counts after interval x fall seconds, while the loss of a whole router is noticed after about
    three adverts. The interval is in seconds, not in milliseconds.

    Bad:
        vrrp_script check {
            script "/usr/local/bin/check"
            interval 2000
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_script check {
            script "/usr/local/bin/check"
            interval 2
            fall 3
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK428"
    name: ClassVar[str] = "slow-detection"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        blocks: tuple[VrrpInstance | VrrpSyncGroup, ...] = (
            *subject.config.vrrp_instances,
            *subject.config.vrrp_sync_groups,
        )
        used = {entry.name for block in blocks for entry in block.track_script}
        for script in subject.config.vrrp_scripts:
            delay = script.interval * script.fall
            if delay < SLOW or script.name not in used:
                continue
            milliseconds = script.interval >= LIKELY_MILLISECONDS
            yield self.finding(
                f"script {script.name} counts as failed after {delay:g} s (interval {script.interval:g}, "
                f"fall {script.fall})",
                place(script, "interval"),
                hint="the interval is in seconds" if milliseconds else "shorten interval or fall",
                subject=script.name,
                severity=Severity.WARNING if milliseconds else None,
            )
