"""PK005 mail-goes-nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import known_statements
from pykeepalived.lint.subject import Subject

ALERTS = frozenset({"smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker"})


class MailGoesNowhere(Rule):
    """Mail is asked for and cannot be sent.

    Mails need recipients (notification_email) and a relay (smtp_server); without either, smtp_alert does
    nothing and keepalived does not say so.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            smtp_alert
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
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            smtp_alert
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK005"
    name: ClassVar[str] = "mail-goes-nowhere"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        defs = subject.config.global_defs
        missing = [
            what
            for what, there in (
                ("notification_email", bool(defs.notification_email)),
                ("smtp_server", defs.smtp_server is not None),
            )
            if not there
        ]
        if not missing or not (subject.config.vrrp_instances or subject.config.virtual_servers):
            return
        for placed, keyword in known_statements(subject):
            words = placed.statement.words
            if keyword.name not in ALERTS or words[1:2] in (("false",), ("off",), ("no",)):
                continue
            yield self.finding(
                f"{words[0]} sends nothing without {' and '.join(missing)}",
                placed.statement.span(),
                hint=f"add {' and '.join(missing)} to global_defs, or remove {words[0]}",
                consequence="no mail is sent",
            )
            return
