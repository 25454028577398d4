"""The checkers in ``keepalived_check.data``, in keepalived 2.4.3's words and order.  Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pykeepalived.base.units import NANOSECONDS_PER_MICROSECOND, NANOSECONDS_PER_SECOND
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.values import Weight
from pykeepalived.daemon.dump_global import Identify
from pykeepalived.health.settings import (
    BfdTarget,
    CheckerSettings,
    CheckKind,
    Connection,
    DnsTarget,
    FileTarget,
    HttpTarget,
    MiscTarget,
    ServerChecks,
    SmtpTarget,
    SslTarget,
    Target,
    UdpTarget,
)

UNSET_LONG, UNSET = 18446744073709551615, 4294967295
"""What keepalived shows of numbers that a BFD_CHECK never sets."""
_DEFAULT_RETRY_DELAY_S = {CheckKind.HTTP: 3, CheckKind.SSL: 3, CheckKind.DNS: 0}


def checker_sections(
    config: Config, checks: Sequence[ServerChecks], up: Mapping[tuple[str, str], bool], identify: Identify
) -> Iterator[str]:
    """Checkers, and the files and BFD sessions they follow."""
    if checks:
        yield "------< Health checkers >------"
        for one in checks:
            for checker in one.checkers:
                yield f" {one.service} -> {one.server}"
                yield from _checker(checker, up.get((one.service, one.server), False), config)
    yield from _files(config, checks)
    yield from _sessions(config, checks)


def _checker(checker: CheckerSettings, up: bool, config: Config) -> Iterator[str]:
    schedule, kind = checker.schedule, checker.kind
    yield "   Enabled = yes"
    yield f"   Up = {_yes(up)}"
    yield "   Has run = yes"
    yield "   Current weight = 0"
    if kind is not CheckKind.FILE:
        yield f"   Alpha = {_yes(schedule.alpha)}"
        if kind is CheckKind.BFD:
            yield f"   Delay loop = {UNSET_LONG} us"
            yield f"   Warmup = {UNSET_LONG} us"
            yield f"   Retries = {UNSET}"
            yield f"   Delay before retry = {UNSET_LONG} us"
            yield f"   Retries iterations = {UNSET}"
        else:
            yield f"   Delay loop = {_us(schedule.delay_loop_ns)} us"
            yield f"   Warmup = {_us(schedule.warmup_ns)} us"
            yield f"   Retries = {schedule.retry}"
            if schedule.retry:
                yield f"   Delay before retry = {_us(schedule.delay_before_retry_ns)} us"
                yield "   Retries iterations = 0"
        yield f"   Default delay before retry = {_DEFAULT_RETRY_DELAY_S.get(kind, 1) * 1_000_000} us"
    yield f"   Log all failures = {_yes(schedule.log_all_failures)}"
    first = checker.targets[0] if checker.targets else None
    connection = _connection(first)
    if connection is not None:
        yield "   Connection"
        yield f"     Dest = [{connection.address}]:{connection.port}"
        if connection.bind_address is not None:
            yield f"     Bind to = [{connection.bind_address}]:{connection.bind_port}"
        if connection.bind_interface:
            yield f"     Bind i/f = {connection.bind_interface}"
        if connection.fwmark:
            yield f"     Mark = {connection.fwmark}"
        yield f"     Timeout = {_timeout_ns(first, schedule.budget_ns) / NANOSECONDS_PER_SECOND:.6f}"
    yield from _method(checker, first, config)


def _method(checker: CheckerSettings, first: Target | None, config: Config) -> Iterator[str]:
    kind = checker.kind
    match first:
        case HttpTarget() | SslTarget():
            yield from _http(checker)
            return
        case _:
            yield f"   Keepalive method = {kind}"
    match first:
        case SmtpTarget(helo_name=helo):
            yield f"   helo = {helo}"
        case MiscTarget(argv=argv, dynamic=dynamic, user=user, group=group):
            yield _script_line(argv)
            yield f"   timeout = {checker.schedule.budget_ns // NANOSECONDS_PER_SECOND}"
            yield f"   dynamic = {'YES' if dynamic else 'NO'}"
            yield f"   uid:gid = {user or 0}:{group or 0}"
        case FileTarget(path=path):
            names = [block.name for block in config.track_files if block.file == path]
            yield f"     Tracked file = {names[0] if names else path}"
            yield "     Reloaded = No"
        case BfdTarget(session=session):
            yield f"   Name = {session}"
            yield f"   Alpha is {'ON' if checker.schedule.alpha else 'OFF'}"
        case DnsTarget(record_type=record_type, name=name):
            yield f"   Type = {record_type}"
            yield f"   Name = {name or '.'}"
        case UdpTarget() as udp:
            yield f"   Payload len = {len(udp.payload)}" if udp.payload else "   Payload specified = no"
            yield f"   Require reply = {_yes(udp.require_reply)}"
            if udp.require_reply:
                yield f"     Min reply length = {udp.min_reply_length}"
                yield f"     Max reply length = {udp.max_reply_length}"
                yield f"     Reply data len = {len(udp.reply)}"
                if udp.reply:
                    yield f"     Reply data mask = {_yes(any(byte != 0xFF for byte in udp.reply_mask))}"
        case _:
            pass


def _script_line(argv: Sequence[str]) -> str:
    words = " ".join(f"'{word}'" for word in argv)
    return f"   script = {words}"


def _http(checker: CheckerSettings) -> Iterator[str]:
    targets = [one.http if isinstance(one, SslTarget) else one for one in checker.targets]
    urls = [one for one in targets if isinstance(one, HttpTarget)]
    tls = [one.tls for one in checker.targets if isinstance(one, SslTarget)]
    kind = "SSL" if tls else "HTTP"
    sni = tls[0].server_name if tls else ""
    yield f"   Keepalive method = {kind}_GET, http protocol {urls[0].protocol if urls else '1.0'}"
    yield f"   Enable SNI {'' if sni else 'un'}set"
    if sni:
        yield f"     SNI name = {sni}"
    yield f"   Fast recovery {'' if checker.schedule.fast_recovery else 'un'}set"
    compliant = [one.compliant for one in tls] or [False] * len(urls)
    if tls:
        yield f"   tls_compliant {'' if all(compliant) else 'un'}set"
    for url, is_compliant in zip(urls, compliant, strict=True):
        yield f"   Checked url = {url.path}"
        if url.digest:
            yield f"     digest = {url.digest}"
        yield f"     tls_compliant {'' if is_compliant else 'un'}set"
        if url.accepted:
            yield "     HTTP Status Code(s)"
            for low, high in url.accepted:
                yield f"       {low}" if low == high else f"       {low}-{high}"
        if url.pattern is not None:
            yield f'     Regex = "{url.pattern.pattern}"'
            if not url.pattern.wanted:
                yield "     Regex no match"


def _files(config: Config, checks: Sequence[ServerChecks]) -> Iterator[str]:
    rows: list[str] = []
    for block in config.track_files:
        users = [
            f"     {one.service} -> {one.server}, weight {_weight(target)}"
            for one in checks
            for checker in one.checkers
            for target in checker.targets
            if isinstance(target, FileTarget) and target.path == block.file
        ]
        if users:
            weight = block.weight or Weight(1)
            rows += [
                f" Track file = {block.name}",
                f"   File = {block.file}",
                "   Status = 0",
                f"   Weight = {weight.value}{' reverse' if weight.reverse else ''}",
                "   Tracking instances :",
                *users,
            ]
    if rows:
        yield "------< Checker track files >------"
        yield from rows


def _weight(target: FileTarget) -> str:
    return f"{target.weight}{' reverse' if target.reverse else ''}"


def _sessions(config: Config, checks: Sequence[ServerChecks]) -> Iterator[str]:
    rows: list[str] = []
    for block in config.bfd_instances:
        users = [
            f"   {one.server}"
            for one in checks
            for checker in one.checkers
            for target in checker.targets
            if isinstance(target, BfdTarget) and target.session == block.name
        ]
        if users:
            rows += [f" Checker Track BFD = {block.name}", "   Tracking RS :", *users]
    if rows:
        yield "------< Checker track BFDs >------"
        yield from rows


def _connection(target: Target | None) -> Connection | None:
    if isinstance(target, SslTarget):
        return target.http.connection
    if target is None or isinstance(target, MiscTarget | FileTarget | BfdTarget):
        return None
    return target.connection


def _timeout_ns(target: Target | None, budget_ns: int) -> int:
    """connect_timeout: of checks with phases it bounds each phase."""
    if isinstance(target, SslTarget):
        return target.http.phase_timeout_ns
    if isinstance(target, HttpTarget | SmtpTarget):
        return target.phase_timeout_ns
    return budget_ns


def _us(duration_ns: int) -> int:
    return duration_ns // NANOSECONDS_PER_MICROSECOND


def _yes(value: bool) -> str:
    return "yes" if value else "no"
