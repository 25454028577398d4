"""From a configuration file to what every process is told.

The only place of the daemon that knows how a configuration is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.uncollected import uncollected
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.host import Host, ScriptState
from pykeepalived.config.load import load
from pykeepalived.config.values import Account, Script
from pykeepalived.daemon import privileges
from pykeepalived.daemon.configured import (
    DEFAULT_NAME,
    Configured,
    UnusableConfigurationError,
)
from pykeepalived.daemon.dump_files import DumpFiles
from pykeepalived.daemon.mail_plan import mail_settings
from pykeepalived.daemon.once_scripts import once_scripts
from pykeepalived.daemon.plan_memory import PlanMemory, Planning
from pykeepalived.daemon.reload import Fixed
from pykeepalived.daemon.reload_settings import consolidated, reload_settings
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.ipc.messages import Process, ScriptUser
from pykeepalived.notify.plan import NO_SCRIPTS, NotifyPlan, PlanBuilder, UpDownScripts, server_key
from pykeepalived.plan.lvs import LvsPlan, plan_lvs, sync_daemons
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.plan.watching import plan_watching
from pykeepalived.syntax.includes import IncludeCheck
from pykeepalived.syntax.source import Loader

if TYPE_CHECKING:
    pass

MIN_CHILD_WAIT_TIME = 1
"""Seconds.  A process that is killed before it could release its addresses leaves them behind."""
EXIT_CONFIG = 2
EXIT_NO_CONFIG = 6


def configure(
    settings: DaemonSettings, loader: Loader, host: Host | None, memory: PlanMemory | None = None
) -> Configured:
    """Load a file and plan every process; UnusableConfigurationError when nothing can be run from it.

    ``memory``: what did not change since the last time is not done again, and what is planned as it was is
    the very object; the outcome is the same.
    """
    with uncollected():
        return _configure(settings, loader, host, memory)


def _configure(
    settings: DaemonSettings, loader: Loader, host: Host | None, memory: PlanMemory | None
) -> Configured:
    file = settings.config_file
    loaded = load(
        file,
        loader,
        host=host,
        config_id=settings.config_id or os.uname().nodename.partition(".")[0],
        include_checks=IncludeCheck.ALL if settings.all_config else IncludeCheck.NONE,
        memory=None if memory is None else memory.loads(file),
        umask=settings.umask,
        running=True,
    )
    _refuse_unusable(loaded.diagnostics)
    config = loaded.config
    resolver = _Resolver(config, host)
    planning = Planning() if memory is None else memory.planning(file, loaded.recalled)
    lvs = plan_lvs(config, planning.pools)
    plans: dict[Process, object] = {}
    notes: list[str] = []
    static = config.static_ipaddress or config.static_routes or config.static_rules
    if settings.run_vrrp and (config.vrrp_instances or static or settings.run_all):
        tracked = None if planning.vrrp is None else planning.vrrp.tracking
        plans[Process.VRRP] = planning.vrrp = plan_vrrp(config, lvs, planning.routers, tracked)
    if settings.run_checkers and (config.virtual_servers or sync_daemons(config)[1] or settings.run_all):
        # Here and not above: a router without virtual servers is ready some 20 ms earlier.
        from pykeepalived.plan.health import plan_checks

        checks = plan_checks(config, resolver.identity, lvs, planning.checks)
        plans[Process.CHECKER] = checks
        notes.extend(checks.notes)
    if settings.run_bfd and (config.bfd_instances or settings.run_all):
        from pykeepalived.plan.bfd import plan_bfd

        plans[Process.BFD] = plan_bfd(config)
    vrrp = plans.get(Process.VRRP)
    notify, problems = notify_plan(config, resolver, lvs)
    if isinstance(vrrp, VrrpPlan):
        watch, not_run = plan_watching(config, vrrp.tracking, resolver.identified)
        notify, problems = replace(notify, watch=watch), [*problems, *not_run]
    told = settings.run_all or not notify.empty
    if told and (Process.VRRP in plans or Process.CHECKER in plans):
        plans[Process.NOTIFIER] = notify
    block = config.global_defs
    if block.enable_dbus and isinstance(vrrp, VrrpPlan):
        from pykeepalived.daemon import dbus_plan

        dbus = dbus_plan.dbus_plan(config, vrrp)
        if dbus is None:
            problems.append(dbus_plan.MISSING)
        else:
            plans[Process.DBUS] = dbus
    if settings.snmp or asks_for_snmp(config):
        from pykeepalived.daemon.snmp_plan import snmp_plan

        snmp, refused = snmp_plan(settings, config, plans, lvs)
        notes.extend(refused)
        if snmp is not None:
            plans[Process.SNMP] = snmp
    startup, shutdown, not_run = once_scripts(config, resolver.builder())
    if memory is not None:
        memory.keep(file, planning)
    return Configured(
        plans=plans,
        diagnostics=tuple(loaded.diagnostics),
        notes=(*notes, *problems, *not_run),
        fixed=Fixed(config.instance, config.net_namespace, config.net_namespace_ipvs),
        umask=block.umask,
        child_wait_time=max(MIN_CHILD_WAIT_TIME, config.child_wait_time),
        names=_names(config),
        json_version=block.json_version or 1,
        config=config,
        startup=startup,
        shutdown=shutdown,
        findings=loaded.findings,
        test_status=loaded.exit_status,
        files=DumpFiles(
            block.state_dump_file,
            block.data_use_instance,
            config.instance,
            settings.namespace or config.net_namespace,
        ),
        reload=reload_settings(config),
        script_user=_default_user(config),
        text=consolidated(loaded.document) if block.config_save_dir is not None else None,
    )


def asks_for_snmp(config: Config) -> bool:
    """Whether the configuration wants an SNMP process, if anything runs that it could tell of."""
    block = config.global_defs
    rfc = block.enable_snmp_rfc or block.enable_snmp_rfcv2 or block.enable_snmp_rfcv3
    return block.enable_snmp_vrrp or block.enable_snmp_checker or rfc


def notify_plan(config: Config, resolver: _Resolver, lvs: LvsPlan) -> tuple[NotifyPlan, list[str]]:
    """Everyone who wants to be told, and what could not be arranged."""
    builder = resolver.builder()
    block = config.global_defs
    priority = bool(block.vrrp_notify_priority_changes)
    shared = {
        member.name: bool(group.notify_priority_changes)
        for group in config.vrrp_sync_groups
        if group.is_set("notify_priority_changes")
        for member in group.group
    }
    instances = {
        one.name: builder.instance(one, shared.get(one.name, priority)) for one in config.vrrp_instances
    }
    groups = {one.name: builder.group(one) for one in config.vrrp_sync_groups}
    services: dict[str, UpDownScripts] = {}
    servers: dict[str, UpDownScripts] = {}
    for pool in lvs.pools:
        name = pool.settings.label
        services[name] = UpDownScripts(
            builder.command(pool.virtual_server.quorum_up, name),
            builder.command(pool.virtual_server.quorum_down, name),
        )
        scripted = [(key, real) for key, real in pool.servers if real.notify_up or real.notify_down]
        labels = {server.key: server.label for server in pool.settings.servers} if scripted else {}
        for key, real in scripted:
            servers[server_key(name, labels[key])] = UpDownScripts(
                builder.command(real.notify_up, labels[key]), builder.command(real.notify_down, labels[key])
            )
    neither = UpDownScripts()
    plan = NotifyPlan(
        instances={
            name: scripts
            for name, scripts in instances.items()
            if scripts is not NO_SCRIPTS and scripts != NO_SCRIPTS
        },
        groups={name: scripts for name, scripts in groups.items() if scripts != NO_SCRIPTS},
        services={name: scripts for name, scripts in services.items() if scripts != neither},
        servers={name: scripts for name, scripts in servers.items() if scripts != neither},
        fifos=tuple(builder.fifos(block)),
        umask=block.umask if block.umask is not None else NotifyPlan().umask,
        mail=mail_settings(config, lvs),
        group_of={member.name: group.name for group in config.vrrp_sync_groups for member in group.group},
        states_on_reload=block.fifo_write_vrrp_states_on_reload,
    )
    return plan, builder.problems


def _refuse_unusable(diagnostics: Sequence[Diagnostic]) -> None:
    """A missing file ends keepalived's start with 6, a missing word with 2."""
    for diagnostic in diagnostics:
        if diagnostic.severity is Severity.FATAL:
            raise UnusableConfigurationError(str(diagnostic), EXIT_NO_CONFIG)
    missing = [str(diagnostic) for diagnostic in diagnostics if diagnostic.exit_class == EXIT_CONFIG]
    if missing:
        raise UnusableConfigurationError("\n".join(missing), EXIT_CONFIG)


