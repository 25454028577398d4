"""``keepalived_check.data``: virtual servers and checkers, in keepalived 2.4.3's words and order.  Pure.

A server is what the checker process says of it; of its checkers the file says the same, as only the verdict
about the server leaves that process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pykeepalived.config.blocks.bfd_check import BfdCheck
from pykeepalived.config.blocks.file_check import FileCheck
from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.config.values import Forwarding, Script, ServiceGroupEntry
from pykeepalived.daemon.dump_checkers import checker_sections
from pykeepalived.daemon.dump_global import Identify, quoted
from pykeepalived.health.settings import ServerChecks
from pykeepalived.ipc.details import ServerReport, ServiceReport
from pykeepalived.lvs.settings import ServerSettings
from pykeepalived.plan.lvs import LvsPlan, PlannedPool

IPVS_VERSION = "1.2.1"
"""Of the kernel's interface, which has not changed since Linux 2.6."""
_PROTOCOLS = {"TCP": "tcp", "UDP": "udp", "SCTP": "sctp"}


@dataclass(frozen=True, slots=True)
class ServicesState:
    """What the file is made from; ``reports`` come from the checker process."""

    plan: LvsPlan
    checks: Sequence[ServerChecks] = ()
    reports: Sequence[ServiceReport] = ()


def service_lines(state: ServicesState, config: Config, identify: Identify) -> Iterator[str]:
    """Everything after the global part."""
    yield "------< SSL definitions >------"
    ssl = config.ssl
    rows = [] if ssl is None else [
        ("Password", ssl.password), ("CA-file", ssl.ca),
        ("Certificate file", ssl.certificate), ("Key file", ssl.key),
    ]  # fmt: skip
    if any(value for _, value in rows):
        yield from (f" {name} : {value}" for name, value in rows if value)
    else:
        yield " Using autogen SSL context"
    reports = {report.service: report for report in state.reports}
    if state.plan.pools:
        yield "------< LVS Topology >------"
        yield f" System is compiled with LVS v{IPVS_VERSION}"
        yield from _groups(config, reports)
        for pool in state.plan.pools:
            yield from _service(pool, reports.get(pool.settings.label), identify)
    up = {(one.service, server.server): server.up for one in state.reports for server in one.servers}
    yield from checker_sections(config, state.checks, up, identify)


def _groups(config: Config, reports: Mapping[str, ServiceReport]) -> Iterator[str]:
    for group in config.virtual_server_groups:
        users = [block for block in config.virtual_servers if block.group == group.name]
        families: set[int] = {one.first.version for one in group.entries if one.first is not None}
        families = families or {_family(block) for block in users}
        yield " ------< Virtual server group >------"
        has = {family: "yes" if family in families else "no" for family in (4, 6)}
        yield f" Virtual Server Group = {group.name}, IPv4 = {has[4]}, IPv6 = {has[6]}"
        alive = {
            (_PROTOCOLS.get(block.protocol or "TCP", "tcp"), _family(block)): _alive(block, reports)
            for block in users
        }
        for entry in group.entries:
            yield from _group_entry(entry, alive)


def _group_entry(entry: ServiceGroupEntry, alive: Mapping[tuple[str, int], int]) -> Iterator[str]:
    if entry.fwmark is not None:
        family = {4: " IPv4", 6: " IPv6"}.get(entry.family or 0, "")
        by_family = {wanted: sum(n for (_, f), n in alive.items() if f == wanted) for wanted in (4, 6)}
        yield f"   FWMARK = {entry.fwmark}{family}"
        yield f"     Alive: {by_family[4]} IPv4, {by_family[6]} IPv6"
    else:
        port = entry.port or 0
        if entry.last is not None and entry.last != entry.first:
            yield f"   VIP Range = {entry.first}-{entry.last}, VPORT = {port}"
        else:
            yield f"   VIP = {entry.first}, VPORT = {port}"
        counts = {
            protocol: sum(n for (one, _), n in alive.items() if one == protocol)
            for protocol in ("tcp", "udp", "sctp")
        }
        yield f"     Alive: {', '.join(f'{count} {protocol}' for protocol, count in counts.items())}"
    yield "     reloaded = False"


