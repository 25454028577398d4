"""keepalived's own command line: start the daemon, test a configuration, tell the version.

Exit status 1 for a command line that cannot be carried out, as keepalived.  Imports happen where they are
needed, because ``--version`` and ``-t`` are called often.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from pykeepalived import __version__
from pykeepalived.cli.optiontable import (
    OPTIONS,
    BadOptionError,
    CommandLine,
    Option,
    Status,
    Takes,
    read,
)

REFERENCE_VERSION = "2.4.3"
"""The keepalived whose behaviour this program follows."""
REFERENCE_DATE = "08/13,2026"
CONFIGURE_OPTIONS = (
    "--enable-snmp", "--enable-snmp-rfc", "--enable-dbus", "--enable-json", "--enable-regex", "--enable-bfd",
)  # fmt: skip
CONFIG_OPTIONS = (
    "NFTABLES", "LVS", "REGEX", "VRRP", "VRRP_AUTH", "VRRP_VMAC", "JSON", "BFD", "OLD_CHKSUM_COMPAT",
    "SNMP_V3_FOR_V2", "SNMP_VRRP", "SNMP_CHECKER", "SNMP_RFCV2", "SNMP_RFCV3", "DBUS", "SYSTEMD_NOTIFY",
)  # fmt: skip
"""What a keepalived with our abilities would have been built with."""


def run(argv: Sequence[str]) -> int:
    """Carry out a keepalived command line; the exit status."""
    try:
        line = read(argv)
    except BadOptionError as problem:
        print(problem, file=sys.stderr)
        return 1
    if line.words:
        print(f"Unexpected argument(s): {' '.join(line.words)} ")
    refused = [option for option, _ in line.given if option.status is Status.REFUSED]
    if refused:
        print(f"Option {_spelling(refused[0])} is {Status.REFUSED.value}", file=sys.stderr)
        return 1
    if line.has("version"):
        print(version_text(), end="", file=sys.stderr)
        return 0
    if line.has("help"):
        print(help_text(), end="", file=sys.stderr)
        return 0
    signum = line.value("signum")
    if signum is not None:
        return _print_signal(signum)
    if line.has("config-test"):
        return _test(line)
    return _start(line, argv)


def version_text() -> str:
    """What ``-v`` prints.

    Tools look for ``Keepalived vX.Y.Z (MM/DD,YYYY)``, and for what can be done under keepalived's names: an
    exporter asks for the JSON signal only when there is an ``--enable-json``.
    """
    system = os.uname()
    return (
        f"Keepalived v{REFERENCE_VERSION} ({REFERENCE_DATE}), pykeepalived {__version__}\n\n"
        "Copyright (C) 2026 the authors of pykeepalived, GPL-2.0-or-later\n\n"
        f"Running on {system.sysname} {system.release} {system.version}\n"
        f"Python {sys.version.split()[0]}\n\n"
        f"configure options: {' '.join(CONFIGURE_OPTIONS)}\n\n"
        f"Config options:  {' '.join(CONFIG_OPTIONS)}\n"
    )


def help_text() -> str:
    """What ``-h`` prints, made from the tables."""
    from pykeepalived.cli.main import commands

    rows = [(spelled(option), option) for option in OPTIONS if option.status is not Status.REFUSED]
    lines = ["Usage: pykeepalived [OPTION...]", "       pykeepalived COMMAND [ARGUMENT...]", "", "Commands:"]
    lines += [f"  {name:<34} {text}" for name, text in commands().items()]
    lines += ["", "Options (as keepalived's):"]
    for usage, option in rows:
        note = f" ({option.status.value})" if option.status is Status.LATER else ""
        lines.append(f"  {usage:<34} {option.help}{note}")
    return "\n".join(lines) + "\n"


def spelled(option: Option) -> str:
    """How an option is written, with its short form and its value."""
    short = f"-{option.short}, " if option.short else "    "
    value = {Takes.NOTHING: "", Takes.VALUE: f"={option.metavar}", Takes.OPTIONAL: f"[={option.metavar}]"}
    return f"{short}--{option.long}{value[option.takes]}"


def _spelling(option: Option) -> str:
    return f"--{option.long}" if option.long else f"-{option.short}"


def _print_signal(name: str) -> int:
    from pykeepalived.daemon.signalnames import SIGNALS

    if name not in SIGNALS:
        print(f"Unknown sigfunc {name}", file=sys.stderr)
        return 1
    print(int(SIGNALS[name]))
    return 0


def _test(line: CommandLine) -> int:
    from pykeepalived import method_cache

    method_cache.begin()
    from pykeepalived.cli import config_test

    method_cache.end()
    return config_test.run(
        line.value("use-file"),
        log_file=line.value("config-test") or None,
        config_id=line.value("config-id"),
        all_config=line.has("all-config"),
    )


def _start(line: CommandLine, argv: Sequence[str]) -> int:
    import signal

    # A reload or a stop right after the start waits, and ends nothing half-way. Importing the list of all
    # signals that are acted on takes longer than everything before it: ``hold`` adds the rare ones.
    usual = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)
    signal.pthread_sigmask(signal.SIG_BLOCK, usual)
    import gc

    gc.disable()  # until the supervisor runs: what is made meanwhile stays
    from pykeepalived import method_cache

    method_cache.begin()
    from pykeepalived.daemon.signals import hold

    if not line.has("check") and not line.has("namespace"):
        from pykeepalived.netio.early_listener import listen

        listen()
    from pykeepalived.daemon.haste import hasten

    hasten()
    hold()  # from here on no signal is lost: it waits until the supervisor listens
    from pykeepalived.cli.daemonhost import DaemonHost
    from pykeepalived.cli.daemonsettings import settings_from
    from pykeepalived.cli.files import FileLoader
    from pykeepalived.daemon.kept_start import KeptStart, path_for
    from pykeepalived.daemon.reader import Reader
    from pykeepalived.daemon.startup import start

    settings = settings_from(line, argv)
    kept = KeptStart(path_for(settings, os.environ), FileLoader, DaemonHost, Reader())
    return start(settings, kept, kept=kept)
