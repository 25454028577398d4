"""BFD_CHECK: the server is up as long as the BFD session to it is.

There is nothing to probe: the BFD process tells of every change (``health.checker.Told``).
"""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.checkers.port import Check
from pykeepalived.health.settings import BfdTarget, CheckKind
from pykeepalived.health.verdict import ProbeNotRunError, Verdict


class BfdCheck(Check[BfdTarget]):
    """The words of the log; keepalived's."""

    kind: ClassVar[CheckKind] = CheckKind.BFD
    log_name: ClassVar[str] = "BFD_CHECK"

    async def probe(self, target: BfdTarget, deadline_ns: int) -> Verdict:
        raise ProbeNotRunError(f"the BFD process tells of session {target.session}, nobody asks")

    def up_line(self, target: BfdTarget, server: str, service: str) -> str:
        return f"BFD check of [{target.session}] RS({server}) is UP"

    def down_line(self, verdict: Verdict, server: str, service: str, retries: int) -> str:
        return (verdict.line or "BFD check of RS({server}) is DOWN").format(server=server, service=service)


def verdict_of(session: str, up: bool) -> Verdict:
    """What the state of a session says about the server."""
    if up:
        return Verdict(True)
    quoted = session.replace("{", "{{").replace("}", "}}")
    line = f"BFD check of [{quoted}] RS({{server}}) is DOWN"
    return Verdict(False, f"BFD session {session} is down", line=line)
