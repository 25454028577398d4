"""PK701 script-security-off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._services import scripts
from pykeepalived.lint.subject import Subject


class ScriptSecurityOff(DiagnosticRule):
    """Scripts are run and enable_script_security is not set.

    keepalived runs scripts as root unless told otherwise. Without this word it does so even when somebody
    else could change the script or a directory above it; with it, such a script is refused. `keepalived -t`
    calls it a security violation and exits with 6.

    Bad:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify /usr/local/bin/notify
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    Good:
        global_defs {
            enable_script_security
            script_user keepalived_script
        }
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify /usr/local/bin/notify
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    """

    code: ClassVar[str] = "PK701"
    name: ClassVar[str] = "script-security-off"
    severity: ClassVar[Severity] = Severity.WARNING
    diagnostics: ClassVar[tuple[str, ...]] = ("script-security",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        if subject.config.global_defs.enable_script_security:
            return
        found = next((s for s in scripts(subject.config) if not s[2].argv[0].startswith("<")), None)
        said = next((d for d in subject.diagnostics if self.accepts(d)), None)
        if found is None:
            yield from super().check(subject)
            return
        block, name, script = found
        yield self.finding(
            f"{script.argv[0]} is run, and enable_script_security is not set",
            block.span_of(name),
            consequence="keepalived runs scripts that others than root may change; with -t it exits with 6",
            hint="add enable_script_security and script_user to global_defs",
            severity=said.severity if said is not None else None,
        )
