"""PK704 shell-syntax-in-script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import scripts
from pykeepalived.lint.subject import Subject

SHELLS = ("sh", "bash", "dash", "ash", "ksh", "zsh", "busybox")
BUILTINS = ("if", "for", "while", "exit", "cd", "source", "!", "set", "export", "(", "[[")
_OPERATOR = re.compile(r"(\|\|?|&&?|;|\d*>>?(&\d)?|&>>?|<<?|\d*>&\d|\d*&?>>?/\S+|</\S+)")


def _is_shell(word: str) -> bool:
    """Whether a word is an operator, a redirection or a substitution."""
    return bool(_OPERATOR.fullmatch(word)) or word.startswith(("$(", "`"))


class ShellSyntaxInScript(Rule):
    """A command has words that only a shell understands.

    keepalived starts programs itself, without a shell: a pipe, `&&`, a redirection, `$(…)` or a `*` goes to
    the program as an argument. The check then means something else, often "always good". Put the line into
    a script, or write `/bin/sh -c '…'`.

    Bad:
        vrrp_script web {
            script "pidof nginx > /dev/null"
        }
    Good:
        vrrp_script web {
            script "/usr/bin/pidof nginx"
        }
    Good:
        vrrp_script web {
            script "/bin/sh -c 'pidof nginx > /dev/null'"
        }
    """

    code: ClassVar[str] = "PK704"
    name: ClassVar[str] = "shell-syntax-in-script"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for block, name, script in scripts(subject.config):
            program = script.argv[0].rpartition("/")[2]
            if program in SHELLS and "-c" in script.argv[1:]:
                continue
            found = next((word for word in script.argv[1:] if _is_shell(word)), None)
            if found is None and script.argv[0] in BUILTINS:
                found = script.argv[0]
            if found is None:
                continue
            yield self.finding(
                f"'{found}' is for a shell, and no shell reads this command",
                block.span_of(name),
                consequence=f"{script.argv[0]} gets '{found}' as an argument"
                if found != script.argv[0]
                else f"there is no program {found}",
                hint="put the line into a script and name that, or write /bin/sh -c '…'",
            )
