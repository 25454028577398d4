"""Configuration -> what the checker process is told: pools, and the checks of their servers.

A loaded configuration has inherited and default values filled in (:mod:`pykeepalived.config.resolving`), so
here nothing is looked up twice.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from pykeepalived.base.umask import DEFAULT_UMASK
from pykeepalived.base.units import NANOSECONDS_PER_SECOND, seconds_to_ns
from pykeepalived.config.blocks.bfd_check import BfdCheck
from pykeepalived.config.blocks.checker import Checker, Connecting, Retrying
from pykeepalived.config.blocks.dns_check import DnsCheck
from pykeepalived.config.blocks.file_check import FileCheck
from pykeepalived.config.blocks.http_get import HttpGet, SslGet, SslUrl, Url
from pykeepalived.config.blocks.misc_check import MiscCheck
from pykeepalived.config.blocks.ping_check import PingCheck
from pykeepalived.config.blocks.smtp_check import SmtpCheck
from pykeepalived.config.blocks.tcp_check import TcpCheck
from pykeepalived.config.blocks.udp_check import UdpCheck
from pykeepalived.health.pattern import compile_pattern
from pykeepalived.health.settings import (
    BfdTarget,
    BodyPattern,
    CheckerSettings,
    CheckKind,
    CheckSchedule,
    Connection,
    DnsTarget,
    FileTarget,
    HttpProtocol,
    HttpTarget,
    IPAddress,
    MiscTarget,
    PingTarget,
    ServerChecks,
    SmtpTarget,
    SslTarget,
    Target,
    TcpTarget,
    TlsOptions,
    UdpTarget,
)
from pykeepalived.lvs.settings import PoolSettings
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.kept import Kept
from pykeepalived.plan.lvs import LvsPlan, PlannedPool, ipvs_timeouts, plan_lvs
from pykeepalived.plan.lvs_support import (
    checker_process,
    plan_support,
)

if TYPE_CHECKING:
    from pykeepalived.config.blocks.real_server import RealServer
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.virtual_server import VirtualServer
    from pykeepalived.config.values import Account

T = TypeVar("T")

Identity = tuple[int, int, tuple[int, ...]]
"""uid, gid, supplementary groups."""

AccountResolver = Callable[["Account | None"], "Identity | None"]
"""Whom a MISC_CHECK runs as (None: script_user); None for an account that this host does not know."""

DEFAULT_HELO = "smtpchecker.keepalived.org"
_HTTP_PHASES = 3
"""Connecting (with TLS handshake), header, body."""
_SMTP_PHASES = 4
"""Connecting, greeting, HELO, QUIT."""
_FILE_CHECK_LOOP_S = 10.0
"""The kernel tells of changes at once, but not on network file systems: those are read this often."""


@dataclass(frozen=True, slots=True)
class PlannedChecks:
    """What one pool was planned to: ``planned`` without its checks, ``pool`` with what follows from them.

    ``accounts`` is whom its MISC_CHECKs run as, as it was looked up.
    """

    planned: PoolSettings
    pool: PoolSettings
    checks: tuple[ServerChecks, ...]
    accounts: tuple[tuple[Account | None, Identity | None], ...]


def plan_checks(
    config: Config,
    accounts: AccountResolver,
    lvs: LvsPlan | None = None,
    kept: Kept[PlannedChecks] | None = None,
) -> CheckerPlan:
    """The plan of the checker process; ``lvs`` is that of the same configuration, if it is there already.

    ``kept`` are the checks of the configuration before, and gets those of this one.
    """
    if lvs is None:
        lvs = plan_lvs(config)
    if kept is None:
        kept = Kept()
    notes = list(lvs.notes)
    pools: list[PoolSettings] = []
    checks: list[ServerChecks] = []
    for planned in lvs.pools:
        found = kept.of(planned.virtual_server)
        if found is None or not _still(found, planned.settings, accounts):
            noted = len(notes)
            found = _planned_checks(config, planned, accounts, notes)
            if len(notes) == noted:
                kept.keep(planned.virtual_server, found)
        else:
            kept.keep(planned.virtual_server, found)
        pools.append(found.pool)
        checks.extend(found.checks)
    support, more = plan_support(config, lvs)
    return CheckerPlan(
        pools=tuple(pools),
        checks=tuple(checks),
        timeouts=ipvs_timeouts(config),
        flush_at_start=bool(config.global_defs.lvs_flush),
        flush_at_stop=config.global_defs.lvs_flush_on_stop == "all",
        notes=(*notes, *more),
        support=support,
        process=checker_process(config),
    )


def _still(found: PlannedChecks, planned: PoolSettings, accounts: AccountResolver) -> bool:
    """Whether the plan of an unchanged block holds."""
    return found.planned is planned and all(accounts(one) == who for one, who in found.accounts)


def _planned_checks(
    config: Config, planned: PlannedPool, accounts: AccountResolver, notes: list[str]
) -> PlannedChecks:
    asked: dict[Account | None, Identity | None] = {}

    def ask(account: Account | None) -> Identity | None:
        asked[account] = accounts(account)
        return asked[account]

    checks = _pool_checks(config, planned, ask, notes)
    pool = _started(planned.settings, [one.starts_down for one in checks])
    return PlannedChecks(planned.settings, pool, tuple(checks), tuple(asked.items()))


def _started(pool: PoolSettings, down: list[bool]) -> PoolSettings:
    """The pool with ``starts_down`` of its servers as their checks have it; mostly it is so already."""
    if [server.starts_down for server in pool.servers] == down:
        return pool
    servers = [replace(server, starts_down=now) for server, now in zip(pool.servers, down, strict=True)]
    return replace(pool, servers=tuple(servers))


def _pool_checks(
    config: Config, planned: PlannedPool, accounts: AccountResolver, notes: list[str]
) -> list[ServerChecks]:
    settings = planned.settings
    blocks = dict(planned.servers)
    found: list[ServerChecks] = []
    for server in settings.servers:
        real = blocks[server.key]
        draft = _Draft(config, planned.virtual_server, real, accounts, notes)
        checkers: list[CheckerSettings] = []
        for block in real.checkers:
            try:
                checkers.append(draft.checker(block))
            except _LeftOutError as reason:
                notes.append(
                    f"{block.schema.name} on service {server.label} of VS {settings.label} ignored: {reason}"
                )
        found.append(
            ServerChecks(
                service=settings.label,
                server=server.label,
                address=server.key.address,
                port=server.key.port,
                weight=server.destination.weight,
                checkers=tuple(checkers),
                occurrence=settings.occurrence,
            )
        )
    return found


class _LeftOutError(Exception):
    """A checker that cannot be run; the message says why."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """The checkers of one real_server on their way to settings."""

    config: Config
    service: VirtualServer
    server: RealServer
    accounts: AccountResolver
    notes: list[str]

    def checker(self, block: Checker) -> CheckerSettings:
        """Raises _LeftOutError."""
        match block:
            case TcpCheck():
                return self._settings(CheckKind.TCP, block, TcpTarget(self._connection(block)))
            case SslGet():
                return self._web(CheckKind.SSL, block)
            case HttpGet():
                return self._web(CheckKind.HTTP, block)
            case SmtpCheck():
                return self._smtp(block)
            case DnsCheck():
                target = DnsTarget(self._connection(block), block.type or "SOA", block.name or "")
                return self._settings(CheckKind.DNS, block, target)
            case UdpCheck():
                return self._settings(CheckKind.UDP, block, self._udp(block))
            case PingCheck():
                return self._settings(CheckKind.PING, block, PingTarget(self._connection(block)))
            case MiscCheck():
                return self._misc(block)
            case FileCheck():
                return self._file(block)
            case BfdCheck():
                return self._bfd(block)
            case _:
                raise _LeftOutError(f"{type(block).__name__} is not yet acted on")

    # ------------------------------------------------------------ schedule

    def _settings(
        self, kind: CheckKind, block: Retrying, *targets: Target, budget_ns: int | None = None
    ) -> CheckerSettings:
        schedule = CheckSchedule(
            delay_loop_ns=seconds_to_ns(_resolved(block.delay_loop)),
            retry=_resolved(block.retry),
            delay_before_retry_ns=seconds_to_ns(_resolved(block.delay_before_retry)),
            warmup_ns=seconds_to_ns(_resolved(block.warmup)),
            budget_ns=self._timeout_ns(block) if budget_ns is None else budget_ns,
            alpha=_resolved(block.alpha),
            log_all_failures=_resolved(block.log_all_failures),
            confirm_recovery=isinstance(block, HttpGet),
            fast_recovery=isinstance(block, HttpGet) and block.fast_recovery,
            from_start=kind is CheckKind.MISC,
        )
        return CheckerSettings(kind, targets, schedule)

    def _timeout_ns(self, block: Checker) -> int:
        timeout = block.connect_timeout if isinstance(block, Connecting) else self.service.connect_timeout
        return seconds_to_ns(_resolved(timeout))

    def _connection(self, block: Connecting) -> Connection:
        address = block.connect_ip or self.server.address
        source = block.bindto
        if source is not None and source.version != address.version:
            raise _LeftOutError(f"bindto {source} and {address} are of different families")
        return Connection(
            address=address,
            port=block.connect_port or 0,
            bind_address=source,
            bind_port=block.bind_port or 0,
            bind_interface=block.bind_if or "",
            fwmark=block.fwmark,
        )

    # ------------------------------------------------------------ kinds

    def _web(self, kind: CheckKind, block: HttpGet) -> CheckerSettings:
        connection = self._connection(block)
        timeout_ns = self._timeout_ns(block)
        targets: list[Target] = []
        for url in block.urls:
            if url.path is None:
                continue
            target = self._url(block, url, connection, timeout_ns)
            targets.append(SslTarget(target, self._tls(block, url)) if isinstance(block, SslGet) else target)
        if not targets:
            raise _LeftOutError("it has no url with a path")
        return self._settings(kind, block, *targets, budget_ns=_HTTP_PHASES * timeout_ns)

    def _url(self, block: HttpGet, url: Url, connection: Connection, timeout_ns: int) -> HttpTarget:
        host = url.virtualhost or block.virtualhost
        return HttpTarget(
            connection=connection,
            path=url.path or "/",
            host=host or _host_of(connection.address, connection.port),
            phase_timeout_ns=timeout_ns,
            protocol=HttpProtocol(block.http_protocol or "1.0"),
            accepted=url.status_code or ((200, 299),),
            digest=(url.digest or "").lower(),
            pattern=_pattern(url, self.notes),
        )

    def _tls(self, block: SslGet, url: Url) -> TlsOptions:
        credentials = self.config.ssl
        name = ""
        if block.enable_sni or block.sni_name is not None:
            name = block.sni_name or url.virtualhost or block.virtualhost or ""
        own = url.tls_compliant if isinstance(url, SslUrl) else None
        compliant = bool(own) or block.tls_compliant
        if credentials is None:
            return TlsOptions(server_name=_sni(name), compliant=compliant)
        return TlsOptions(
            server_name=_sni(name),
            compliant=compliant,
            ca_file=credentials.ca or "",
            certificate_file=credentials.certificate or "",
            key_file=credentials.key or "",
            password=credentials.password or "",
        )

    def _smtp(self, block: SmtpCheck) -> CheckerSettings:
        target = SmtpTarget(
            connection=self._connection(block),
            helo_name=block.helo_name or DEFAULT_HELO,
            phase_timeout_ns=self._timeout_ns(block),
        )
        budget_ns = _SMTP_PHASES * target.phase_timeout_ns
        return self._settings(CheckKind.SMTP, block, target, budget_ns=budget_ns)

    def _udp(self, block: UdpCheck) -> UdpTarget:
        wanted = block.require_reply
        return UdpTarget(
            connection=self._connection(block),
            payload=block.payload or b"",
            require_reply=wanted is not None,
            reply=wanted.value if wanted else b"",
            reply_mask=wanted.mask if wanted else b"",
            min_reply_length=block.min_reply_length,
            max_reply_length=block.max_reply_length,
        )

    def _misc(self, block: MiscCheck) -> CheckerSettings:
        if block.misc_path is None:
            raise _LeftOutError("it has no misc_path")
        account = block.user or block.misc_path.account
        identity = self.accounts(account)
        if identity is None:
            raise _LeftOutError(f"user {account.user if account else 'script_user'} is not known here")
        uid, gid, groups = identity
        process = self.config.global_defs
        umask = process.umask if process.umask is not None else DEFAULT_UMASK
        target = MiscTarget(
            block.misc_path.argv, block.misc_dynamic, uid, gid, groups, process.use_symlink_paths, umask
        )
        # The delay_loop of the virtual_server, not of the checker: keepalived's default.
        budget_ns = seconds_to_ns(block.misc_timeout or self.service.delay_loop)
        return self._settings(CheckKind.MISC, block, target, budget_ns=budget_ns)

    def _bfd(self, block: BfdCheck) -> CheckerSettings:
        """It listens: there is nothing to repeat, wait for or give a time limit."""
        if not any(one.name == block.name for one in self.config.bfd_instances):
            raise _LeftOutError(f"bfd_instance {block.name} is not defined")
        alpha = _resolved(block.alpha if block.alpha is not None else self.server.alpha)
        schedule = CheckSchedule(
            delay_loop_ns=0,
            retry=0,
            delay_before_retry_ns=0,
            warmup_ns=0,
            budget_ns=0,
            alpha=alpha,
            listens=True,
        )
        return CheckerSettings(CheckKind.BFD, (BfdTarget(block.name or ""),), schedule)

    def _file(self, block: FileCheck) -> CheckerSettings:
        tracked = next((one for one in self.config.track_files if one.name == block.track_file), None)
        if tracked is None or tracked.file is None:
            raise _LeftOutError(f"track_file {block.track_file} is not defined")
        weight = block.weight or tracked.weight
        schedule = CheckSchedule(
            delay_loop_ns=seconds_to_ns(_FILE_CHECK_LOOP_S),
            retry=0,
            delay_before_retry_ns=0,
            warmup_ns=0,
            budget_ns=NANOSECONDS_PER_SECOND,
            alpha=_resolved(self.server.alpha),
        )
        target = FileTarget(
            path=tracked.file,
            base=_resolved(self.server.weight),
            weight=weight.value if weight is not None else 1,
            reverse=weight.reverse if weight is not None else False,
        )
        return CheckerSettings(CheckKind.FILE, (target,), schedule)


def _resolved(value: T | None) -> T:
    """A value that loading a configuration always fills in."""
    if value is None:
        raise ValueError("the configuration was not resolved")
    return value


def _host_of(address: IPAddress, port: int) -> str:
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _sni(host: str) -> str:
    """A host name for SNI: without port, and never an address (RFC 6066, section 3)."""
    name = re.sub(r":\d+$", "", host)
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name
    return ""


def _pattern(url: Url, notes: list[str]) -> BodyPattern | None:
    """A pattern that cannot be used is said and left out, as in keepalived."""
    if url.regex is None:
        return None
    try:
        compile_pattern(url.regex, url.regex_options or ())
    except re.error as problem:
        notes.append(f"regex {url.regex!r} of url {url.path} is not used: {problem}")
        return None
    return BodyPattern(
        pattern=url.regex,
        wanted=not url.regex_no_match,
        options=url.regex_options or (),
        min_offset=url.regex_min_offset,
        max_offset=url.regex_max_offset or 0,
    )
