"""``global_defs``: sNMP, D-Bus, reload and files."""

from __future__ import annotations

from pykeepalived.config.actions.vrrp import directory
from pykeepalived.config.blocks.global_notification import NotificationSettings
from pykeepalived.config.kinds.network import Directory
from pykeepalived.config.kinds.numbers import Bool, Decimal, Uint
from pykeepalived.config.kinds.text import IncludeCheck, OptionalText, Text
from pykeepalived.config.schema import Alias, Repeat, block, flag, keyword


@block("global_defs", abstract=True)
class ManagementSettings(NotificationSettings):
    """SNMP, D-Bus, reload and files."""

    snmp_socket: str | None = keyword(
        "snmp_socket",
        Text(missing=5, single=True, max_length=4095),
        default_text="unix:/var/agentx/master",
        repeat=Repeat.FIRST,
        requires="SNMP",
        doc="AgentX master address",
    )
    enable_traps: bool = flag(
        "enable_traps",
        doc="Send SNMP traps",
        requires="SNMP",
    )
    enable_snmp_vrrp: bool = flag(
        "enable_snmp_vrrp",
        doc="Serve the VRRP part of the private MIB",
        aliases=(Alias("enable_snmp_keepalived", deprecated="enable_snmp_vrrp"),),
        requires="SNMP",
    )
    enable_snmp_rfc: bool = flag(
        "enable_snmp_rfc",
        doc="Serve both RFC MIBs",
        requires="SNMP-RFC",
    )
    enable_snmp_rfcv2: bool = flag(
        "enable_snmp_rfcv2",
        doc="Serve the RFC 2787 MIB",
        requires="SNMP-RFC",
    )
    enable_snmp_rfcv3: bool = flag(
        "enable_snmp_rfcv3",
        doc="Serve the RFC 6527 MIB",
        requires="SNMP-RFC",
    )
    enable_snmp_checker: bool = flag(
        "enable_snmp_checker",
        doc="Serve the checker part of the private MIB",
        requires="SNMP",
    )
    snmp_vs_stats_update_interval: float = keyword(
        "snmp_vs_stats_update_interval",
        Decimal(0.001, 30),
        default=5.0,
        requires="SNMP",
        doc="Minimum age of service statistics before a re-read",
    )
    snmp_rs_stats_update_interval: float | None = keyword(
        "snmp_rs_stats_update_interval",
        Decimal(0.001, 30),
        default_text="snmp_vs_stats_update_interval",
        requires="SNMP",
        doc="Same for real servers",
    )
    enable_dbus: bool = flag(
        "enable_dbus",
        doc="Expose the D-Bus interface",
        requires="DBUS",
    )
    dbus_service_name: str | None = keyword(
        "dbus_service_name",
        Text(missing=5),
        default_text="org.keepalived.Vrrp1",
        requires="DBUS",
        doc="Bus name",
    )
    dbus_no_interface_name: str | None = keyword(
        "dbus_no_interface_name",
        Text(missing=5),
        requires="DBUS",
        doc="Path element for an instance without interface",
    )
    reload_check_config: str | None = keyword(
        "reload_check_config",
        OptionalText(bare="/dev/null"),
        default_text="off (bare: /dev/null)",
        doc="Test the new configuration before a reload and log to FILE",
    )
    reload_time_file: str | None = keyword(
        "reload_time_file",
        Text(missing=5, single=True),
        doc="File holding the time of a planned reload",
    )
    reload_repeat: bool = flag(
        "reload_repeat",
        doc="Keep the reload_time_file after use",
    )
    reload_file: str | None = keyword(
        "reload_file",
        OptionalText(bare=""),
        default_text="off (bare: keepalived.reload in the run directory)",
        doc="Marker file present while files are read",
    )
    include_check: tuple[str, ...] | None = keyword(
        "include_check",
        IncludeCheck(),
        default_text="none (bare: all)",
        repeat=Repeat.CUSTOM,
        doc="Which include problems count as errors",
    )
    config_save_dir: str | None = keyword(
        "config_save_dir",
        Directory(),
        handler=directory,
        doc="Keep copies of each configuration that was read (made if absent, even by a test run)",
    )
    tmp_config_directory: str | None = keyword(
        "tmp_config_directory",
        Text(missing=5),
        default_text="memory file",
        repeat=Repeat.FIRST,
        doc="Where the parsed copy of the configuration is kept",
    )
    data_use_instance: bool = keyword(
        "data_use_instance",
        Bool(),
        default=False,
        doc="Put instance/namespace into dump file names",
    )
    json_version: int = keyword(
        "json_version",
        Uint(1, 2, missing=5),
        default=1,
        requires="JSON",
        doc="Shape of the JSON dump",
    )
    iproute_usr_dir: str | None = keyword(
        "iproute_usr_dir",
        Text(missing=5),
        default_text="build time value",
        doc="Fallback directory for rt_* name files",
    )
    iproute_etc_dir: str | None = keyword(
        "iproute_etc_dir",
        Text(missing=5),
        default_text="/etc/iproute2",
        doc="Override directory for rt_* name files",
    )
    state_dump_file: str | None = keyword(
        "state_dump_file",
        Text(missing=5, single=True, filled=True),
        default_text="keepalived.data in the temporary directory",
        doc="Target of the DATA dump; a trailing slash means a directory",
    )
    stats_dump_file: str | None = keyword(
        "stats_dump_file",
        Text(missing=5, single=True, filled=True),
        default_text="keepalived.stats in the temporary directory",
        doc="Target of the STATS dump",
    )
    json_dump_file: str | None = keyword(
        "json_dump_file",
        Text(missing=5, single=True, filled=True),
        default_text="keepalived.json in the temporary directory",
        doc="Target of the JSON dump",
    )
