"""PK710 dump-file-in-writable-directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

ANYBODY = ("/tmp/", "/var/tmp/", "/dev/shm/")
FILES = (
    "state_dump_file", "stats_dump_file", "json_dump_file", "reload_check_config", "reload_file",
)  # fmt: skip


class DumpFileInWritableDirectory(Rule):
    """keepalived shall write a file into a directory where everybody can write.

    It writes as root. Somebody can put a link of that name there and have another file overwritten. (Newer
    kernels refuse that with fs.protected_symlinks.) The defaults lie in the directory for temporary files
    as well.

    Bad:
        global_defs {
            state_dump_file /tmp/keepalived.data
        }
    Good:
        global_defs {
            state_dump_file /run/keepalived/keepalived.data
        }
    """

    code: ClassVar[str] = "PK710"
    name: ClassVar[str] = "dump-file-in-writable-directory"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        defs = subject.config.global_defs
        for name in FILES:
            path = getattr(defs, name)
            if path is not None and path.startswith(ANYBODY) and defs.is_set(name):
                yield self.finding(
                    f"{name} {path} lies in a directory where anybody can write",
                    defs.span_of(name),
                    consequence="a link of that name leads what root writes elsewhere",
                    hint="use a directory below /run or /var/lib",
                )
