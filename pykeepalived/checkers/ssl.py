"""SSL_GET: HTTP_GET over TLS."""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import time
from typing import ClassVar

from pykeepalived.checkers.exchange import failure, get, success_words
from pykeepalived.checkers.port import Check
from pykeepalived.checkers.sockets import TlsStream, connect, open_socket
from pykeepalived.health.settings import CheckKind, SslTarget, TlsOptions
from pykeepalived.health.verdict import ProbeNotRunError, Verdict


class SslCheck(Check[SslTarget]):
    """One GET on a new TLS connection.  The handshake shares the time of connecting."""

    kind: ClassVar[CheckKind] = CheckKind.SSL
    log_name: ClassVar[str] = "SSL_CHECK"

    async def probe(self, target: SslTarget, deadline_ns: int) -> Verdict:
        http = target.http
        context = _context(target.tls)
        with open_socket(http.connection, socket.SOCK_STREAM) as sock:
            connect_limit_ns = min(deadline_ns, time.monotonic_ns() + http.phase_timeout_ns)
            try:
                await connect(sock, http.connection, connect_limit_ns)
            except TimeoutError:
                return failure("Timeout connecting", "no connection in time")
            except OSError as problem:
                return failure("Connection failed", problem.strerror or str(problem))
            stream = _wrap(sock, context, target.tls)
            with contextlib.closing(stream):
                try:
                    await stream.handshake(connect_limit_ns)
                except TimeoutError:
                    return failure("Timeout connecting", "no TLS handshake in time")
                except OSError as problem:  # ssl.SSLError is one
                    words = "SSL handshake/communication error connecting to"
                    return failure(
                        words, getattr(problem, "reason", None) or problem.strerror or str(problem)
                    )
                return await get(stream, http, deadline_ns)

    def step_line(self, target: SslTarget, server: str, service: str) -> str:
        return f"{success_words(target.http)} success to {server} url({target.http.path})"

    def up_line(self, target: SslTarget, server: str, service: str) -> str:
        return f"Remote Web server {server} succeed on service."


def _wrap(sock: socket.socket, context: ssl.SSLContext, options: TlsOptions) -> TlsStream:
    try:
        return TlsStream(sock, context, options.server_name, ragged_end_is_end=not options.compliant)
    except ValueError as problem:
        raise ProbeNotRunError(f"sni_name {options.server_name!r} cannot be sent: {problem}") from problem


@functools.lru_cache(maxsize=256)
def _context(options: TlsOptions) -> ssl.SSLContext:
    """One context per distinct setting: making one costs more than a handshake.

    Without a CA the certificate is not looked at, as in keepalived: real servers often have one for another
    name, or none that is signed.  With one it must be signed by it.  Old protocol versions are allowed: a
    check asks whether the server works and not whether it is modern.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if hasattr(ssl, "OP_LEGACY_SERVER_CONNECT"):
        context.options |= ssl.OP_LEGACY_SERVER_CONNECT
    try:
        if options.ca_file:
            context.load_verify_locations(options.ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
        if options.certificate_file:
            context.load_cert_chain(
                options.certificate_file, options.key_file or None, options.password or None
            )
    except (OSError, ssl.SSLError) as problem:
        raise ProbeNotRunError(f"TLS credentials cannot be used: {problem}") from problem
    return context
