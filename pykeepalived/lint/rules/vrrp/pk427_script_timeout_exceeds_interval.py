"""PK427 script-timeout-exceeds-interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import place
from pykeepalived.lint.subject import Subject


class ScriptTimeoutExceedsInterval(Rule):
    """A tracked script may run longer than the time between its runs.

    keepalived starts no second run while one goes on: a script that hangs is noticed after its timeout, not
    after its interval, and the runs between are left out.

    Bad:
        vrrp_script check {
            script "/usr/local/bin/check"
            interval 2
            timeout 10
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
            timeout 1
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

    code: ClassVar[str] = "PK427"
    name: ClassVar[str] = "script-timeout-exceeds-interval"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for script in subject.config.vrrp_scripts:
            if script.timeout is not None and script.timeout > script.interval:
                yield self.finding(
                    f"timeout {script.timeout:g} of script {script.name} is longer than its interval "
                    f"{script.interval:g}",
                    place(script, "timeout"),
                    consequence=f"a hanging script is noticed after {script.timeout * script.fall:g} s",
                    hint="make the timeout shorter than the interval",
                    subject=script.name,
                )
