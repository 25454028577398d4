"""``virtual_server … { … }``: one IPVS service."""

from __future__ import annotations

from ipaddress import IPv4Address

from pykeepalived.config.actions.accounts import notify_script
from pykeepalived.config.actions.headers import service_header
from pykeepalived.config.actions.lvs import (
    after_sorry_server,
    close_virtual_server,
    ha_suspend,
    ip_family,
    scheduler_flag,
    sorry_server,
)
from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.config.kinds.base import UNLIMITED
from pykeepalived.config.kinds.lvs import ForwardingKind, Granularity, SorryForwardingKind
from pykeepalived.config.kinds.lvs_extensions import SourceNat, SourceNatKind
from pykeepalived.config.kinds.network import EndpointKind
from pykeepalived.config.kinds.numbers import Bool, Decimal, OptionalUint, Uint
from pykeepalived.config.kinds.script import ScriptLine
from pykeepalived.config.kinds.text import Choice, Scheduler, Text
from pykeepalived.config.schema import Alias, Bound, Repeat, block, children, flag, keyword, named
from pykeepalived.config.values import Endpoint, Forwarding, IPAddress, Script


@block(
    "virtual_server",
    header=service_header,
    header_words="IP [PORT] | fwmark N | group NAME",
    closing=close_virtual_server,
)
class VirtualServer(Bound):
    """One IPVS service: an address, a firewall mark, or a virtual_server_group."""

    address: IPAddress | None = named(doc="its address")
    port: int | None = named(doc="its port")
    fwmark: int | None = named(doc="its firewall mark")
    group: str | None = named(doc="the virtual_server_group that gives its addresses")
    ip_family: str | None = keyword(
        "ip_family",
        Choice("inet", "inet6"),
        default_text="from addresses",
        handler=ip_family,
        doc="Family of a fwmark service; a conflict is an error",
    )
    retry: int | None = keyword(
        "retry",
        Uint(1, 4294967295, exact=True),
        default_text="checker default",
        doc="Default retry count for checkers",
    )
    delay_before_retry: float | None = keyword(
        "delay_before_retry",
        Decimal(0, UNLIMITED),
        default_text="checker default",
        doc="Default wait between retries",
    )
    warmup: float | None = keyword(
        "warmup",
        Decimal(0, UNLIMITED),
        default_text="delay_loop",
        doc="Upper bound of the random first delay",
    )
    connect_timeout: float = keyword(
        "connect_timeout",
        Decimal(1e-06, 4294.967295),
        default=5.0,
        doc="Default checker connect timeout",
    )
    delay_loop: float = keyword(
        "delay_loop",
        Decimal(1e-06, UNLIMITED),
        default=60.0,
        doc="Interval between checks",
    )
    inhibit_on_failure: bool = flag(
        "inhibit_on_failure",
        doc="Failed real servers get weight 0 and stay (no BOOL here)",
    )
    lb_algo: str | None = keyword(
        "lb_algo",
        Scheduler(),
        default_text="wlc (with an error)",
        aliases=(Alias("lvs_sched"),),
        doc="IPVS scheduler",
    )
    hashed: bool = flag(
        "hashed",
        handler=scheduler_flag("sh", "mh"),
        doc="Accepted word with no effect; an error unless sh or mh was chosen before",
    )
    ops: bool = flag(
        "ops",
        doc="One packet scheduling; UDP only, else reset with an error",
    )
    flag_1: bool = flag(
        "flag-1",
        doc="Scheduler flag 1",
    )
    flag_2: bool = flag(
        "flag-2",
        doc="Scheduler flag 2",
    )
    flag_3: bool = flag(
        "flag-3",
        doc="Scheduler flag 3",
    )
    sh_port: bool = flag(
        "sh-port",
        handler=scheduler_flag("sh"),
        doc="Hash the port too; after 'lb_algo sh'; with mh silently ignored, else an error",
    )
    sh_fallback: bool = flag(
        "sh-fallback",
        handler=scheduler_flag("sh"),
        doc="Try another server; after 'lb_algo sh'",
    )
    mh_port: bool = flag(
        "mh-port",
        handler=scheduler_flag("mh"),
        doc="Hash the port too; after 'lb_algo mh'",
    )
    mh_fallback: bool = flag(
        "mh-fallback",
        handler=scheduler_flag("mh"),
        doc="Try another server; after 'lb_algo mh'",
    )
    lb_kind: Forwarding | None = keyword(
        "lb_kind",
        ForwardingKind(),
        default_text="NAT (with an error)",
        aliases=(Alias("lvs_method"),),
        doc="Forwarding method",
    )
    persistence_engine: str | None = keyword(
        "persistence_engine",
        Text(max_length=15, cut=True),
        doc="IPVS persistence engine; longer is cut with an error",
    )
    persistence_timeout: int | None = keyword(
        "persistence_timeout",
        OptionalUint(1, 2678400, bare=360, exact=True),
        default_text="off (bare: 360)",
        doc="Persistence seconds",
    )
    persistence_granularity: IPv4Address | int | None = keyword(
        "persistence_granularity",
        Granularity(),
        default_text="/32 or /128",
        doc="Client grouping; IPv4 takes a dotted mask, IPv6 a length; turns persistence on",
    )
    protocol: str | None = keyword(
        "protocol",
        Choice("TCP", "UDP", "SCTP", fold=True),
        default_text="UDP (with an error)",
        doc="Transport, case-blind; with fwmark it is reported and dropped",
    )
    ha_suspend: bool = flag(
        "ha_suspend",
        handler=ha_suspend,
        doc="Suspend checkers while the service address is absent; error with fwmark",
    )
    smtp_alert: bool | None = keyword(
        "smtp_alert",
        Bool(),
        default_text="smtp_alert_checker, else smtp_alert, else false",
        doc="Mail on quorum change",
    )
    virtualhost: str | None = keyword(
        "virtualhost",
        Text(missing=5),
        repeat=Repeat.OVERWRITE,
        doc="Default Host header for HTTP/SSL checks",
    )
    snmp_name: str | None = keyword(
        "snmp_name",
        Text(missing=5, single=True),
        repeat=Repeat.OVERWRITE,
        requires="SNMP",
        doc="Label in the MIB",
    )
    alpha: bool = flag(
        "alpha",
        doc="Real servers start down until checks pass (no BOOL here)",
    )
    omega: bool = flag(
        "omega",
        doc="Run quorum_down and notify_down at shutdown",
    )
    quorum_up: Script | None = keyword(
        "quorum_up",
        ScriptLine(),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Run when quorum is gained",
    )
    quorum_down: Script | None = keyword(
        "quorum_down",
        ScriptLine(),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Run when quorum is lost",
    )
    quorum: int = keyword(
        "quorum",
        Uint(1, 4294967295, fallback=1),
        default=1,
        doc="Summed weight needed; above the total it is reduced with an error; bad value becomes 1",
    )
    hysteresis: int = keyword(
        "hysteresis",
        Uint(0, 4294967295),
        default=0,
        doc="Margin around quorum; must stay below it",
    )
    weight: int = keyword(
        "weight",
        Uint(1, 2147483647),
        default=1,
        doc="Default real server weight",
    )
    sorry_server: Endpoint | None = keyword(
        "sorry_server",
        EndpointKind(),
        handler=sorry_server,
        doc="Fallback when quorum is lost",
    )
    sorry_server_inhibit: bool = flag(
        "sorry_server_inhibit",
        handler=after_sorry_server,
        doc="Weight 0 handling for the sorry server; must follow sorry_server",
    )
    sorry_server_lvs_method: Forwarding | None = keyword(
        "sorry_server_lvs_method",
        SorryForwardingKind(),
        default_text="service method",
        doc="Forwarding of the sorry server; must follow sorry_server",
    )
    real_servers: tuple[RealServer, ...] = children(RealServer, doc="Its backends, in order")
    ipvs_follows_vrrp: bool | None = keyword(
        "ipvs_follows_vrrp",
        Bool(),
        extension=True,
        default_text="global_defs value",
        doc=(
            "Extension: the service is in the kernel only while the vrrp_instance holding its address is "
            "MASTER"
        ),
    )
    source_nat: SourceNat | None = keyword(
        "source_nat",
        SourceNatKind(),
        extension=True,
        doc="Extension: full NAT: servers forwarded to by NAT see this source address, not the client's",
    )
    slow_start: int | None = keyword(
        "slow_start",
        Uint(0, 86400, exact=True),
        extension=True,
        default_text="0",
        doc="Extension: a server that comes back reaches its weight within so many seconds, from 1 in steps",
    )
    drain_removed: int | None = keyword(
        "drain_removed",
        Uint(0, 86400, exact=True),
        extension=True,
        default_text="0",
        doc=(
            "Extension: a server that a reload removes stays with weight 0 until it has no active "
            "connection, for so many seconds at most"
        ),
    )
