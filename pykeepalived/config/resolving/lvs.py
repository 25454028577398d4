"""Virtual servers: inherited and computed values, and what must agree within one service."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from typing import Any

from pykeepalived.base.span import Span
from pykeepalived.config.actions.lvs import service_name
from pykeepalived.config.blocks.checker import Connecting, Retrying
from pykeepalived.config.blocks.dns_check import DnsCheck
from pykeepalived.config.blocks.global_defs import GlobalDefs
from pykeepalived.config.blocks.http_get import HttpGet
from pykeepalived.config.blocks.misc_check import MiscCheck
from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.config.blocks.virtual_server_group import VirtualServerGroup
from pykeepalived.config.resolving.report import Report
from pykeepalived.config.schema import amend, fill
from pykeepalived.config.values import Forwarding

DEFAULT_SCHEDULER = "wlc"
DEFAULT_PERSISTENCE = 360
_FROM_SERVICE = (
    "weight", "retry", "delay_before_retry", "warmup", "connect_timeout", "delay_loop", "virtualhost",
    "inhibit_on_failure", "alpha",
)  # fmt: skip
"""What a real server takes from its service when it says nothing itself."""


def name_of(service: VirtualServer) -> str:
    """keepalived's name of a service."""
    values = {
        "address": service.address, "port": service.port, "protocol": service.protocol,
        "fwmark": service.fwmark, "group": service.group,
    }  # fmt: skip
    return service_name(values)


def resolve_services(config: Config, report: Report, done: Container[int] = ()) -> None:
    """Complete every service; those with their id in ``done`` are complete already."""
    groups = {group.name: group for group in reversed(config.virtual_server_groups)}
    kept = []
    known: _Known = {}
    for service in config.virtual_servers:
        if id(service) in done:
            kept.append(service)
            continue
        if service.group is not None and service.group not in groups:
            report.error(
                "unknown-name", None, f"no virtual_server_group {service.group} is defined",
                service.head.span(2) if service.head else None, consequence="the service is left out",
                exit_class=0,
            )  # fmt: skip
            continue
        before = len(report.findings)
        _complete(service, groups.get(service.group or ""), report)
        report.about(service, before)
        _inherit(service, config.global_defs, known)
        kept.append(service)
    amend(config, virtual_servers=tuple(kept))


_SHORTLY = frozenset({"duplicate-server", "quorum"})


class _Complaint:
    """Shorthand for messages about one service."""

    def __init__(self, service: VirtualServer, report: Report) -> None:
        self.service = service
        self.report = report
        self.name = ""

    def __call__(
        self, code: str, message: str, attribute: str | None, consequence: str, place: Span | None = None
    ) -> None:
        if attribute:
            place = self.service.span_of(attribute, 0)
        # Tools that watch keepalived's own messages take the service from these words.
        kind = "VS" if code in _SHORTLY else "Virtual server"
        self.report.error(
            code, None, f"{kind} {self.name or name_of(self.service)}: {message}",
            place or self.service, consequence=consequence,
        )  # fmt: skip


def _complete(service: VirtualServer, group: VirtualServerGroup | None, report: Report) -> None:
    complain = _Complaint(service, report)
    by_mark = service.fwmark is not None
    if group is not None:
        by_mark = all(entry.fwmark is not None for entry in group.entries)
    if service.fwmark == 0:
        complain("fwmark-zero", "a firewall mark of 0 marks nothing", None, "the service gets no traffic")
    if service.protocol is None and not by_mark:
        complain("no-protocol", "no protocol is given", None, "UDP is used")
        amend(service, protocol="UDP")
    elif by_mark and service.protocol is not None:
        complain("fwmark-protocol", "a firewall mark has no protocol", "protocol", "it is ignored")
        amend(service, protocol=None)
    if service.lb_algo is None:
        complain("no-scheduler", "no lb_algo is given", None, f"{DEFAULT_SCHEDULER} is used")
        amend(service, lb_algo=DEFAULT_SCHEDULER)
    if service.lb_kind is None:
        if not all(server.lvs_method for server in service.real_servers) or not service.real_servers:
            complain("no-method", "no lb_kind is given", None, "NAT is used")
        amend(service, lb_kind=Forwarding("NAT"))
    _port(service, group, complain)
    if service.ops and service.protocol != "UDP" and not by_mark:
        complain("ops", "ops is for UDP only", "ops", "it is ignored")
        amend(service, ops=False)
    _unique_servers(service, complain)
    if group is None:
        _ports(service, complain)
    else:
        _group_ports(service, group, complain)
    _quorum(service, complain)


