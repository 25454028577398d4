"""PK810 password-readable-by-all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject


class PasswordReadableByAll(Rule):
    """A file with a VRRP password can be read by every user of this machine.

    Only keepalived needs to read it, which does so as root: mode 0640 or 0600 is enough.
    """

    code: ClassVar[str] = "PK810"
    name: ClassVar[str] = "password-readable-by-all"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        if subject.host is None:
            return
        seen: set[str] = set()
        for instance in subject.config.vrrp_instances:
            kept = instance.authentication
            span = kept.span_of("auth_pass") if kept is not None and kept.auth_pass else None
            if span is None or span.file in seen:
                continue
            seen.add(span.file)
            mode = subject.host.mode(span.file)
            if mode is not None and mode & 0o004:
                yield self.finding(
                    f"{span.file} has a password and can be read by everybody (mode {mode:04o})",
                    span,
                    consequence="every user can take part in the election",
                    hint="chmod o-r, keepalived reads it as root",
                )
