"""PK705 script-in-writable-directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import scripts
from pykeepalived.lint.subject import Subject

ANYBODY = ("/tmp/", "/var/tmp/", "/dev/shm/")


class ScriptInWritableDirectory(Rule):
    """A script lies where others than root can write.

    In /tmp, /var/tmp and /dev/shm anybody can put a file of that name before the right one is there; below
    /home the owner of the directory can replace it. keepalived runs it, usually as root. With
    enable_script_security such a script is refused when root shall run it.

    Bad:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify /tmp/notify.sh
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    Good:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify /usr/local/sbin/notify.sh
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    """

    code: ClassVar[str] = "PK705"
    name: ClassVar[str] = "script-in-writable-directory"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        default = subject.config.global_defs.script_user
        for block, name, script in scripts(subject.config):
            program = script.argv[0]
            account = script.account or getattr(block, "user", None) or default
            if program.startswith(ANYBODY):
                who = "anybody"
            elif program.startswith("/home/") and program.count("/") > 2:
                owner = program.split("/")[2]
                if account is not None and account.user not in ("root", None):
                    continue  # it runs with the rights of somebody who is not root
                who = f"the user {owner}"
            else:
                continue
            yield self.finding(
                f"{program} lies in a directory where {who} can write",
                block.span_of(name),
                consequence=f"{who} can have commands run by keepalived",
                hint="keep scripts in a directory of root, for example /etc/keepalived or /usr/local/sbin",
            )
