"""What a checker is told once: what to probe (targets) and when (schedule).  Values only, JSON-able.

A *target* is one probe's worth of instructions; an HTTP_GET with three urls has three targets, and its
checker goes through them one after the other.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.base.umask import DEFAULT_UMASK

IPAddress = IPv4Address | IPv6Address


class CheckKind(enum.StrEnum):
    """The configuration word of each kind of check."""

    TCP = "TCP_CHECK"
    HTTP = "HTTP_GET"
    SSL = "SSL_GET"
    SMTP = "SMTP_CHECK"
    DNS = "DNS_CHECK"
    MISC = "MISC_CHECK"
    UDP = "UDP_CHECK"
    PING = "PING_CHECK"
    FILE = "FILE_CHECK"
    BFD = "BFD_CHECK"


class HttpProtocol(enum.StrEnum):
    """``http_protocol``: the request version; 1.0C and 1.1 ask for ``Connection: close``."""

    HTTP_1_0 = "1.0"
    HTTP_1_0C = "1.0C"
    HTTP_1_1 = "1.1"


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a probe goes and what it leaves from.  Unset parts are the kernel's choice."""

    address: IPAddress
    port: int
    bind_address: IPAddress | None = None
    bind_port: int = 0
    bind_interface: str = ""
    fwmark: int = 0


@dataclass(frozen=True, slots=True)
class TcpTarget:
    """TCP_CHECK: the three-way handshake must complete."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class BodyPattern:
    """``regex`` of a url: where in the body it may begin, and whether finding it is good or bad.

    ``options`` are keepalived's names of PCRE2 options.  ``max_offset`` 0 means no limit; a match must begin
    at an offset in ``[min_offset, max_offset)``.
    """

    pattern: str
    wanted: bool = True
    options: tuple[str, ...] = ()
    min_offset: int = 0
    max_offset: int = 0


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """One url of HTTP_GET.

    ``host`` is the whole Host header.  ``accepted`` are inclusive ranges of status codes.  ``digest`` is the
    MD5 of the body as 32 lower-case hex digits.  ``phase_timeout_ns`` bounds each of connecting, waiting
    for the complete header and reading the body, because keepalived's connect_timeout applies to each step.
    """

    connection: Connection
    path: str
    host: str
    phase_timeout_ns: int
    protocol: HttpProtocol = HttpProtocol.HTTP_1_0
    accepted: tuple[tuple[int, int], ...] = ((200, 299),)
    digest: str = ""
    pattern: BodyPattern | None = None


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """Client side of SSL_GET.

    The server's certificate is not verified unless there is a ``ca_file``, as in keepalived.  Paths are PEM
    files; ``server_name`` is sent as SNI when not empty.  ``compliant``: a connection that ends without TLS
    close-notify is an error.
    """

    server_name: str = ""
    compliant: bool = False
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class SslTarget:
    """One url of SSL_GET."""

    http: HttpTarget
    tls: TlsOptions = TlsOptions()


@dataclass(frozen=True, slots=True)
class SmtpTarget:
    """SMTP_CHECK: greeting, HELO, QUIT, each answered with 2xx."""

    connection: Connection
    helo_name: str
    phase_timeout_ns: int


@dataclass(frozen=True, slots=True)
class DnsTarget:
    """DNS_CHECK: a query of ``record_type`` for ``name`` ('' or '.' is the root) must be answered."""

    connection: Connection
    record_type: str = "SOA"
    name: str = ""


@dataclass(frozen=True, slots=True)
class UdpTarget:
    """UDP_CHECK: no ICMP error, and when ``require_reply`` a datagram of the right length and content.

    ``reply`` and ``reply_mask`` have equal length: a byte of the answer matches when it equals ``reply``
    in the bits of ``reply_mask``.
    """

    connection: Connection
    payload: bytes = b""
    require_reply: bool = False
    reply: bytes = b""
    reply_mask: bytes = b""
    min_reply_length: int = 0
    max_reply_length: int = 255


@dataclass(frozen=True, slots=True)
class PingTarget:
    """PING_CHECK: an ICMP echo is answered.  The port of ``connection`` has no meaning here."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class MiscTarget:
    """MISC_CHECK: a program whose exit status 0 means good; with ``dynamic`` 2..255 mean weight 0..253.

    ``user``, ``group`` and ``groups`` are numbers, None is root; ``by_symlink`` is ``use_symlink_paths``.
    """

    argv: tuple[str, ...]
    dynamic: bool = False
    user: int | None = None
    group: int | None = None
    groups: tuple[int, ...] = ()
    by_symlink: bool = False
    umask: int = DEFAULT_UMASK


@dataclass(frozen=True, slots=True)
class FileTarget:
    """FILE_CHECK: the number in ``path`` times ``weight`` is added to ``base``, the server's weight.

    With ``weight`` 0 a number other than 0 means failure (``reverse``: 0 does).
    """

    path: str
    base: int
    weight: int = 1
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class BfdTarget:
    """BFD_CHECK: the session of ``bfd_instance NAME`` must be Up."""

    session: str


Target = (
    TcpTarget
    | HttpTarget
    | SslTarget
    | SmtpTarget
    | DnsTarget
    | UdpTarget
    | PingTarget
    | MiscTarget
    | FileTarget
    | BfdTarget
)


@dataclass(frozen=True, slots=True)
class CheckSchedule:
    """When a checker probes and how many failures it takes.  All durations in nanoseconds.

    ``retry`` is the number of further tries after a failed one, so ``retry + 1`` failures in a row bring
    a server down; the very first result after a start counts at once.  ``warmup_ns`` bounds the random delay
    before the first probe.  ``budget_ns`` is the longest that one probe may last.

    ``alpha``: the server counts as down until the first good result.  ``confirm_recovery`` (HTTP_GET and
    SSL_GET): after the failed url answers again, all urls are gone through once more before the server is
    up; ``fast_recovery`` leaves no pause between those probes.  ``from_start`` (MISC_CHECK): pauses count
    from the start of a probe, not from its end.

    ``listens`` (BFD_CHECK): nothing is probed; every change is told, and counts at once.
    """

    delay_loop_ns: int
    retry: int
    delay_before_retry_ns: int
    warmup_ns: int
    budget_ns: int
    alpha: bool = False
    log_all_failures: bool = False
    confirm_recovery: bool = False
    fast_recovery: bool = False
    from_start: bool = False
    listens: bool = False


@dataclass(frozen=True, slots=True)
class CheckerSettings:
    """One checker block of one real server."""

    kind: CheckKind
    targets: tuple[Target, ...]
    schedule: CheckSchedule


@dataclass(frozen=True, slots=True)
class ServerChecks:
    """All checks of one real server of one virtual server.

    ``service`` and ``server`` are keepalived's spelling of both; ``occurrence`` tells virtual servers of the
    same name apart (0 for the first).  ``address`` and ``port`` name the server within its service.
    ``weight`` is the configured weight, the base of checks that choose a weight.
    """

    service: str
    server: str
    address: IPAddress
    port: int
    weight: int
    checkers: tuple[CheckerSettings, ...]
    occurrence: int = 0

    @property
    def starts_down(self) -> bool:
        """Alpha mode: the server is out until each such check has succeeded once."""
        return any(checker.schedule.alpha for checker in self.checkers)
