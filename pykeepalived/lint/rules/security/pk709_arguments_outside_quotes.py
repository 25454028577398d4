"""PK709 arguments-outside-quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.kinds.script import script_words
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import scripts
from pykeepalived.lint.subject import Subject
from pykeepalived.syntax.nodes import Statement

CHECKS = ("script", "misc_path")
STATES = frozenset({"master", "fault", "stop", "start", "up", "down", "standby", "slave", "deleted", "init"})
_USER = re.compile(r"[a-z_][a-z0-9_.-]*\$?")


def _is_no_user(word: str) -> bool:
    """Whether a word is hardly the name of an account: Debian has a user backup, nobody has one MASTER."""
    return _USER.fullmatch(word) is None or word in STATES


def _quoted(statement: Statement) -> Fix | None:
    text = statement.text
    start = len(text) - len(text[len(statement.words[0]) :].lstrip())
    if statement.via is not None or any(quote in text for quote in ('"', "'", "\\")):
        return None
    edit = Edit(statement.span_of(start, len(text)), f'"{text[start:]}"')
    return Fix("Put quotes around the command", (edit,), safe=False)


class ArgumentsOutsideQuotes(Rule):
    """The arguments of a script stand outside its quotes.

    The command is one word, which is split once more. After a notify script the next words are the user and
    group that run it, so `notify_master /x/notify.sh master` asks for the user "master", and an unknown
    user drops the script. After a check script further words are ignored. Put quotes around the whole
    command.

    Bad:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify_master /etc/keepalived/notify.sh master
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    Bad:
        vrrp_script web {
            script /etc/keepalived/check.sh 8080
        }
    Good:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify_master "/etc/keepalived/notify.sh master"
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    Good:
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 21
            notify_master "/etc/keepalived/notify.sh master" nobody
            virtual_ipaddress {
                192.0.2.1/24
            }
        }
    """

    code: ClassVar[str] = "PK709"
    name: ClassVar[str] = "arguments-outside-quotes"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = ("PK120",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        for block, name, _ in scripts(subject.config):
            statement = block.where[name]
            words = script_words(statement)
            if words is None or len(words) < 3 or "\\" in statement.text:
                continue
            if name in CHECKS:
                consequence = f"{' '.join(words[2:])} is ignored"
            elif _is_no_user(words[2]) or len(words) > 4:
                consequence = (
                    f"'{words[2]}' is taken for the user that runs it; an unknown user drops the script"
                )
            else:
                continue
            yield self.finding(
                f"the arguments of {words[1].split()[0]} stand outside its quotes",
                statement.span(2),
                consequence=consequence,
                hint="put quotes around the whole command",
                fix=_quoted(statement),
            )
