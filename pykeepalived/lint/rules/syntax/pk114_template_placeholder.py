"""PK114 template-placeholder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

PLACEHOLDER = re.compile(
    r"\{\{.*?\}\}"  # mustache, Jinja, Go templates
    r"|\{%.*?%\}"  # Jinja statements
    r"|<%.*?%>"  # ERB
    r"|<-*[A-Za-z][\w .:-]*>"  # <interface>
    r"|(?<![\w.])\d{0,3}\.?(?:[xX]{1,3}\.){1,3}(?:[xX]{1,3}|\d{1,3})(?![\w.])"  # xxx.xxx.xxx.xxx, x.x.x.1
    r"|(?<![\w.])(?:\d{1,3}\.){1,3}[xX]{1,3}(?![\w.])"  # 192.168.1.x
    r"|(?<!\w)(?:__[A-Z][A-Z0-9_]*__|@@[A-Z][A-Z0-9_]*@@|%[A-Z][A-Z0-9_]*%)"
    r"|\b(?:CHANGE_?ME|CHANGE_?THIS|REPLACE_?ME|FIX_?ME|TO_?DO|CHANGE_[A-Z]+|YOUR_[A-Z_]+)\b"
)


class TemplatePlaceholder(Rule):
    """A placeholder of a template was never filled in.

    Mustache braces, angle brackets, words like CHANGE_ME and addresses with x in them are left over when a
    template was copied instead of rendered.

    Bad:
        vrrp_instance VI_1 {
            interface <interface>
            priority {{ priority }}
        }
    Good:
        vrrp_instance VI_1 {
            interface eth0
            priority 100
        }
    """

    code: ClassVar[str] = "PK114"
    name: ClassVar[str] = "template-placeholder"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK101",
        "PK103",
        "PK107",
        "PK108",
        "PK125",
        "PK201",
        "PK202",
        "PK203",
        "PK204",
        "PK205",
        "PK206",
        "PK208",
        "PK214",
        "PK215",
        "PK216",
        "PK414",
        "PK520",
        "PK605",
        "PK707",
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        for line in subject.lines:
            found = PLACEHOLDER.search(line.code)
            if found is None:
                continue
            yield self.finding(
                f"'{found[0].strip()}' looks like a placeholder that was never filled in",
                line.span(found.start(), found.end()),
                hint="write the value, or render the template first",
            )
