"""PK601 slow-to-give-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, head_span, label
from pykeepalived.lint.subject import Subject


class SlowToGiveUp(Rule):
    """A dead server is given up much later than delay_loop suggests.

    A check that gets no answer waits connect_timeout, once for the first try and once for each retry, with
    delay_before_retry between. When that is longer than delay_loop, the interval between checks says little
    about how long clients are sent to a dead server. Lower connect_timeout or retry, or expect the time.
    One finding stands for a service.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                    connect_timeout 5
                    retry 3
                    delay_before_retry 3
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
                TCP_CHECK {
                    connect_timeout 1
                    retry 2
                    delay_before_retry 1
                }
            }
        }
    """

    code: ClassVar[str] = "PK601"
    name: ClassVar[str] = "slow-to-give-up"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        done: set[int] = set()
        for service, _, checker in checks(subject.config):
            if id(service) in done or not isinstance(checker, Connecting):
                continue
            loop, timeout = checker.delay_loop, checker.connect_timeout
            if loop is None or timeout is None:
                continue
            retry, pause = checker.retry or 0, checker.delay_before_retry or 0.0
            needed = timeout * (retry + 1) + pause * retry
            if needed <= loop:
                continue
            done.add(id(service))
            yield self.finding(
                f"{checker.schema.name} of {label(service)} needs {needed:g} s to give up a silent server, "
                f"and delay_loop is {loop:g} s",
                head_span(checker),
                consequence=f"a server that dies is used for up to {loop + needed:g} s",
                hint=f"{retry + 1} tries of {timeout:g} s (connect_timeout) with {pause:g} s between",
            )
