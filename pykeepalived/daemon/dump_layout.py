"""From a running configuration and the answers of the processes to the texts of the state files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from typing import cast

from pykeepalived.base.umask import DEFAULT_UMASK
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.bound import Bound
from pykeepalived.config.values import Account, Script
from pykeepalived.daemon import privileges
from pykeepalived.daemon.bfd_dumptext import bfd_lines
from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.dump_global import GlobalFacts, Part, global_lines, quoted
from pykeepalived.daemon.dump_processes import own_weights_of, process_objects
from pykeepalived.daemon.dump_services import ServicesState, service_lines
from pykeepalived.daemon.dump_state import VrrpState, vrrp_lines
from pykeepalived.daemon.dumptext import Instance
from pykeepalived.ipc.details import HostReport, ProcessReport, ServiceReport
from pykeepalived.ipc.messages import BfdSnapshots, InstanceSnapshot, Process
from pykeepalived.notify.plan import NotifyPlan
from pykeepalived.plan.bfd import BfdPlan
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.lvs import plan_lvs
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.plan.watching import process_settings


class Layout:
    """The files of one configuration."""

    def __init__(self, configured: Configured) -> None:
        self._configured = configured

    def part(self, part: Part) -> str:
        """The global part alone."""
        return _text(self._global(part))

    def instances(self, snapshots: Sequence[InstanceSnapshot]) -> list[Instance]:
        """What is configured beside what is."""
        config = self._configured.config
        scripts = config.vrrp_scripts if config is not None else ()
        commands = {one.name: quoted(one.script) for one in scripts if one.script is not None}
        blocks, settings, groups = self._configured.instances()
        return [
            Instance(blocks[one.name], settings[one.name], one, groups.get(one.name), commands)
            for one in snapshots
            if one.name in blocks and one.name in settings
        ]

    def processes(self, reports: Sequence[ProcessReport]) -> list[dict[str, object]]:
        """The tracked processes of the JSON file."""
        config = self._configured.config
        blocks = config.vrrp_track_processes if config is not None else ()
        return process_objects([*map(process_settings, blocks)], own_weights_of(blocks), reports)

    def _notifies(self) -> NotifyPlan:
        return cast(NotifyPlan | None, self._configured.plans.get(Process.NOTIFIER)) or NotifyPlan()

    def vrrp(
        self,
        snapshots: Sequence[InstanceSnapshot],
        host: HostReport | None,
        processes: Sequence[ProcessReport] = (),
    ) -> str:
        """``keepalived.data``."""
        configured = self._configured
        plan = cast(VrrpPlan | None, configured.plans.get(Process.VRRP))
        state = VrrpState(
            instances=self.instances(snapshots),
            groups=configured.sync_groups(),
            static=configured.static(),
            tracking=() if plan is None else plan.tracking.routers,
            watch=self._notifies().watch,
            processes=processes,
            host=host,
            to_realtime_ns=time.time_ns() - time.monotonic_ns(),
        )
        lines = vrrp_lines(state, configured.config, self._identify) if configured.config else ()
        return _text(self._global(Part.VRRP), lines)

    def checker(self, reports: Sequence[ServiceReport]) -> str:
        """``keepalived_check.data``."""
        config = self._configured.config
        plan = cast(CheckerPlan | None, self._configured.plans.get(Process.CHECKER))
        if config is None or plan is None:
            return _text(self._global(Part.CHECKER))
        state = ServicesState(plan_lvs(config), plan.checks, reports)
        return _text(self._global(Part.CHECKER), service_lines(state, config, self._identify))

    def bfd(self, snapshots: BfdSnapshots) -> str:
        """``keepalived_bfd.data``."""
        plan = cast(BfdPlan | None, self._configured.plans.get(Process.BFD))
        sessions = () if plan is None else plan.sessions
        return _text(self._global(Part.BFD), bfd_lines(snapshots, sessions))

    def _global(self, part: Part) -> Iterator[str]:
        configured = self._configured
        if configured.config is None:
            return iter(())
        block = configured.config.global_defs
        mail = self._notifies().mail
        facts = GlobalFacts(
            umask=configured.umask if configured.umask is not None else DEFAULT_UMASK,
            instance=configured.fixed.instance,
            namespace=configured.fixed.net_namespace,
            namespace_ipvs=configured.fixed.net_namespace_ipvs,
            script_security=block.enable_script_security,
            default_owner=self._identify(None) if _default_user_is_known(configured.config, part) else None,
            router_id=mail.router_id or os.uname().nodename,  # asking a name server now might take long
            smtp_helo=mail.helo if mail.host else "",
            mail_from=mail.sender,
        )
        return global_lines(block, facts, self._identify, part)

    def _identify(self, account: Account | None) -> str:
        user = self._configured.script_user
        try:
            user = privileges.script_user(account, user)
        except privileges.UnknownAccountError:
            return "?:?"
        return f"{user.uid}:{user.gid}"


_SCRIPTS_IN = {
    Part.VRRP: ("vrrp_scripts", "vrrp_instances", "vrrp_sync_groups"),
    Part.CHECKER: ("virtual_servers",),
}
"""Where a part of keepalived reads scripts."""


def _default_user_is_known(config: Config, part: Part) -> bool:
    """It is configured, or a script was read that needs it (2.4.3 looks it up then)."""
    if config.global_defs.script_user is not None:
        return True
    return any(map(_needs_default_user, (getattr(config, name) for name in _SCRIPTS_IN.get(part, ()))))


def _needs_default_user(value: object) -> bool:
    match value:
        case Script(account=account):
            return account is None
        case Bound():
            own = getattr(value, "user", None) is not None
            inside = (one for one in vars(value).values() if not (own and isinstance(one, Script)))
            return any(map(_needs_default_user, inside))
        case tuple():
            return any(map(_needs_default_user, value))
        case _:
            return False


def _text(*parts: Iterator[str] | tuple[()]) -> str:
    return "".join(f"{line}\n" for part in parts for line in part)
