"""HTTP_GET: a page answers with an accepted status, and the right body when one is asked for."""

from __future__ import annotations

import socket
import time
from typing import ClassVar

from pykeepalived.checkers.exchange import failure, get, success_words
from pykeepalived.checkers.port import Check
from pykeepalived.checkers.sockets import Stream, connect, open_socket
from pykeepalived.health.settings import CheckKind, HttpTarget
from pykeepalived.health.verdict import Verdict


class HttpCheck(Check[HttpTarget]):
    """One GET on a new connection."""

    kind: ClassVar[CheckKind] = CheckKind.HTTP
    log_name: ClassVar[str] = "HTTP_CHECK"

    async def probe(self, target: HttpTarget, deadline_ns: int) -> Verdict:
        with open_socket(target.connection, socket.SOCK_STREAM) as sock:
            connect_limit_ns = min(deadline_ns, time.monotonic_ns() + target.phase_timeout_ns)
            try:
                await connect(sock, target.connection, connect_limit_ns)
            except TimeoutError:
                return failure("Timeout connecting", "no connection in time")
            except OSError as problem:
                return failure("Connection failed", problem.strerror or str(problem))
            return await get(Stream(sock), target, deadline_ns)

    def step_line(self, target: HttpTarget, server: str, service: str) -> str:
        return f"{success_words(target)} success to {server} url({target.path})"

    def up_line(self, target: HttpTarget, server: str, service: str) -> str:
        return f"Remote Web server {server} succeed on service."
