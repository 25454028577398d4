"""PK703 script-without-path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import scripts
from pykeepalived.lint.subject import Subject

PLAIN = re.compile(r"[\w./+-]+")
SUFFIXES = (".sh", ".bash", ".py", ".pl", ".rb", ".php", ".lua")


class ScriptWithoutPath(Rule):
    """A script is named without its directory.

    A bare name is looked for in PATH, and a relative one in the directory where keepalived was started: as
    a service that is not where the configuration lies. System commands such as killall are in PATH; a
    script of yours usually is not.

    Bad:
        vrrp_script web {
            script "check_nginx.sh"
        }
    Good:
        vrrp_script web {
            script "/etc/keepalived/check_nginx.sh"
        }
    Good:
        vrrp_script web {
            script "killall -0 haproxy"
        }
    """

    code: ClassVar[str] = "PK703"
    name: ClassVar[str] = "script-without-path"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for block, name, script in scripts(subject.config):
            program = script.argv[0]
            if program.startswith(("/", "<", "$", "~", "%", "{")) or not PLAIN.fullmatch(program):
                continue
            if "/" in program:
                where = "the directory that keepalived was started in"
            elif program.endswith(SUFFIXES):
                where = "PATH"
            else:
                continue
            yield self.finding(
                f"{program} is named without its directory",
                block.span_of(name),
                consequence=f"it is looked for in {where}",
                hint="write the whole path",
            )
