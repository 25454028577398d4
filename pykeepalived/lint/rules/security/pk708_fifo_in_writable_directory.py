"""PK708 fifo-in-writable-directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

ANYBODY = ("/tmp/", "/var/tmp/", "/dev/shm/")


class FifoInWritableDirectory(Rule):
    """A notify FIFO lies where everybody can write.

    Whoever creates a file of that name first is its owner: keepalived then cannot make its pipe, or writes
    to one that somebody else reads. Use a directory below /run.

    Bad:
        global_defs {
            notify_fifo /tmp/keepalived.fifo
        }
    Good:
        global_defs {
            notify_fifo /run/keepalived/notify.fifo
        }
    """

    code: ClassVar[str] = "PK708"
    name: ClassVar[str] = "fifo-in-writable-directory"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        defs = subject.config.global_defs
        for name in ("notify_fifo", "vrrp_notify_fifo", "lvs_notify_fifo"):
            fifo = getattr(defs, name)
            if fifo is not None and fifo.path.startswith(ANYBODY):
                yield self.finding(
                    f"{name} {fifo.path} lies in a directory where anybody can write",
                    defs.span_of(name),
                    consequence="another user can be there first, and read or block the events",
                    hint="use a directory below /run",
                )
