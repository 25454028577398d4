"""What a configuration comes to, as far as the daemon needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.daemon import privileges
from pykeepalived.daemon.dump_files import DumpFiles
from pykeepalived.daemon.once_scripts import OnceScript
from pykeepalived.daemon.reload import Fixed
from pykeepalived.daemon.reload_care import ReloadSettings
from pykeepalived.ipc.messages import Process, ScriptUser
from pykeepalived.plan.static import StaticSettings
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings, SyncGroupSettings

if TYPE_CHECKING:
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
    from pykeepalived.config.frame import Finding
    from pykeepalived.daemon.kept_start import Inputs

DEFAULT_NAME = "keepalived"
"""What ps shows: tools look for it."""
DEFAULT_CHILD_WAIT_TIME = 5


class UnusableConfigurationError(PykeepalivedError):
    """Nothing can be run from this file; ``exit_status`` is what a start ends with."""

    def __init__(self, message: str, exit_status: int) -> None:
        super().__init__(message)
        self.exit_status = exit_status


@dataclass(frozen=True, slots=True)
class Configured:
    """A loaded configuration as far as the daemon needs it.

    ``plans`` has an entry per process that has something to do.  ``notes`` are log lines about services,
    checks, scripts and FIFOs that were left out, whole or in part.  ``umask`` None: not configured.
    ``findings`` and ``test_status`` are what ``-t`` says; ``text`` what was read, when it is to be saved.
    ``script_user``: whom scripts without an account of their own run as.  ``config`` None: not read, but what
    the last start kept.  ``inputs``: what all this was made from.
    """

    plans: Mapping[Process, object]
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()
    fixed: Fixed = field(default_factory=Fixed)
    umask: int | None = None
    child_wait_time: int = DEFAULT_CHILD_WAIT_TIME
    names: Mapping[Process, str] = field(default_factory=lambda: dict.fromkeys(Process, DEFAULT_NAME))
    json_version: int = 1
    config: Config | None = None
    startup: OnceScript | None = None
    shutdown: OnceScript | None = None
    findings: tuple[Finding, ...] = ()
    test_status: int = 0
    files: DumpFiles = field(default_factory=DumpFiles)
    reload: ReloadSettings = field(default_factory=ReloadSettings)
    text: str | None = None
    script_user: ScriptUser = privileges.ROOT
    inputs: Inputs | None = None

    @property
    def empty(self) -> bool:
        """Whether the file asks for nothing at all."""
        return not any(process in self.plans for process in (Process.VRRP, Process.CHECKER, Process.BFD))

    def instances(self) -> tuple[dict[str, VrrpInstance], dict[str, RouterSettings], dict[str, str]]:
        """By name: the blocks, what they mean, and the sync group of those that have one."""
        vrrp = self._vrrp()
        if self.config is None or vrrp is None:
            return {}, {}, {}
        blocks = {block.name: block for block in self.config.vrrp_instances}
        settings = {router.name: router for router in vrrp.routers}
        return blocks, settings, {name: group.name for group in vrrp.groups for name in group.members}

    def _vrrp(self) -> VrrpPlan | None:
        return cast(VrrpPlan | None, self.plans.get(Process.VRRP))

    def sync_groups(self) -> Sequence[SyncGroupSettings]:
        vrrp = self._vrrp()
        return vrrp.groups if vrrp is not None else ()

    def static(self) -> StaticSettings | None:
        """What stands whatever the routers do."""
        vrrp = self._vrrp()
        return None if vrrp is None else vrrp.static
