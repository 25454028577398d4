"""PK606 retry-delay-without-retry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.checker import Retrying
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, named_check
from pykeepalived.lint.subject import Subject


class RetryDelayWithoutRetry(Rule):
    """delay_before_retry is set, and the check has no retry.

    The first failure takes the server out at once. MISC_CHECK makes no retry unless it is told to, other
    checks make one.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                MISC_CHECK {
                    misc_path /usr/local/bin/check
                    delay_before_retry 2
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
                    retry 2
                    delay_before_retry 2
                }
            }
        }
    """

    code: ClassVar[str] = "PK606"
    name: ClassVar[str] = "retry-delay-without-retry"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server, checker in checks(subject.config):
            if not isinstance(checker, Retrying) or checker.retry or not checker.is_set("delay_before_retry"):
                continue
            yield self.finding(
                f"{named_check(service, server, checker)} has delay_before_retry and no retry",
                checker.span_of("delay_before_retry", 0),
                consequence="the first failure takes the server out",
                hint="add retry, or remove delay_before_retry",
            )