def _port(service: VirtualServer, group: VirtualServerGroup | None, complain: _Complaint) -> None:
    if group is not None:
        if all(entry.port is not None for entry in group.entries if entry.fwmark is None):
            return
    elif service.address is None or service.port is not None:
        return
    if service.persistence_timeout is None:
        complain(
            "no-port", "a service without a port must be persistent", None,
            f"persistence_timeout {DEFAULT_PERSISTENCE} is used",
        )  # fmt: skip
        amend(service, persistence_timeout=DEFAULT_PERSISTENCE)


def _unique_servers(service: VirtualServer, complain: _Complaint) -> None:
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for server in service.real_servers:
        # An address object would make a text of itself for its hash.
        address = server.address
        key = (int(address), address.version, server.port or service.port)
        if key in seen:
            complain(
                "duplicate-server", f"real server [{server.address}]:{server.port or 0} twice", None,
                "the second one is left out", server.head.span(1) if server.head else None,
            )  # fmt: skip
            continue
        seen.add(key)
        kept.append(server)
    if len(kept) != len(service.real_servers):
        amend(service, real_servers=tuple(kept))


def method_of(server: RealServer, service: VirtualServer) -> str:
    """NAT, DR or TUN, as the server or its service says."""
    forwarding = server.lvs_method or service.lb_kind
    return forwarding.method if forwarding else "NAT"


def _port_code(server: RealServer, service: VirtualServer) -> str:
    return "tunnel-port" if method_of(server, service) == "TUN" else "direct-port"


def _port_place(server: RealServer) -> Span | None:
    return server.head.span(2) if server.head else None


def _use_port(server: RealServer, port: int | None) -> None:
    """Give a server another port; its checkers go on asking the one that stands behind it."""
    for checker in server.checkers:
        if isinstance(checker, Connecting) and checker.connect_port is None:
            amend(checker, connect_port=server.port)
    amend(server, port=port)


def _ports(service: VirtualServer, complain: _Complaint) -> None:
    """Only NAT can change the port."""
    marked, whole = service.fwmark is not None, service.port
    for server in service.real_servers:
        if server.port == whole and not marked:
            continue
        if marked:
            if server.port is not None and method_of(server, service) != "NAT":
                complain(
                    _port_code(server, service),
                    f"real server {server.address} has a port; a firewall mark has none",
                    None, "the port is ignored", _port_place(server),
                )  # fmt: skip
                _use_port(server, None)
            continue
        if service.address is None or server.port is None:
            continue
        if server.port != service.port and method_of(server, service) != "NAT":
            complain(
                _port_code(server, service),
                f"real server {server.address} has port {server.port}, which only NAT could translate",
                None,
                f"{service.port} is used" if service.port else "the port that was asked for is used",
                _port_place(server),
            )
            _use_port(server, service.port)
    _sorry_port(service, complain)


def _sorry_port(service: VirtualServer, complain: _Complaint) -> None:
    sorry = service.sorry_server
    if sorry is None or sorry.port is None or service.address is None or sorry.port == service.port:
        return
    forwarding = service.sorry_server_lvs_method or service.lb_kind
    if forwarding is None or forwarding.method == "NAT":
        return
    complain(
        "sorry-port", f"the sorry server has port {sorry.port}, which only NAT could translate",
        "sorry_server",
        f"{service.port} is used" if service.port else "the port that was asked for is used",
    )  # fmt: skip
    amend(service, sorry_server=replace(sorry, port=service.port))


