"""TCP_CHECK: the server completes the three-way handshake."""

from __future__ import annotations

import socket
from typing import ClassVar

from pykeepalived.checkers.port import Check
from pykeepalived.checkers.sockets import connect, open_socket
from pykeepalived.health.settings import CheckKind, TcpTarget
from pykeepalived.health.verdict import Verdict

_GOOD = Verdict(True)


class TcpCheck(Check[TcpTarget]):
    """Connects and closes at once, without sending a byte."""

    kind: ClassVar[CheckKind] = CheckKind.TCP
    log_name: ClassVar[str] = "TCP_CHECK"

    async def probe(self, target: TcpTarget, deadline_ns: int) -> Verdict:
        with open_socket(target.connection, socket.SOCK_STREAM) as sock:
            try:
                await connect(sock, target.connection, deadline_ns)
            except TimeoutError:
                return Verdict(False, "no answer in time", line="TCP connection to {server} timeout.")
            except OSError as problem:
                reason = problem.strerror or str(problem)
                return Verdict(False, reason, line="TCP connection to {server} failed.")
        return _GOOD

    def up_line(self, target: TcpTarget, server: str, service: str) -> str:
        return f"TCP connection to {server} success."
