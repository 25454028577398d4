"""Which scripts and FIFOs belong to which instance, group, service and server, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.base.umask import DEFAULT_UMASK
from pykeepalived.config.values import Account, Fifo, Script
from pykeepalived.ipc.messages import RouterState, ScriptUser
from pykeepalived.notify.mail import MailSettings
from pykeepalived.tracking.settings import WatchSettings

if TYPE_CHECKING:
    from pykeepalived.config.blocks.global_defs import GlobalDefs
    from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
    from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup

ResolveAccount = Callable[[Account | None], ScriptUser]
"""From a configured account (None: the default one) to numbers; raises for an unknown one."""


ROOT = ScriptUser()


@dataclass(frozen=True, slots=True)
class Command:
    """What to execute and as whom; ``by_symlink`` is ``use_symlink_paths``."""

    argv: tuple[str, ...]
    user: ScriptUser = ROOT
    by_symlink: bool = False


@dataclass(frozen=True, slots=True)
class RouterScripts:
    """Scripts of one vrrp_instance or vrrp_sync_group.

    ``generic`` is ``notify``: it gets four extra arguments, the others none.  ``tells_deleted`` is whether
    the end of the instance by a reload is called DELETED (else FAULT).
    """

    master: Command | None = None
    backup: Command | None = None
    fault: Command | None = None
    stop: Command | None = None
    deleted: Command | None = None
    master_rx_lower_pri: Command | None = None
    generic: Command | None = None
    tells_deleted: bool = False
    tells_priority: bool = False

    def specific(self, state: RouterState) -> Command | None:
        """The script that only this state starts."""
        match state:
            case RouterState.MASTER:
                return self.master
            case RouterState.BACKUP:
                return self.backup
            case RouterState.FAULT:
                return self.fault
            case RouterState.STOP:
                return self.stop
            case RouterState.DELETED:
                return self.deleted
            case RouterState.INIT:
                return None


@dataclass(frozen=True, slots=True)
class UpDownScripts:
    """``quorum_up``/``quorum_down`` of a service, ``notify_up``/``notify_down`` of a server."""

    up: Command | None = None
    down: Command | None = None


@dataclass(frozen=True, slots=True)
class FifoSettings:
    """One FIFO: its owner, what is written to it, and the program that reads it."""

    path: str
    user: ScriptUser = ROOT
    vrrp: bool = True
    lvs: bool = True
    reader: Command | None = None


@dataclass(frozen=True, slots=True)
class NotifyPlan:
    """First argument of the notifier's ``run``.

    Keys are the names that messages use: of an instance, a group, ``service`` and ``service server``.
    ``watch`` is what the same process watches for the vrrp process.  ``group_of`` is the sync group of each
    instance that is in one; ``states_on_reload`` is fifo_write_vrrp_states_on_reload.
    """

    told_by_changes = True
    """Of the class, not of a plan (no field): see ``plan_change``."""
    instances: dict[str, RouterScripts] = field(default_factory=dict)
    groups: dict[str, RouterScripts] = field(default_factory=dict)
    services: dict[str, UpDownScripts] = field(default_factory=dict)
    servers: dict[str, UpDownScripts] = field(default_factory=dict)
    fifos: tuple[FifoSettings, ...] = ()
    umask: int = DEFAULT_UMASK
    watch: WatchSettings = field(default_factory=WatchSettings)
    group_of: dict[str, str] = field(default_factory=dict)
    states_on_reload: bool = False
    mail: MailSettings = field(default_factory=MailSettings)

    @property
    def empty(self) -> bool:
        """Whether there is nobody to tell and nothing to watch."""
        told = self.instances or self.groups or self.services or self.servers or self.fifos
        return not told and not self.mail.usable and self.watch.empty


def server_key(service: str, server: str) -> str:
    """Key of a server in ``NotifyPlan.servers``."""
    return f"{service} {server}"


class PlanBuilder:
    """Turns configured scripts into commands; collects what this host does not know."""

    def __init__(
        self,
        resolve: ResolveAccount,
        may_run: Callable[[Script], bool] = lambda _: True,
        flaws: Callable[[Script], str] = lambda _: "",
        *,
        by_symlink: bool = False,
    ) -> None:
        """``may_run`` is the answer of enable_script_security, ``flaws`` its reason in words."""
        self._by_symlink = by_symlink
        self._resolve = resolve
        self._may_run = may_run
        self._flaws = flaws
        self.problems: list[str] = []

    def command(self, script: Script | None, owner: str) -> Command | None:
        """A configured script with its numeric user; None (and a problem) for an unknown account."""
        if script is None or not script.argv:
            return None
        if not self._may_run(script):
            who = self._flaws(script) or "others than root could change it or its folder"
            self.problems.append(
                f"{owner}: script {script.command} will not be run: {who} (enable_script_security)"
            )
            return None
        try:
            return Command(tuple(script.argv), self._resolve(script.account), self._by_symlink)
        except PykeepalivedError as problem:
            self.problems.append(f"{owner}: script {script.command} will not be run: {problem}")
            return None

    def instance(self, block: VrrpInstance, tells_priority: bool) -> RouterScripts:
        own = block.notify_priority_changes if block.is_set("notify_priority_changes") else None
        if not block.has_any(_OF_INSTANCE):
            return _NO_SCRIPTS[bool(tells_priority if own is None else own)]
        scripts = self._router(block, f"({block.name})")
        return RouterScripts(
            **{name: getattr(scripts, name) for name in _COMMANDS},
            deleted=self.command(block.notify_deleted, f"({block.name})"),
            master_rx_lower_pri=self.command(block.notify_master_rx_lower_pri, f"({block.name})"),
            tells_deleted=block.notify_deleted is not None,
            tells_priority=tells_priority if own is None else own,
        )

    def group(self, block: VrrpSyncGroup) -> RouterScripts:
        return self._router(block, f"VRRP_Group({block.name})")

    def _router(self, block: VrrpInstance | VrrpSyncGroup, owner: str) -> RouterScripts:
        return RouterScripts(
            master=self.command(block.notify_master, owner),
            backup=self.command(block.notify_backup, owner),
            fault=self.command(block.notify_fault, owner),
            stop=self.command(block.notify_stop, owner),
            generic=self.command(block.notify, owner),
        )

    def fifos(self, block: GlobalDefs) -> Iterable[FifoSettings]:
        """The FIFOs of global_defs, those for everything first."""
        rows = (
            (block.notify_fifo, block.notify_fifo_script, True, True),
            (block.vrrp_notify_fifo, block.vrrp_notify_fifo_script, True, False),
            (block.lvs_notify_fifo, block.lvs_notify_fifo_script, False, True),
        )
        for fifo, script, vrrp, lvs in rows:
            if fifo is None:
                continue
            try:
                owner = self._fifo_owner(fifo)
            except PykeepalivedError as problem:
                self.problems.append(f"FIFO {fifo.path} will not be used: {problem}")
                continue
            yield FifoSettings(fifo.path, owner, vrrp, lvs, self.command(script, f"FIFO {fifo.path}"))

    def _fifo_owner(self, fifo: Fifo) -> ScriptUser:
        if fifo.user is None:
            return ScriptUser()
        return self._resolve(Account(fifo.user, fifo.group))


_COMMANDS = ("master", "backup", "fault", "stop", "generic")
_OF_INSTANCE = frozenset((
    "notify", "notify_master", "notify_backup", "notify_fault", "notify_stop", "notify_deleted",
    "notify_master_rx_lower_pri",
))  # fmt: skip
NO_SCRIPTS = RouterScripts()
_NO_SCRIPTS = {False: NO_SCRIPTS, True: RouterScripts(tells_priority=True)}
"""What an instance without any script comes to; most have none."""
