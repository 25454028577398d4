"""PK712 password-on-command-line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import scripts
from pykeepalived.lint.subject import Subject


def _carries(program: str, word: str, after: str) -> bool:
    if word.startswith(("--password=", "--pass=")):
        return len(word.partition("=")[2]) > 0
    if program.startswith(("mysql", "mariadb")):
        return word.startswith("-p") and len(word) > 2
    if program == "redis-cli":
        return word in ("-a", "--pass") and bool(after)
    if program == "curl":
        return word in ("-u", "--user") and ":" in after
    return False


class PasswordOnCommandLine(Rule):
    """A command has a password among its arguments.

    Every user of the machine sees the arguments of running programs, and this file is read by more people
    than the password is meant for. Put it into a file that only the script's account can read, for example
    an option file of the MySQL client.

    Bad:
        vrrp_script web {
            script "/usr/bin/mysqladmin -uroot -pS3cret ping"
        }
    Good:
        vrrp_script web {
            script "/usr/bin/mysqladmin --defaults-file=/etc/keepalived/my.cnf ping"
        }
    """

    code: ClassVar[str] = "PK712"
    name: ClassVar[str] = "password-on-command-line"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for block, name, script in scripts(subject.config):
            program = script.argv[0].rpartition("/")[2]
            for word, after in pairwise((*script.argv[1:], "")):
                if _carries(program, word, after):
                    yield self.finding(
                        f"{program} gets a password as an argument",
                        block.span_of(name),
                        consequence="every user of the machine can see it while the command runs",
                        hint="put it into a file that only the account of the script can read",
                    )
                    break