def _group_ports(service: VirtualServer, group: VirtualServerGroup, complain: _Complaint) -> None:
    """With DR and TUN a server's port must be the port of every address of the group."""
    marks = any(entry.fwmark is not None for entry in group.entries)
    ports = {entry.port for entry in group.entries if entry.fwmark is None}
    for server in service.real_servers:
        if server.port is None or method_of(server, service) == "NAT":
            continue
        if marks or ports - {server.port}:
            complain(
                _port_code(server, service),
                f"real server {server.address} has port {server.port}, not all of the group do",
                None, "the server gets the port of each address", _port_place(server),
            )  # fmt: skip


def _quorum(service: VirtualServer, complain: _Complaint) -> None:
    usual = service.weight
    total = sum([usual if server.weight is None else server.weight for server in service.real_servers])
    if service.real_servers and service.quorum > total:
        complain(
            "quorum", f"quorum {service.quorum} is above the total weight {total} of the real servers",
            "quorum", f"{total} is used",
        )  # fmt: skip
        amend(service, quorum=total)
    if service.hysteresis >= service.quorum:
        limit = max(service.quorum - 1, 0)
        complain(
            "hysteresis", f"hysteresis {service.hysteresis} is not below quorum {service.quorum}",
            "hysteresis", f"{limit} is used",
        )  # fmt: skip
        amend(service, hysteresis=limit)


_Known = dict[tuple[Any, ...], dict[str, Any]]
"""What checkers inherit, by all that it depends on: it is the same for nearly all of them."""


def _inherit(service: VirtualServer, defs: GlobalDefs, known: _Known) -> None:
    """Fill what servers and checkers leave to the levels above."""
    if service.smtp_alert is None:
        general = defs.smtp_alert if defs.smtp_alert_checker is None else defs.smtp_alert_checker
        amend(service, smtp_alert=bool(general))
    if service.ipvs_follows_vrrp is None:
        amend(service, ipvs_follows_vrrp=defs.ipvs_follows_vrrp)
    alert = defs.smtp_alert if defs.smtp_alert_checker is None else defs.smtp_alert_checker
    inherited: dict[str, Any] = {name: getattr(service, name) for name in _FROM_SERVICE}
    inherited["lvs_method"] = service.lb_kind
    inherited["smtp_alert"] = True if alert is None else alert
    if service.fwmark is None:
        inherited["port"] = service.port
    inherited = {name: value for name, value in inherited.items() if value is not None}
    for server in service.real_servers:
        fill(server, inherited)
        for checker in server.checkers:
            if isinstance(checker, Retrying):
                _inherit_checker(checker, server, defs, known)


def _inherit_checker(checker: Retrying, server: RealServer, defs: GlobalDefs, known: _Known) -> None:
    key = (
        checker.__class__, checker.delay_loop, server.delay_loop, server.retry, server.delay_before_retry,
        server.warmup, server.alpha, server.connect_timeout, server.virtualhost,
    )  # fmt: skip
    values = known.get(key)
    if values is None:
        values = known[key] = _for_checker(checker, server, defs)
    if isinstance(checker, Connecting):
        values = {**values, "connect_ip": server.address, "connect_port": server.port}
    fill(checker, values)


def _for_checker(checker: Retrying, server: RealServer, defs: GlobalDefs) -> dict[str, Any]:
    """What a checker that says nothing itself but perhaps its delay_loop gets."""
    http, dns = isinstance(checker, HttpGet), isinstance(checker, DnsCheck)
    delay_loop = server.delay_loop if checker.delay_loop is None else checker.delay_loop
    usual = 0 if isinstance(checker, MiscCheck) else 3 if dns else 1
    pause = 3.0 if http else delay_loop if dns else 1.0
    values: dict[str, Any] = {
        "delay_loop": delay_loop,
        "retry": usual if server.retry is None else server.retry,
        "delay_before_retry": pause if server.delay_before_retry is None else server.delay_before_retry,
        "warmup": delay_loop if server.warmup is None else server.warmup,
        "alpha": server.alpha,
        "log_all_failures": defs.checker_log_all_failures,
    }
    if isinstance(checker, Connecting):
        values["connect_timeout"] = server.connect_timeout
    if http:
        values["virtualhost"] = server.virtualhost
    return {name: value for name, value in values.items() if value is not None}
