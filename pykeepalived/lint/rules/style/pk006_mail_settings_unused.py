"""PK006 mail-settings-unused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import known_statements
from pykeepalived.lint.subject import Subject

ALERTS = frozenset({"smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker"})
SETTINGS = ("notification_email", "smtp_server")


class MailSettingsUnused(Rule):
    """Mail settings stand in global_defs and nothing sends mail.

    VRRP and services send mails only with smtp_alert; only real servers do without. The block is usually
    left from the sample file, with addresses of its author.

    Bad:
        global_defs {
            notification_email {
                ops@example.com
            }
            smtp_server 192.0.2.25
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        global_defs {
            notification_email {
                ops@example.com
            }
            smtp_server 192.0.2.25
            smtp_alert
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK006"
    name: ClassVar[str] = "mail-settings-unused"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        config = subject.config
        defs = config.global_defs
        if not config.vrrp_instances or any(service.real_servers for service in config.virtual_servers):
            return
        settings = [name for name in SETTINGS if defs.is_set(name)]
        if not settings:
            return
        for placed, keyword in known_statements(subject):
            if keyword.name in ALERTS and placed.statement.words[1:2] not in (("false",), ("off",), ("no",)):
                return
        span = min(
            (span for name in settings if (span := defs.span_of(name, 0))), key=lambda s: (s.file, s.line)
        )
        yield self.finding(
            f"{' and '.join(settings)} without any smtp_alert",
            span,
            hint="remove the mail settings, or add smtp_alert",
            consequence="no mail is sent",
        )
