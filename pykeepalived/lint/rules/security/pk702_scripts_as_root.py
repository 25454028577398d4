"""PK702 scripts-as-root."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import scripts
from pykeepalived.lint.subject import Subject


class ScriptsAsRoot(Rule):
    """Scripts run as root, or nobody has said who they run as.

    A check script seldom needs to be root. Without script_user scripts run as keepalived_script when that
    user exists, and as keepalived itself, which is root, when not. Name an account with script_user, and
    root only at the scripts that need it.

    Bad:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify /usr/local/bin/notify
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    Bad:
        global_defs {
            script_user root
        }
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify /usr/local/bin/notify
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    Good:
        global_defs {
            script_user keepalived_script
        }
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify /usr/local/bin/notify
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    """

    code: ClassVar[str] = "PK702"
    name: ClassVar[str] = "scripts-as-root"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        config = subject.config
        default = config.global_defs.script_user
        if default is not None and default.user == "root":
            yield self.finding(
                "script_user is root",
                config.global_defs.span_of("script_user"),
                hint="name an account without rights, and root only at the scripts that need it",
            )
        if default is not None or config.global_defs.is_set("script_user"):
            return
        for block, name, script in scripts(config):
            if script.account is None and not block.is_set("user") and not script.argv[0].startswith("<"):
                yield self.finding(
                    f"nothing says who runs {script.argv[0]}",
                    block.span_of(name),
                    consequence="it runs as keepalived_script when that user exists, and as root when not",
                    hint="add script_user to global_defs",
                )
                return