class _Resolver:
    """Accounts of the configuration as numbers of this host."""

    def __init__(self, config: Config, host: Host | None) -> None:
        self._all_groups = config.global_defs.set_supplementary_groups
        self._default = _default_user(config)
        self._default_account = config.global_defs.script_user
        self._by_symlink = config.global_defs.use_symlink_paths
        self._host = host if config.global_defs.enable_script_security else None
        self._users: dict[Account | None, ScriptUser] = {}

    def builder(self) -> PlanBuilder:
        return PlanBuilder(self.user, self.may_run, self.flaws, by_symlink=self._by_symlink)

    def user(self, account: Account | None) -> ScriptUser:
        if account not in self._users:
            asked = account
            if asked is not None and self._all_groups:
                asked = replace(asked, supplementary=True)
            self._users[account] = privileges.script_user(asked, self._default)
        return self._users[account]

    def may_run(self, script: Script) -> bool:
        """enable_script_security: a script that somebody else could change never runs."""
        if self._host is None:
            return True
        account = script.account or self._default_account
        return self._host.script(script, account, secure=True) is not ScriptState.INSECURE

    def flaws(self, script: Script) -> str:
        """What of the path of a script that must not run is at fault."""
        account = script.account or self._default_account
        return "" if self._host is None else self._host.script_flaws(script, account)

    def identified(self, account: Account | None) -> tuple[int, int, tuple[int, ...]]:
        user = self.user(account)
        return user.uid, user.gid, user.groups

    def identity(self, account: Account | None) -> tuple[int, int, tuple[int, ...]] | None:
        try:
            user = self.user(account)
        except privileges.UnknownAccountError:
            return None
        return user.uid, user.gid, user.groups


def _default_user(config: Config) -> ScriptUser:
    account, all_groups = config.global_defs.script_user, config.global_defs.set_supplementary_groups
    try:
        if account is not None and all_groups:
            account = replace(account, supplementary=True)
        return privileges.script_user(account, privileges.default_script_user(all_groups=all_groups))
    except privileges.UnknownAccountError:
        return privileges.default_script_user(all_groups=all_groups)


def _names(config: Config) -> dict[Process, str]:
    block = config.global_defs
    suffixed = block.process_names
    own = {
        Process.SUPERVISOR: (block.process_name, ""),
        Process.VRRP: (block.vrrp_process_name, "_vrrp"),
        Process.CHECKER: (block.checker_process_name, "_lvs"),
        Process.NOTIFIER: (None, "_notify"),
        Process.BFD: (block.bfd_process_name, "_bfd"),
        Process.SNMP: (None, "_snmp"),
        Process.DBUS: (None, "_dbus"),
    }
    # A child without a name of its own has its parent's, as after keepalived's fork.
    inherited = block.process_name or DEFAULT_NAME
    return {
        process: name or (DEFAULT_NAME + suffix if suffixed else inherited)
        for process, (name, suffix) in own.items()
    }
