"""From a read command line to the settings of the daemon."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pykeepalived.cli.optiontable import CommandLine, Status
from pykeepalived.daemon.logging import LOG_DAEMON, LogFormat, LogSettings
from pykeepalived.daemon.settings import DEFAULT_CONFIG, DaemonSettings

_LOG_LOCAL0 = 16
_NAMED_FACILITIES = {"user": 1, "daemon": LOG_DAEMON}


def settings_from(line: CommandLine, argv: Sequence[str]) -> DaemonSettings:
    """Every option in its place.  A value that cannot be used is reported and left out, as in keepalived."""
    problems: list[str] = []
    only_vrrp, only_checkers = line.has("vrrp"), line.has("check")
    return DaemonSettings(
        config_file=_absolute(line.value("use-file")) or DEFAULT_CONFIG,
        config_id=line.value("config-id"),
        all_config=line.has("all-config"),
        foreground=line.has("dont-fork"),
        run_vrrp=only_vrrp or not only_checkers,
        run_checkers=only_checkers or not only_vrrp,
        run_bfd=not line.has("no_bfd"),
        run_all=line.has("all"),
        respawn=not line.has("dont-respawn"),
        dump_config=line.has("dump-conf"),
        ignore_sigint=line.has("ignore-sigint"),
        core_dump=line.has("core-dump") or line.has("core-dump-pattern"),
        address_monitoring=line.has("address-monitoring"),
        release_vips=line.has("release-vips"),
        keep_addresses=line.has("dont-release-vrrp"),
        keep_services=line.has("dont-release-ipvs"),
        snmp=line.has("snmp"),
        snmp_socket=line.value("snmp-agent-socket"),
        namespace=line.value("namespace"),
        umask=_umask(line.value("umask"), problems),
        pid_file=_absolute(line.value("pid")),
        vrrp_pid_file=_absolute(line.value("vrrp_pid")),
        checkers_pid_file=_absolute(line.value("checkers_pid")),
        bfd_pid_file=_absolute(line.value("bfd_pid")),
        log=_log_settings(line, problems),
        command_line=("pykeepalived", *argv),
        later=tuple(f"--{option.long}" for option, _ in line.given if option.status is Status.LATER),
        problems=tuple(problems),
    )


def _log_settings(line: CommandLine, problems: list[str]) -> LogSettings:
    file = None
    if line.has("log-file"):
        import tempfile  # who has no such log does not load it

        file = _absolute(line.value("log-file") or f"{tempfile.gettempdir()}/keepalived.log")
    form = line.value("log-format", LogFormat.TEXT) or ""
    if form not in tuple(LogFormat):
        problems.append(f"Unknown log format '{form}'; it is one of {', '.join(LogFormat)}; text is used")
        form = LogFormat.TEXT
    return LogSettings(
        console=line.has("log-console"),
        syslog=not line.has("no-syslog"),
        detail=line.count("log-detail"),
        facility=_facility(line.value("log-facility"), problems),
        format=LogFormat(form),
        file=file,
    )


def _facility(word: str | None, problems: list[str]) -> int:
    if word is None:
        return LOG_DAEMON
    if word in _NAMED_FACILITIES:
        return _NAMED_FACILITIES[word]
    local = re.fullmatch(r"(?:local)?([0-7])", word)
    if local:
        return _LOG_LOCAL0 + int(local[1])
    problems.append(f"Invalid log facility '{word}'; daemon is used")
    return LOG_DAEMON


def _umask(word: str | None, problems: list[str]) -> int | None:
    if word is None:
        return None
    # keepalived reads a number as C does: 022 is octal, 0x12 hexadecimal, 18 decimal.
    text = f"0o{word[1:]}" if re.fullmatch(r"0[0-7]+", word) else word
    try:
        mask = int(text, 0)
    except ValueError:
        mask = -1
    if not 0 <= mask <= 0o777:
        problems.append(f"Invalid umask '{word}'; it is left as it was")
        return None
    return mask


def _absolute(path: str | None) -> str | None:
    return str(Path(path).absolute()) if path else None
