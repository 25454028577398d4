"""UDP_CHECK: a datagram provokes no ICMP error, and, where demanded, the right reply."""

from __future__ import annotations

import socket
from typing import ClassVar

from pykeepalived.checkers.port import Check
from pykeepalived.checkers.sockets import connect, open_socket, wait_ready
from pykeepalived.health.settings import CheckKind, UdpTarget
from pykeepalived.health.verdict import Verdict

DEFAULT_PAYLOAD = (b"keepalived check - " * 2)[:32]
"""Sent when the configuration prescribes nothing: keepalived's bytes, which a filter may know."""
_MAX_DATAGRAM = 65535


class UdpCheck(Check[UdpTarget]):
    """Sends one datagram.  Silence is good unless a reply is required: a server that is not there is told
    by ICMP port unreachable, and one that is there need not answer."""

    kind: ClassVar[CheckKind] = CheckKind.UDP
    log_name: ClassVar[str] = "UDP_CHECK"

    async def probe(self, target: UdpTarget, deadline_ns: int) -> Verdict:
        with open_socket(target.connection, socket.SOCK_DGRAM) as sock:
            try:
                await connect(sock, target.connection, deadline_ns)
                sock.send(target.payload or DEFAULT_PAYLOAD)
                await wait_ready(sock, deadline_ns)
                reply = sock.recv(_MAX_DATAGRAM)
            except TimeoutError:
                return _failure("failed", "no reply in time") if target.require_reply else Verdict(True)
            except OSError as problem:
                return _failure("failed", problem.strerror or str(problem))
        if target.require_reply and not reply_fits(reply, target):
            return Verdict(
                False,
                f"the reply of {len(reply)} bytes is not the wanted one",
                line="UDP check to {server} reply data mismatch.",
            )
        return Verdict(True)

    def up_line(self, target: UdpTarget, server: str, service: str) -> str:
        return f"UDP connection to {server} success."


def reply_fits(reply: bytes, target: UdpTarget) -> bool:
    """Length within the limits, content as far as both reach.

    The longest length counts only when a content is prescribed, as in keepalived.
    """
    if len(reply) < target.min_reply_length:
        return False
    if target.reply and len(reply) > target.max_reply_length:
        return False
    return all(
        (have ^ want) & mask == 0
        for have, want, mask in zip(reply, target.reply, target.reply_mask, strict=False)
    )


def _failure(words: str, reason: str) -> Verdict:
    return Verdict(False, reason, line=f"UDP connection to {{server}} {words}.")
