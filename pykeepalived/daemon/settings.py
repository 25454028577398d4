"""What the command line asks of the daemon as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from pykeepalived.daemon.logging import LogSettings

DEFAULT_CONFIG = "/etc/keepalived/keepalived.conf"


@dataclass(frozen=True, slots=True)
class DaemonSettings:
    """One attribute per option; None means: as the configuration says, else the default.

    ``command_line`` is for the log.  ``later`` names given options that are accepted but not yet acted on.
    """

    config_file: str = DEFAULT_CONFIG
    config_id: str | None = None
    all_config: bool = False
    foreground: bool = False
    run_vrrp: bool = True
    run_checkers: bool = True
    run_bfd: bool = True
    run_all: bool = False
    respawn: bool = True
    dump_config: bool = False
    ignore_sigint: bool = False
    core_dump: bool = False
    address_monitoring: bool = False
    release_vips: bool = False
    keep_addresses: bool = False
    keep_services: bool = False
    snmp: bool = False
    snmp_socket: str | None = None
    namespace: str | None = None
    umask: int | None = None
    pid_file: str | None = None
    vrrp_pid_file: str | None = None
    checkers_pid_file: str | None = None
    bfd_pid_file: str | None = None
    log: LogSettings = field(default_factory=LogSettings)
    command_line: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
