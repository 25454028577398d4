"""``real_server IP [PORT] { … }``: one server of a virtual_server."""

from __future__ import annotations

from pykeepalived.config.actions.accounts import notify_script
from pykeepalived.config.actions.headers import server_header
from pykeepalived.config.actions.lvs import close_real_server
from pykeepalived.config.blocks.bfd_check import BfdCheck
from pykeepalived.config.blocks.checker import Checker
from pykeepalived.config.blocks.dns_check import DnsCheck
from pykeepalived.config.blocks.file_check import FileCheck
from pykeepalived.config.blocks.http_get import HttpGet, SslGet
from pykeepalived.config.blocks.misc_check import MiscCheck
from pykeepalived.config.blocks.ping_check import PingCheck
from pykeepalived.config.blocks.smtp_check import SmtpCheck
from pykeepalived.config.blocks.tcp_check import TcpCheck
from pykeepalived.config.blocks.udp_check import UdpCheck
from pykeepalived.config.kinds.base import UNLIMITED
from pykeepalived.config.kinds.lvs import ForwardingKind
from pykeepalived.config.kinds.numbers import Bool, Decimal, Uint
from pykeepalived.config.kinds.script import ScriptLine
from pykeepalived.config.kinds.text import Text
from pykeepalived.config.schema import Bound, Repeat, block, children, keyword, named
from pykeepalived.config.values import Forwarding, IPAddress, Script


@block("real_server", header=server_header, header_words="IP [PORT]", closing=close_real_server)
class RealServer(Bound):
    """One server of the virtual service."""

    address: IPAddress = named(doc="its address")
    port: int | None = named(doc="its port; None: the port of the service")
    weight: int | None = keyword(
        "weight",
        Uint(0, 2147483647),
        default_text="virtual_server weight",
        doc="IPVS weight",
    )
    lvs_method: Forwarding | None = keyword(
        "lvs_method",
        ForwardingKind(),
        default_text="service method",
        doc="Forwarding of this server",
    )
    uthreshold: int = keyword(
        "uthreshold",
        Uint(0, 4294967295),
        default=0,
        doc="Connection limit",
    )
    lthreshold: int = keyword(
        "lthreshold",
        Uint(0, 4294967295),
        default=0,
        doc="Resume limit",
    )
    inhibit_on_failure: bool | None = keyword(
        "inhibit_on_failure",
        Bool(),
        default_text="service value",
        doc="Failed server gets weight 0 and stays",
    )
    notify_up: Script | None = keyword(
        "notify_up",
        ScriptLine(),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Run when the server comes up",
    )
    notify_down: Script | None = keyword(
        "notify_down",
        ScriptLine(),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Run when the server goes down",
    )
    alpha: bool | None = keyword(
        "alpha",
        Bool(),
        default_text="service value",
        doc="Start down until checks pass",
    )
    retry: int | None = keyword(
        "retry",
        Uint(1, 4294967295, exact=True),
        default_text="service value",
        doc="Default retry count",
    )
    delay_before_retry: float | None = keyword(
        "delay_before_retry",
        Decimal(0, UNLIMITED),
        default_text="service value",
        doc="Wait between retries",
    )
    warmup: float | None = keyword(
        "warmup",
        Decimal(0, UNLIMITED),
        default_text="service value",
        doc="Upper bound of the random first delay",
    )
    connect_timeout: float | None = keyword(
        "connect_timeout",
        Decimal(1e-06, 4294.967295),
        default_text="service value",
        doc="Checker connect timeout",
    )
    delay_loop: float | None = keyword(
        "delay_loop",
        Decimal(1e-06, UNLIMITED),
        default_text="service value",
        doc="Interval between checks",
    )
    smtp_alert: bool | None = keyword(
        "smtp_alert",
        Bool(),
        default_text="smtp_alert_checker, else smtp_alert, else true",
        doc="Mail on server change",
    )
    virtualhost: str | None = keyword(
        "virtualhost",
        Text(missing=5),
        default_text="service value",
        repeat=Repeat.OVERWRITE,
        doc="Host header for checks of this server",
    )
    snmp_name: str | None = keyword(
        "snmp_name",
        Text(missing=5, single=True),
        repeat=Repeat.OVERWRITE,
        requires="SNMP",
        doc="Label in the MIB",
    )
    checkers: tuple[Checker, ...] = children(
        MiscCheck,
        SmtpCheck,
        TcpCheck,
        PingCheck,
        UdpCheck,
        HttpGet,
        SslGet,
        DnsCheck,
        FileCheck,
        BfdCheck,
        doc="Health checks, in order; the server is up when all of them are",
    )