def _alive(block: VirtualServer, reports: Mapping[str, ServiceReport]) -> int:
    report = reports.get(f"[{block.group}]:0")
    return 0 if report is None else sum(server.up for server in report.servers)


def _service(pool: PlannedPool, report: ServiceReport | None, identify: Identify) -> Iterator[str]:
    block, settings = pool.virtual_server, pool.settings
    yield " ------< Virtual server >------"
    if block.group is not None:
        yield f" VS GROUP = {settings.label}"
    elif block.fwmark is not None:
        yield f" VS FWMARK = {block.fwmark}"
    else:
        yield f" VS VIP = {block.address}, VPORT = {block.port or 0}"
    if block.virtualhost:
        yield f"   VirtualHost = {block.virtualhost}"
    if block.snmp_name:
        yield f"   SNMP name = '{block.snmp_name}'"
    yield f"   Address family = inet{'' if _family(block) == 4 else '6'}"
    yield f"   connection timeout = {block.connect_timeout:.6f}"
    yield f"   delay_loop = {block.delay_loop:.6f}"
    yield from _scheduling(block)
    yield f"   alpha is {_on(block.alpha)}"
    yield f"   omega is {_on(block.omega)}"
    yield from _retrying(block)
    yield f"   Inhibit on failure is {_on(block.inhibit_on_failure)}"
    yield f"   quorum = {settings.quorum}, hysteresis = {settings.hysteresis}"
    yield from _script("Quorum up", block.quorum_up, identify)
    yield from _script("Quorum down", block.quorum_down, identify)
    if block.ha_suspend:
        yield "   Using HA suspend"
    yield f"   Using smtp notification = {'yes' if block.smtp_alert else 'no'}"
    yield f"   default forwarding method = {_method(block.lb_kind)}"
    if settings.sorry_server is not None:
        in_use = int(report is not None and bool(report.sorry))
        yield f"   sorry server = {settings.sorry_server.label}"
        yield f"     forwarding method = {_method(block.sorry_server_lvs_method or block.lb_kind)}"
        yield f"     Inhibit on failure is {_on(settings.sorry_server.inhibit)}"
        yield f"     set = {in_use}"
        yield f"     alive = {in_use}"
    up = report is None or report.quorum_up
    yield f"   VS alive = {int(report is None or report.present)}"
    yield f"   quorum_state_up = {int(up)}"
    yield "   reloaded = 0"
    told = {server.server: server for server in report.servers} if report is not None else {}
    servers = {server.key: server for server in settings.servers}
    for key, real in pool.servers:
        yield from _server(servers[key], real, block, told.get(servers[key].label), identify)


def _scheduling(block: VirtualServer) -> Iterator[str]:
    algorithm = block.lb_algo or "wlc"
    yield f"   lvs_sched = {algorithm}"
    yield f"   Hashed = {_able(block.hashed)}"
    if algorithm == "sh":
        yield f"   sh-port = {_able(block.sh_port or block.flag_2)}"
        yield f"   sh-fallback = {_able(block.sh_fallback or block.flag_1)}"
    elif algorithm == "mh":
        yield f"   mh-port = {_able(block.mh_port or block.flag_2)}"
        yield f"   mh-fallback = {_able(block.mh_fallback or block.flag_1)}"
    else:
        for number, flag in enumerate((block.flag_1, block.flag_2, block.flag_3), 1):
            yield f"   flag-{number} = {_able(flag)}"
    yield f"   One packet scheduling = {_able(block.ops)}"
    if block.persistence_timeout:
        yield f"   persistence timeout = {block.persistence_timeout}"
    if block.persistence_granularity is not None:
        yield f"   persistence granularity = {block.persistence_granularity}"
    yield f"   protocol = {'none' if block.fwmark is not None else block.protocol or 'TCP'}"


