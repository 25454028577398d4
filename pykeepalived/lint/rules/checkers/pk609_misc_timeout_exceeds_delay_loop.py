"""PK609 misc-timeout-exceeds-delay-loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.misc_check import MiscCheck
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, named_check
from pykeepalived.lint.subject import Subject


class MiscTimeoutExceedsDelayLoop(Rule):
    """A check script may run longer than the interval between two checks.

    A script that hangs is stopped, and counts as failed, only after misc_timeout. Until then the server is
    used. Without misc_timeout the limit is delay_loop.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                MISC_CHECK {
                    misc_path /usr/local/bin/check
                    misc_timeout 30
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                MISC_CHECK {
                    misc_path /usr/local/bin/check
                    misc_timeout 5
                }
            }
        }
    """

    code: ClassVar[str] = "PK609"
    name: ClassVar[str] = "misc-timeout-exceeds-delay-loop"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server, checker in checks(subject.config):
            if not isinstance(checker, MiscCheck) or not checker.misc_timeout or checker.delay_loop is None:
                continue
            if checker.misc_timeout > checker.delay_loop:
                yield self.finding(
                    f"{named_check(service, server, checker)} has misc_timeout {checker.misc_timeout}, "
                    f"longer than delay_loop {checker.delay_loop:g}",
                    checker.span_of("misc_timeout"),
                    consequence=f"a script that hangs counts as failed after {checker.misc_timeout} s",
                    hint="let misc_timeout be at most delay_loop",
                )
