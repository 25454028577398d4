"""PK123 not-utf-8."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

_BYTE = re.compile("[\udc80-\udcff]")
"""How the reader keeps a byte that is not UTF-8."""


class NotUtf8(Rule):
    """A file has bytes that are not UTF-8.

    keepalived copies bytes as they are, so an address or a number is not affected, but names and passwords
    will be shown and compared wrongly by every tool that expects UTF-8, and the other router may hold the
    same text in another encoding. (The bad example is saved as Latin-1.)

    Bad:
        global_defs {
            router_id café
        }
    Good:
        global_defs {
            router_id cafe
        }
    """

    code: ClassVar[str] = "PK123"
    name: ClassVar[str] = "not-utf-8"
    severity: ClassVar[Severity] = Severity.NOTICE

    @classmethod
    def saved(cls, example: str) -> str | bytes:
        return example.encode("latin-1")

    def check(self, subject: Subject) -> Iterator[Finding]:
        seen: set[str] = set()
        for line in subject.lines:
            if line.file in seen or line.code.isascii():
                continue
            found = _BYTE.search(line.code)
            if found is None:
                continue
            seen.add(line.file)
            yield self.finding(
                f"byte 0x{ord(found[0]) - 0xDC00:02x} is not UTF-8",
                line.span(found.start(), found.end()),
                hint="save the file as UTF-8",
            )
