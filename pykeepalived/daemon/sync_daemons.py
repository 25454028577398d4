"""The kernel's connection sync daemons, as the configuration and the state of one VRRP instance want them.

The daemons are threads of the kernel and outlive the process that started them: what a killed predecessor
left running is compared with what is wanted, like everything else in the table.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.daemon.log import get_logger
from pykeepalived.ipc.messages import RouterState
from pykeepalived.plan.lvs_support import SyncPlan
from pykeepalived.plan.ports import IpvsPort, SyncDaemon, SyncRole

KERNEL_GROUP, KERNEL_PORT, KERNEL_TTL = IPv4Address("224.0.0.81"), 8848, 1

_WITHOUT_ROLE = frozenset({RouterState.INIT, RouterState.STOP, RouterState.DELETED})

log = get_logger()


class SyncDaemons:
    """Starts and stops them.  ``port`` None: no IPVS, nothing happens."""

    def __init__(self) -> None:
        self.port: IpvsPort | None = None
        self._plan: SyncPlan | None = None
        self._claimed = False
        self._states: dict[str, RouterState] = {}
        self._started: dict[SyncRole, SyncDaemon] = {}

    def configure(self, plan: SyncPlan | None) -> None:
        """At start and at reload; daemons that stay as they are are not touched."""
        self._plan = plan
        self._claimed = self._claimed or plan is not None
        self._settle()

    def instance_is(self, name: str, state: RouterState) -> None:
        """A VRRP instance entered a state."""
        self._states[name] = state
        if self._plan is not None and name == self._plan.instance:
            self._settle()

    def close(self) -> None:
        """Stop what is ours."""
        self._plan = None
        self._settle()

    @property
    def wanted(self) -> dict[SyncRole, SyncDaemon]:
        """What should run now."""
        plan = self._plan
        if plan is None:
            return {}
        daemons = {daemon.role: daemon for daemon in plan.daemons}
        if plan.instance is None:
            return daemons
        state = self._states.get(plan.instance, RouterState.INIT)
        if state in _WITHOUT_ROLE:
            return {}
        role = SyncRole.MASTER if state is RouterState.MASTER else SyncRole.BACKUP
        return {role: daemons[role]}

    @property
    def _awaited(self) -> dict[SyncRole, SyncDaemon]:
        """What goes on if a killed predecessor left it, until the instance says which role it has."""
        plan = self._plan
        if plan is None or plan.instance is None:
            return {}
        if self._states.get(plan.instance, RouterState.INIT) is not RouterState.INIT:
            return {}
        return {daemon.role: daemon for daemon in plan.daemons}

    def _settle(self) -> None:
        if self.port is None or not self._claimed:
            return
        try:
            running = {daemon.role: daemon for daemon in self.port.daemons()}
        except (KernelRefusedError, OSError) as problem:
            log.error(f"IPVS sync daemons cannot be looked at: {problem}")
            return
        wanted = self.wanted
        possible = wanted | self._awaited
        for role, daemon in running.items():
            if role not in possible or not self._is_same(daemon, possible[role]):
                self._stop(role)
        for role, daemon in wanted.items():
            if role not in running or role not in self._started:
                self._start(daemon)

    def _is_same(self, running: SyncDaemon, wanted: SyncDaemon) -> bool:
        started = self._started.get(wanted.role)
        if started is not None:
            return started == wanted
        same = _as_reported(wanted) == _as_reported(replace(running, maxlen=wanted.maxlen))
        if same and wanted.maxlen in (0, running.maxlen):
            self._started[wanted.role] = wanted
            return True
        return False

    def _start(self, daemon: SyncDaemon) -> None:
        assert self.port is not None
        words = _words(daemon)
        try:
            self.port.start_daemon(daemon)
        except (KernelRefusedError, OSError) as problem:
            log.error(f"IPVS {words} could not be started: {_explained(problem)}")
            return
        self._started[daemon.role] = daemon
        log.info(f"IPVS {words} started")

    def _stop(self, role: SyncRole) -> None:
        assert self.port is not None
        self._started.pop(role, None)
        try:
            self.port.stop_daemon(role)
        except (KernelRefusedError, OSError) as problem:
            log.error(f"IPVS sync daemon ({role.name.lower()}) could not be stopped: {problem}")
            return
        log.info(f"IPVS sync daemon ({role.name.lower()}) stopped")


def _as_reported(daemon: SyncDaemon) -> SyncDaemon:
    """As the kernel reports it, with its defaults for what is left to it; ``maxlen`` depends on the link."""
    return replace(
        daemon,
        group=daemon.group or KERNEL_GROUP,
        port=daemon.port or KERNEL_PORT,
        ttl=daemon.ttl or KERNEL_TTL,
    )


def _words(daemon: SyncDaemon) -> str:
    return f"sync daemon ({daemon.role.name.lower()}) on {daemon.interface}, syncid {daemon.sync_id}"


def _explained(problem: KernelRefusedError | OSError) -> str:
    number = problem.errno
    if number == 19:  # ENODEV
        return f"{problem}; is the interface there and up?"
    if number == 22:  # EINVAL
        return f"{problem}; the kernel has none while a real server is of another family than its service"
    return str(problem)