def _retrying(block: VirtualServer | RealServer) -> Iterator[str]:
    if block.is_set("retry"):
        yield f"   Retry count = {block.retry}"
    if block.is_set("delay_before_retry") and block.delay_before_retry is not None:
        yield f"   Retry delay = {block.delay_before_retry:.6f}"
    if block.is_set("warmup") and block.warmup is not None:
        yield f"   Warmup = {block.warmup:.6f}"


def _server(
    settings: ServerSettings,
    real: RealServer,
    block: VirtualServer,
    report: ServerReport | None,
    identify: Identify,
) -> Iterator[str]:
    up = report is not None and report.up
    initial = settings.destination.weight
    weight = report.weight if report is not None else initial
    inhibit = settings.inhibit_on_failure
    yield "   ------< Real server >------"
    place = f"RIP = {real.address}, RPORT = {settings.key.port}"
    yield f"   {place}, WEIGHT = {initial} EFF WEIGHT = {weight}"
    yield f"   forwarding method = {_method(real.lvs_method or block.lb_kind)}"
    yield f"   Alpha is {_on(bool(real.alpha))}"
    timeout = block.connect_timeout if real.connect_timeout is None else real.connect_timeout
    yield f"   connection timeout = {timeout:.6f}"
    yield f"   connection limit range = {real.lthreshold} -> {real.uthreshold}"
    yield f"   Delay loop = {block.delay_loop if real.delay_loop is None else real.delay_loop:.6f}"
    yield from _retrying(real)
    yield f"   Inhibit on failure is {_on(inhibit)}"
    yield from _script("RS up", real.notify_up, identify)
    yield from _script("RS down", real.notify_down, identify)
    if real.virtualhost and real.is_set("virtualhost"):
        yield f"    VirtualHost = '{real.virtualhost}'"
    if real.snmp_name:
        yield f"   SNMP name = {real.snmp_name}"
    yield f"   Using smtp notification = {'yes' if real.smtp_alert else 'no'}"
    yield f"   initial weight = {initial}"
    yield f"   effective weight = {weight}"
    yield "   previous effective_weight = 0"
    yield f"   alive = {int(up)}"
    yield f"   num failed checkers = {int(not up)}"
    yield f"   RS set = {int(up or inhibit)}"
    yield "   reloaded = 0"
    files = [one for one in real.checkers if isinstance(one, FileCheck)]
    if files:
        yield "   Tracked Files"
        for one in files:
            weight_of = 1 if one.weight is None else one.weight.value
            yield f"     {one.track_file}, weight {weight_of}"
    sessions = [one for one in real.checkers if isinstance(one, BfdCheck)]
    if sessions:
        yield "   Tracked BFDs"
        yield from (f"     {session.name}" for session in sessions)


def _script(kind: str, script: Script | None, identify: Identify) -> Iterator[str]:
    if script is not None and script.argv:
        yield f"   {kind} notify script = {quoted(script)}, uid:gid {identify(script.account)}"


def _method(written: Forwarding | None) -> str:
    method = "NAT" if written is None else written.method
    if written is None or method != "TUN":
        return method
    kind = (written.tunnel_type or "ipip").upper()
    port = f", port = {written.port}" if kind == "GUE" else ""
    return f"TUN, type = {kind}{port}"


def _family(block: VirtualServer) -> int:
    if block.address is not None:
        return block.address.version
    if block.ip_family is not None:
        return 6 if block.ip_family == "inet6" else 4
    return block.real_servers[0].address.version if block.real_servers else 4


def _on(value: bool) -> str:
    return "ON" if value else "OFF"


def _able(value: bool) -> str:
    return "enabled" if value else "disabled"
