"""The outermost level of a configuration."""

from __future__ import annotations

from pykeepalived.config.actions.vrrp import linked_interface, routing_line, static_address
from pykeepalived.config.blocks.bfd_instance import BfdInstance
from pykeepalived.config.blocks.garp_group import GarpGroup
from pykeepalived.config.blocks.global_defs import GlobalDefs
from pykeepalived.config.blocks.ssl import Ssl
from pykeepalived.config.blocks.track_file import TrackFile
from pykeepalived.config.blocks.track_group import TrackGroup
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.config.blocks.virtual_server_group import VirtualServerGroup
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.blocks.vrrp_script import VrrpScript
from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup
from pykeepalived.config.blocks.vrrp_track_process import VrrpTrackProcess
from pykeepalived.config.kinds.addresses import AddressLineKind
from pykeepalived.config.kinds.network import DelayKind, LinkbeatKind
from pykeepalived.config.kinds.numbers import Uint
from pykeepalived.config.kinds.routes import RouteLineKind
from pykeepalived.config.kinds.rules import RuleLineKind
from pykeepalived.config.kinds.text import OptionalText, Text
from pykeepalived.config.schema import (
    Alias,
    Bound,
    Repeat,
    View,
    block,
    child,
    children,
    flag,
    keyword,
    lines,
)
from pykeepalived.config.values import AddressLine, DelayEntry, LinkbeatEntry, RouteLine, RuleLine


@block("")
class Config(Bound):
    """A whole configuration.

    What others refer to is declared first: a dump in this order can be read again.
    """

    net_namespace: str | None = keyword(
        "net_namespace",
        Text(missing=5),
        default_text="host namespace",
        repeat=Repeat.FIRST,
        doc=(
            "Run every child in the named network namespace; switches pid files to a private run "
            "directory; not changeable on reload"
        ),
    )
    net_namespace_ipvs: str | None = keyword(
        "net_namespace_ipvs",
        OptionalText(bare=""),
        default_text="same as net_namespace",
        repeat=Repeat.FIRST,
        doc="Put the IPVS tables in another namespace; no name means the initial namespace",
    )
    namespace_with_ipsets: bool = flag(
        "namespace_with_ipsets",
        doc="Allow ipsets together with a namespace on kernels older than 3.13",
    )
    use_pid_dir: bool = flag(
        "use_pid_dir",
        doc="Keep pid files under the run directory's keepalived subdirectory",
    )
    instance: str | None = keyword(
        "instance",
        Text(missing=5),
        repeat=Repeat.FIRST,
        doc=(
            "Name this daemon so that several can share a namespace; becomes part of pid file names; "
            "fixed on reload"
        ),
    )
    child_wait_time: int = keyword(
        "child_wait_time",
        Uint(0, 4294967295, exact=True),
        default=5,
        doc="Seconds the parent waits for children at shutdown",
    )
    linkbeat_use_polling: bool = flag(
        "linkbeat_use_polling",
        doc="Poll link state (MII/ETHTOOL/ioctl) on all interfaces in place of netlink",
    )
    global_defs: GlobalDefs = child(
        "global_defs",
        GlobalDefs,
        repeat=Repeat.CUSTOM,
        present=True,
        doc="Daemon-wide settings; may appear several times, settings accumulate",
    )
    bfd_instances: tuple[BfdInstance, ...] = children(
        BfdInstance, view=View.BFD | View.VRRP | View.CHECKER, doc="All bfd_instance blocks"
    )
    track_files: tuple[TrackFile, ...] = children(
        TrackFile,
        view=View.VRRP | View.CHECKER,
        aliases={"track_file": (Alias("vrrp_track_file", deprecated="track_file"),)},
        doc="All track_file blocks",
    )
    vrrp_track_processes: tuple[VrrpTrackProcess, ...] = children(
        VrrpTrackProcess, view=View.VRRP, doc="All vrrp_track_process blocks"
    )
    vrrp_scripts: tuple[VrrpScript, ...] = children(VrrpScript, view=View.VRRP, doc="All vrrp_script blocks")
    track_groups: tuple[TrackGroup, ...] = children(TrackGroup, view=View.VRRP, doc="All track_group blocks")
    linkbeat_interfaces: tuple[LinkbeatEntry, ...] = lines(
        "linkbeat_interfaces",
        LinkbeatKind(),
        view=View.VRRP,
        handler=linked_interface,
        doc="Choose link polling per interface",
    )
    interface_up_down_delays: tuple[DelayEntry, ...] = lines(
        "interface_up_down_delays",
        DelayKind(),
        view=View.VRRP,
        doc=(
            "Debounce link transitions per interface (seconds); down delay comes first; a bad timer is "
            "only logged"
        ),
    )
    garp_groups: tuple[GarpGroup, ...] = children(GarpGroup, view=View.VRRP, doc="All garp_group blocks")
    static_ipaddress: tuple[AddressLine, ...] = lines(
        "static_ipaddress",
        AddressLineKind(static=True),
        view=View.VRRP,
        handler=static_address,
        doc="Addresses added at start, independent of VRRP state",
    )
    static_routes: tuple[RouteLine, ...] = lines(
        "static_routes",
        RouteLineKind(static=True),
        view=View.VRRP,
        handler=routing_line,
        doc="Routes added at start, independent of VRRP state",
    )
    static_rules: tuple[RuleLine, ...] = lines(
        "static_rules",
        RuleLineKind(static=True),
        view=View.VRRP,
        handler=routing_line,
        doc="Policy rules added at start, independent of VRRP state",
    )
    vrrp_instances: tuple[VrrpInstance, ...] = children(
        VrrpInstance, view=View.VRRP, doc="All vrrp_instance blocks"
    )
    vrrp_sync_groups: tuple[VrrpSyncGroup, ...] = children(
        VrrpSyncGroup, view=View.VRRP, doc="All vrrp_sync_group blocks"
    )
    ssl: Ssl | None = child(
        "SSL", Ssl, repeat=Repeat.OVERWRITE, view=View.CHECKER, doc="Client credentials for SSL_GET"
    )
    virtual_server_groups: tuple[VirtualServerGroup, ...] = children(
        VirtualServerGroup, view=View.CHECKER, doc="All virtual_server_group blocks"
    )
    virtual_servers: tuple[VirtualServer, ...] = children(
        VirtualServer, view=View.CHECKER, doc="All virtual_server blocks"
    )
