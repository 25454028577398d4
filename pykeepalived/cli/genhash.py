"""``pykeepalived genhash``: the MD5 digest of a page, for ``digest`` of HTTP_GET and SSL_GET.

Takes the options of keepalived's genhash.  The page is asked for and read as the check does it.  A body that
comes in chunks gives the digest over the chunk framing as well, which is what keepalived compares with; our
check accepts either.  Unlike keepalived's, it ends with 1 when there is no page to take a digest of.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import ssl
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from pykeepalived.checkers.body import BodyJudge
from pykeepalived.checkers.exchange import MAX_BODY_BYTES, READ_BYTES, request_of
from pykeepalived.checkers.http_reader import AnswerReader, BadAnswerError
from pykeepalived.checkers.sockets import Stream, TlsStream, connect, open_socket
from pykeepalived.health.settings import Connection, HttpProtocol, HttpTarget

HELP = "the MD5 digest of a page, for digest of HTTP_GET and SSL_GET"
EXIT_FAILED = 1
DEFAULT_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its status, the bytes of its body without framing, the digest keepalived takes of it."""

    status: int
    length: int
    digest: str


async def fetch(target: HttpTarget, deadline_ns: int, *, tls: bool, server_name: str = "") -> Page:
    """Get a page.  Raises OSError (also TimeoutError, ssl.SSLError) or BadAnswerError."""
    with contextlib.ExitStack() as held:
        sock = held.enter_context(open_socket(target.connection, socket.SOCK_STREAM))
        await connect(sock, target.connection, deadline_ns)
        stream = Stream(sock)
        if tls:
            stream = secured = TlsStream(sock, _any_certificate(), server_name, ragged_end_is_end=True)
            held.enter_context(contextlib.closing(secured))
            await secured.handshake(deadline_ns)
        await stream.send(request_of(target), deadline_ns)
        return await _read(stream, deadline_ns)


async def _read(stream: Stream, deadline_ns: int) -> Page:
    reader = AnswerReader()
    judge = BodyJudge(digest=True, pattern=None)
    while not reader.complete:
        in_header = reader.status is None
        data = await stream.receive(READ_BYTES, deadline_ns)
        if not data:
            reader.end()
            break
        body = reader.feed(data)
        if reader.chunked:
            body = data[len(data) - reader.tail :] if in_header else data
        judge.feed(body)
        if reader.received > MAX_BODY_BYTES:
            raise BadAnswerError(f"a body of more than {MAX_BODY_BYTES >> 20} MiB")
    if reader.status is None:
        raise BadAnswerError("no header")
    if not reader.complete and (reader.chunked or reader.content_length is not None):
        raise BadAnswerError(f"the connection ended within the body, after {reader.received} bytes")
    return Page(reader.status, reader.received, judge.digest())


def run(argv: Sequence[str]) -> int:
    """Print the digest of a page; 0, or 1 when there was none."""
    options = _parser().parse_args(argv)
    port = options.port if options.port is not None else 443 if options.use_ssl else 80
    host = options.use_virtualhost
    if host is None:
        host = f"[{options.server}]" if options.server.version == 6 else str(options.server)
        host = f"{host}:{port}"
    timeout_ns = int(options.timeout * 10**9)
    connection = Connection(options.server, port, fwmark=options.fwmark)
    target = HttpTarget(connection, options.url, host, timeout_ns, options.protocol)
    name = (options.use_virtualhost or "") if options.use_sni else ""
    where = f"{options.server} port {port}"
    try:
        page = asyncio.run(
            fetch(target, time.monotonic_ns() + timeout_ns, tls=options.use_ssl, server_name=name)
        )
    except TimeoutError:
        return _failed(f"{where} gave no complete answer within {options.timeout:g} s")
    except BadAnswerError as problem:
        return _failed(f"{where}: {problem}")
    except (OSError, ValueError) as problem:
        return _failed(f"{where}: {getattr(problem, 'strerror', None) or problem}")
    if options.verbose or not 200 <= page.status < 300:
        print(f"{where} {options.url}: status {page.status}, {page.length} bytes", file=sys.stderr)
    print(page.digest)
    return 0


def _failed(text: str) -> int:
    print(f"pykeepalived genhash: {text}", file=sys.stderr)
    return EXIT_FAILED


def _any_certificate() -> ssl.SSLContext:
    """As SSL_GET without a CA: whoever answers is asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _protocol(text: str) -> HttpProtocol:
    try:
        return HttpProtocol(text.upper())
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is none of 1.0, 1.0c, 1.1") from None


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port from 1 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds above 0 and up to 3600")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pykeepalived genhash", description=HELP[:1].upper() + HELP[1:])
    add = parser.add_argument
    add("-s", "--server", required=True, type=ip_address, help="address of the server")
    add("-p", "--port", type=_port, help="its port; 80, or 443 with -S")
    add("-u", "--url", required=True, help="path of the page, such as /index.html")
    add("-S", "--use-ssl", action="store_true", help="over TLS; any certificate will do")
    add("-I", "--use-sni", action="store_true", help="send the name of -V as SNI")
    add("-V", "--use-virtualhost", metavar="NAME", help="Host header; the server's address and port without")
    add("-P", "--protocol", type=_protocol, default=HttpProtocol.HTTP_1_0, help="1.0, 1.0c or 1.1")
    add("-m", "--fwmark", type=int, default=0, help="mark of the packets")
    add("-t", "--timeout", type=_seconds, default=DEFAULT_TIMEOUT_S, help="seconds for all of it; 5")
    add("-v", "--verbose", action="store_true", help="tell status and length, too")
    return parser
