"""``global_defs``: iPVS as a whole."""

from __future__ import annotations

from pykeepalived.config.blocks.global_management import ManagementSettings
from pykeepalived.config.kinds.lvs import SyncDaemonKind, TimeoutsKind
from pykeepalived.config.kinds.lvs_extensions import SysctlKind, SysctlLine
from pykeepalived.config.kinds.numbers import Bool, Int, Uint
from pykeepalived.config.kinds.text import OptionalChoice, TableName
from pykeepalived.config.schema import Alias, Repeat, block, flag, keyword, many
from pykeepalived.config.values import SyncDaemon, Timeouts


@block("global_defs", abstract=True)
class LvsSettings(ManagementSettings):
    """IPVS as a whole."""

    lvs_timeouts: Timeouts | None = keyword(
        "lvs_timeouts",
        TimeoutsKind(),
        default_text="kernel values",
        doc="IPVS connection timeouts; at least one pair",
    )
    lvs_flush: bool = flag(
        "lvs_flush",
        doc="Empty IPVS at start",
    )
    lvs_flush_on_stop: str | None = keyword(
        "lvs_flush_on_stop",
        OptionalChoice("VS", bare="all"),
        aliases=(Alias("lvs_flush_onstop", deprecated="lvs_flush_on_stop"),),
        doc="Empty IPVS at stop; VS = delete services one by one",
    )
    lvs_sync_daemon: SyncDaemon | None = keyword(
        "lvs_sync_daemon",
        SyncDaemonKind(),
        repeat=Repeat.FIRST,
        doc="Run the IPVS connection sync daemon, following the instance when one is named",
    )
    nftables_ipvs: str | None = keyword(
        "nftables_ipvs",
        TableName("keepalived_ipvs"),
        default_text="keepalived_ipvs",
        repeat=Repeat.FIRST,
        requires="NFTABLES+LVS",
        doc="Mark group traffic with nftables so one IPVS fwmark service serves the group",
    )
    nftables_ipvs_priority: int = keyword(
        "nftables_ipvs_priority",
        Int(-2147483648, 2147483647, exact=True),
        default=-1,
        requires="NFTABLES+LVS",
        doc="Base chain priority",
    )
    nftables_ipvs_start_fwmark: int = keyword(
        "nftables_ipvs_start_fwmark",
        Uint(1, 4294967295, exact=True),
        default=1000,
        requires="NFTABLES+LVS",
        doc="First fwmark handed out",
    )
    ipvs_follows_vrrp: bool = keyword(
        "ipvs_follows_vrrp",
        Bool(),
        default=True,
        extension=True,
        doc=(
            "Extension: a service is in the kernel only while the vrrp_instance holding its address is MASTER"
        ),
    )
    ipvs_sysctl: tuple[SysctlLine, ...] = many(
        "ipvs_sysctl",
        SysctlKind(),
        default_text="nothing is set",
        extension=True,
        doc="Extension: set a net.ipv4.vs parameter while the daemon runs, or all that the file needs",
    )
