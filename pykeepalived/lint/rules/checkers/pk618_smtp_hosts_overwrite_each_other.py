"""PK618 smtp-hosts-overwrite-each-other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.smtp_check import SmtpCheck
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, head_span, named_check
from pykeepalived.lint.subject import Subject


class SmtpHostsOverwriteEachOther(Rule):
    """An SMTP_CHECK has several host blocks.

    They look like several targets, but each one changes the settings of the one check around it: only the
    last counts. Write several SMTP_CHECK blocks.

    Bad:
        virtual_server 192.0.2.1 25 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 25 {
                SMTP_CHECK {
                    host {
                        connect_port 25
                    }
                    host {
                        connect_port 587
                    }
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 25 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 25 {
                SMTP_CHECK {
                    connect_port 25
                }
                SMTP_CHECK {
                    connect_port 587
                }
            }
        }
    """

    code: ClassVar[str] = "PK618"
    name: ClassVar[str] = "smtp-hosts-overwrite-each-other"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server, checker in checks(subject.config):
            if isinstance(checker, SmtpCheck) and len(checker.hosts) > 1:
                yield self.finding(
                    f"{named_check(service, server, checker)} has {len(checker.hosts)} host blocks",
                    head_span(checker.hosts[0]),
                    consequence="one check is made, with the settings of the last block",
                    hint="write one SMTP_CHECK for each",
                )
