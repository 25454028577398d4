"""PK713 bash-socket-path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import scripts
from pykeepalived.lint.subject import Subject


class BashSocketPath(Rule):
    """A script opens /dev/tcp or /dev/udp.

    These are no files: only bash knows the names, and keepalived starts no shell. `script "</path"` means
    that the file can be opened, so this check always fails. Old samples have it from the time when commands
    went through a shell.

    Bad:
        vrrp_script web {
            script "</dev/tcp/127.0.0.1/80"
        }
    Good:
        vrrp_script web {
            script "/bin/bash -c '</dev/tcp/127.0.0.1/80'"
        }
    """

    code: ClassVar[str] = "PK713"
    name: ClassVar[str] = "bash-socket-path"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for block, name, script in scripts(subject.config):
            if not script.argv[0].startswith(("</dev/tcp/", "</dev/udp/")):
                continue
            yield self.finding(
                f"{script.argv[0][1:]} is no file, only bash knows it",
                block.span_of(name),
                consequence="the check always fails",
                hint=f"write /bin/bash -c '{script.argv[0]}', or a program that connects",
            )
