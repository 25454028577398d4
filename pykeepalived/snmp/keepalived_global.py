"""KEEPALIVED-MIB, ``global``: what the daemon is and how it sends mail."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from pykeepalived import __version__
from pykeepalived.snmp.mib import Column, Index, Table, family, gauge, integer, packed, scalars, text, truth
from pykeepalived.snmp.oids import GLOBAL
from pykeepalived.snmp.view import View
from pykeepalived.wire.agentx import Value

VERSION = f"Keepalived v2.4.3 (pykeepalived {__version__})"
"""The version that we behave like first, as tools look for it."""
_FLUSHES = {None: 2, "": 1, "VS": 3}
"""lvsFlushOnStop: enabled(1), disabled(2), flushVS(3)."""


def _relay(view: View) -> IPv4Address | IPv6Address:
    """The mail relay's address; 0.0.0.0 without one, and for a name that is not looked up here."""
    server = view.config.global_defs.smtp_server
    try:
        return ip_address(server.host) if server is not None else IPv4Address(0)
    except ValueError:
        return IPv4Address(0)


def _unset(setting: bool | None) -> int:
    """on(1), off(2), unset(3)."""
    return 3 if setting is None else 1 if setting else 2


def _port(view: View) -> int:
    server = view.config.global_defs.smtp_server
    return 0 if server is None else server.port


def _timeout(view: View) -> Value:
    """Seconds; without a relay 0, as in keepalived."""
    block = view.config.global_defs
    return gauge(0 if block.smtp_server is None else block.smtp_connect_timeout)


def _flush(view: View) -> int:
    written = view.config.global_defs.lvs_flush_on_stop
    return _FLUSHES.get(None if written is None else written.upper(), 1)


def _recipients(view: View) -> Iterator[tuple[Index, str]]:
    for number, line in enumerate(view.config.global_defs.notification_email, 1):
        yield (number,), line.name


TABLES = (
    scalars(
        GLOBAL,
        Column(1, "version", lambda view: text(VERSION)),
        Column(2, "routerId", lambda view: text(view.config.global_defs.router_id)),
        Column(4, "trapEnable", lambda view: truth(view.served.traps)),
        Column(5, "linkBeat", lambda view: integer(2 if view.config.linkbeat_use_polling else 1)),
        Column(6, "lvsFlush", lambda view: truth(view.config.global_defs.lvs_flush)),
        Column(7, "ipvs64BitStats", lambda view: truth(True)),
        Column(8, "netNamespace", lambda view: text(view.config.net_namespace or "")),
        Column(9, "dbus", lambda view: truth(view.config.global_defs.enable_dbus)),
        Column(
            10,
            "dynamicInterfaces",
            lambda view: truth(view.config.global_defs.dynamic_interfaces is not None),
        ),
        Column(11, "lvsFlushOnStop", lambda view: integer(_flush(view))),
        Column(12, "v3ChecksumAsV2", lambda view: truth(view.config.global_defs.v3_checksum_as_v2)),
    ),
    scalars(
        (*GLOBAL, 3),
        Column(1, "smtpServerAddressType", lambda view: family(_relay(view))),
        Column(2, "smtpServerAddress", lambda view: packed(_relay(view))),
        Column(3, "smtpServerTimeout", _timeout),
        Column(4, "emailFrom", lambda view: text(view.config.global_defs.notification_email_from)),
        Column(6, "smtpServerPort", lambda view: gauge(_port(view))),
        Column(7, "smtpEmailFaults", lambda view: truth(not view.config.global_defs.no_email_faults)),
        Column(8, "smtpEmailSmtpAlert", lambda view: integer(_unset(view.config.global_defs.smtp_alert))),
        Column(
            9, "smtpEmailSmtpAlertVrrp", lambda view: integer(_unset(view.config.global_defs.smtp_alert_vrrp))
        ),
        Column(
            10,
            "smtpEmailSmtpAlertChecker",
            lambda view: integer(_unset(view.config.global_defs.smtp_alert_checker)),
        ),
    ),
    Table((*GLOBAL, 3, 5, 1), (Column(2, "emailAddress", text),), _recipients),
)
