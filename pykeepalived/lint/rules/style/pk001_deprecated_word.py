"""PK001 deprecated-word."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import replace_at

_WORD = re.compile(r"write (\w+)")
OTHER_FORM = frozenset({"linkbeat_interfaces", "yes"})
"""Replacements that are written differently, so that changing the word is not enough."""


class DeprecatedWord(DiagnosticRule):
    """A word is deprecated.

    It still works; keepalived names another one that will go on working. For some of these words it reports
    a configuration error at every start.

    Bad:
        virtual_server 192.0.2.10 80 {
            protocol TCP
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
                HTTP_GET {
                    nb_get_retry 3
                    url {
                        path /
                        status_code 200
                    }
                }
            }
        }
    Good:
        virtual_server 192.0.2.10 80 {
            protocol TCP
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
                HTTP_GET {
                    retry 3
                    url {
                        path /
                        status_code 200
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK001"
    name: ClassVar[str] = "deprecated-word"
    severity: ClassVar[Severity] = Severity.WARNING
    diagnostics: ClassVar[tuple[str, ...]] = ("deprecated-keyword", "old-form")
    advice: ClassVar[str | None] = "write the newer word"

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        finding = super().from_diagnostic(diagnostic)
        word = _WORD.fullmatch(diagnostic.hint or "")
        if diagnostic.code != "deprecated-keyword" or word is None or diagnostic.span is None:
            return finding
        if word[1] in OTHER_FORM:
            return finding
        edit = replace_at(diagnostic.span, word[1])
        return replace(finding, fix=Fix(f"Write {word[1]}", (edit,), safe=True) if edit else None)
