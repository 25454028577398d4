"""From a command line to a running supervisor, or to an exit status that says why not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pykeepalived import __version__, method_cache, module_cache
from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.base.umask import DEFAULT_UMASK
from pykeepalived.daemon import children, daemonize, logging, pidfile, privileges
from pykeepalived.daemon.children import Entry
from pykeepalived.daemon.configured import Configured, UnusableConfigurationError
from pykeepalived.daemon.dumps import configured_text
from pykeepalived.daemon.kept_start import KeptStart
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.reloading import Configure, report
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.daemon.supervisor import Supervisor
from pykeepalived.ipc.messages import Process
from pykeepalived.netio import early_listener

EXIT_FATAL = 1
VERSION = f"Keepalived v2.4.3 (pykeepalived {__version__})"

log = get_logger()


class StartError(PykeepalivedError):
    """The operating system does not let us do what the settings ask for."""


def start(
    settings: DaemonSettings,
    configure: Configure,
    entries: Mapping[Process, Entry] | None = None,
    kept: KeptStart | None = None,
) -> int:
    """The life of the daemon; the exit status.

    ``configure`` loads and plans; tests pass one of their own, and ``entries`` of toy children.
    ``kept``: what the last start left, which may spare that.
    """
    logging.configure(Process.SUPERVISOR, settings.log)
    _introduce(settings)
    recalled = None if kept is None else kept.recalled(settings)
    try:
        configured = recalled or configure(settings)
    except UnusableConfigurationError as problem:
        log.error(str(problem))
        _caller(settings).failed(problem.exit_status, str(problem))
        logging.flush()
        return problem.exit_status
    report(configured)
    if settings.dump_config:
        for line in configured_text(configured).splitlines():
            log.info(line)
    paths = _pid_paths(settings, configured)
    try:
        pidfile.check_free(paths.supervisor)
    except pidfile.PidFileError as problem:
        return _refuse(_caller(settings), problem)
    caller = _caller(settings) if settings.foreground else daemonize.background()
    if not settings.foreground:
        logging.configure(Process.SUPERVISOR, settings.log)
    os.umask(configured.umask if configured.umask is not None else DEFAULT_UMASK)
    try:
        own = pidfile.OwnPidFile(paths.supervisor)
    except pidfile.PidFileError as problem:
        return _refuse(caller, problem)
    try:
        if refused := _prepare_process(settings, configured):
            return _refuse(caller, refused)
        runs = entries or children.entries(configured.plans)
        method_cache.end()  # everything is imported, and no child needs either
        module_cache.end()
        supervisor = Supervisor(
            settings, configure, configured, runs, paths, own, kept=kept, unconfirmed=recalled is not None
        )
        status = supervisor.run(caller)
        log.info(f"Stopped {VERSION}")
        return status
    finally:
        own.release()
        logging.flush()


def _caller(settings: DaemonSettings) -> daemonize.Caller:
    return daemonize.foreground(log_on_console=settings.log.console)


def _introduce(settings: DaemonSettings) -> None:
    system = os.uname()
    log.info(f"Starting {VERSION}")
    log.info(f"Running on {system.sysname} {system.release} {system.version}")
    log.info("Command line: " + " ".join(f"'{word}'" for word in settings.command_line))
    for problem in settings.problems:
        log.warning(problem)
    for option in settings.later:
        log.info(f"Option {option}: accepted, not yet acted on")
    log.info(f"Configuration file {settings.config_file}")


def _refuse(caller: daemonize.Caller, problem: Exception) -> int:
    log.error(str(problem))
    caller.failed(EXIT_FATAL, str(problem))
    logging.flush()
    return EXIT_FATAL


def _pid_paths(settings: DaemonSettings, configured: Configured) -> pidfile.PidPaths:
    namespace = settings.namespace or configured.fixed.net_namespace
    paths = pidfile.default_paths(configured.fixed.instance, namespace)
    return pidfile.PidPaths(
        Path(settings.pid_file or paths.supervisor),
        Path(settings.vrrp_pid_file or paths.vrrp),
        Path(settings.checkers_pid_file or paths.checker),
        Path(settings.bfd_pid_file or paths.bfd),
    )


def _prepare_process(settings: DaemonSettings, configured: Configured) -> StartError | None:
    """Name, limits and namespace, which every child inherits."""
    privileges.set_name(configured.names[Process.SUPERVISOR])
    if settings.core_dump:
        privileges.lift_core_limit()
    namespace = settings.namespace or configured.fixed.net_namespace
    if namespace:
        early_listener.forget()  # it hears another network
        try:
            privileges.enter_network_namespace(namespace)
        except OSError as problem:
            return StartError(f"cannot enter network namespace {namespace}: {problem.strerror}")
    return None
