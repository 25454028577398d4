"""The lab's server: says who it is, over TCP and UDP, and satisfies health checks of the usual kinds.

One process per machine. Speaks plain HTTP on every port; on a TLS port also TLS (told apart by the first
byte), on an SMTP port it greets first, on a DNS port it answers questions with an empty answer.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

TLS_HANDSHAKE, HANDSHAKE_TIMEOUT_S = 0x16, 3.0
GREETING, AGREED, CLOSING = b"220 lab ready\r\n", b"250 lab\r\n", b"221 lab closing\r\n"
# Flags of a DNS message: this is an answer, recursion wanted and available, no error.
DNS_ANSWER = b"\x81\x80"
QUESTION_FOR_A_NAME = b"WHO"


class Answerer:
    """``ports``: (protocol, port, speaks). ``statuses``: paths that get another HTTP status than 200."""

    def __init__(self, name: str, ports: Sequence[tuple[str, int, str]], statuses: dict[str, int]) -> None:
        self._name = name
        self._statuses = statuses
        self._selector = selectors.DefaultSelector()
        self._tls: ssl.SSLContext | None = None
        if any(speaks == "tls" for _, _, speaks in ports):
            self._tls = _self_signed()
        for protocol, port, speaks in ports:
            self._open(protocol, port, speaks)

    def _open(self, protocol: str, port: int, speaks: str) -> None:
        if protocol == "udp":
            listening = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            # The reply must come from the address that was asked: the VIP, not the card's own.
            for level, option in ((socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO), (socket.IPPROTO_IP, 8)):
                with contextlib.suppress(OSError):
                    listening.setsockopt(level, option, 1)
            listening.bind(("::", port))
            listening.setblocking(False)
            self._selector.register(listening, selectors.EVENT_READ, self._datagram)
            return
        listening = socket.create_server(
            ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=256, reuse_port=False
        )
        listening.setblocking(False)
        self._selector.register(listening, selectors.EVENT_READ, lambda s: self._accept(s, speaks))

    def step(self, patience_s: float | None = None) -> None:
        for key, _ in self._selector.select(patience_s):
            key.data(key.fileobj)

    # ------------------------------------------------------------------ TCP

    def _accept(self, listening: socket.socket, speaks: str) -> None:
        with contextlib.suppress(OSError):
            connection, address = listening.accept()
            connection.setblocking(False)
            peer = address[0].removeprefix("::ffff:")
            if speaks == "smtp":
                connection.sendall(GREETING)
            self._selector.register(
                connection, selectors.EVENT_READ, lambda c: self._request(c, peer, speaks)
            )

    def _request(self, connection: socket.socket, peer: str, speaks: str) -> None:
        self._selector.unregister(connection)
        try:
            if speaks == "tls" and connection.recv(1, socket.MSG_PEEK)[:1] == bytes([TLS_HANDSHAKE]):
                # A handshake has several rounds; its own thread keeps them off everybody else.
                threading.Thread(target=self._over_tls, args=(connection, peer), daemon=True).start()
                return
            asked = connection.recv(4096)
            if speaks == "smtp" and asked[:4].upper() in (b"HELO", b"EHLO"):
                connection.sendall(AGREED)
                self._selector.register(
                    connection, selectors.EVENT_READ, lambda c: self._request(c, peer, speaks)
                )
                return
            if asked[:4].upper() == b"QUIT":
                connection.sendall(CLOSING)
            elif asked:
                connection.sendall(self._page(asked, peer))
        except OSError:
            pass  # who asked has gone: its affair, and the client notes it
        connection.close()

    def _over_tls(self, connection: socket.socket, peer: str) -> None:
        assert self._tls is not None
        connection.settimeout(HANDSHAKE_TIMEOUT_S)
        with (
            connection,
            contextlib.suppress(OSError),
            self._tls.wrap_socket(connection, server_side=True) as secure,
        ):
            if asked := secure.recv(4096):
                secure.sendall(self._page(asked, peer))

    def _page(self, asked: bytes, peer: str) -> bytes:
        words = asked.split(b" ", 2)
        path = words[1].decode(errors="replace") if len(words) > 1 else "/"
        body = f"{self._name} {peer}\n".encode()
        status = self._statuses.get(path, 200)
        head = f"HTTP/1.1 {status} Lab\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        return head.encode() + body

    # ------------------------------------------------------------------ UDP

    def _datagram(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            asked, extra, _, sender = listening.recvmsg(4096, 256)
            peer = sender[0].removeprefix("::ffff:")
            if asked.startswith(QUESTION_FOR_A_NAME) or len(asked) < 12:
                answer = f"{self._name} {peer}\n".encode()
            else:
                answer = asked[:2] + DNS_ANSWER + asked[4:]
            own = [item for item in extra if item[1] == socket.IPV6_PKTINFO]
            listening.sendmsg([answer], own, 0, sender)


def answer_for_ever(name: str, words: Sequence[str]) -> None:
    """``tcp/80/http`` opens a port (that one, when there is no other); ``/path=404`` sets a status."""
    ports = [word.split("/") for word in words if not word.startswith("/")] or [["tcp", "80", "http"]]
    statuses = dict(word.rsplit("=", 1) for word in words if word.startswith("/"))
    answerer = Answerer(
        name,
        [(protocol, int(port), speaks) for protocol, port, speaks in ports],
        {path: int(status) for path, status in statuses.items()},
    )
    while True:
        answerer.step()


def _self_signed() -> ssl.SSLContext:
    """A certificate of this minute; raises OSError when the host has no openssl to make one."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", key, "-out", certificate, "-days", "30", "-subj", "/CN=lab"],
            check=True, capture_output=True,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    return context
