"""The process that checks real servers and keeps the kernel's IPVS table in line with what it finds.

Verdicts, the states of VRRP instances and reloads all go the same way: events for pools, their actions in
order, then one visit to the kernel, then whoever wants to know is told.  Verdicts that arrive together share
the visit: when a rack dies, a thousand servers leave the table at once.  Whatever happens, after that the
table is what the pools want; a kernel without IPVS changes nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pykeepalived.base.errors import KernelFeatureMissingError, KernelRefusedError
from pykeepalived.daemon import checker_priority
from pykeepalived.daemon import logging as daemon_logging
from pykeepalived.daemon.check_runner import CheckRunner
from pykeepalived.daemon.checked_files import CheckedFiles
from pykeepalived.daemon.checker_status import snapshots
from pykeepalived.daemon.drains import Drains
from pykeepalived.daemon.foreign_changes import ForeignChanges
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.daemon.server_book import ServerBook, ServerName, name_of
from pykeepalived.daemon.service_sysctls import ServiceSysctls
from pykeepalived.daemon.service_tables import ServiceTables
from pykeepalived.daemon.stop_summary import summarised
from pykeepalived.daemon.sync_daemons import SyncDaemons
from pykeepalived.health.settings import ServerChecks
from pykeepalived.ipc.channels import Channels
from pykeepalived.ipc.draining import DrainRequest
from pykeepalived.ipc.messages import (
    BfdStateChanged,
    DumpKind,
    DumpRequest,
    InstanceState,
    Message,
    Process,
    Ready,
    Reload,
    ReloadDone,
    Restored,
    RouterState,
    RouterStateChanged,
    ServicesApplied,
    ServiceStateChanged,
    Stop,
    SubjectKind,
    VerdictChanged,
    VerdictSnapshots,
)
from pykeepalived.kernel.ipvs import open_ipvs
from pykeepalived.kernel.ipvs_table import IpvsTable, Outcome, counts
from pykeepalived.kernel.journal import Journal
from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.kernel.sysctls import SysctlKeeper
from pykeepalived.lvs.director import Director, Identity
from pykeepalived.lvs.events import (
    Action,
    Event,
    Log,
    QuorumNotify,
    ServerNotify,
    ServerVerdict,
    TableChanged,
    WeightChanged,
)
from pykeepalived.lvs.settings import PoolSettings
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.plan_change import PlanChange, plan_change, tells_changes
from pykeepalived.plan.ports import IpvsPort
from pykeepalived.plan.reloaded_marks import with_running_marks

MAX_LOGGED_REFUSALS = 20
"""Lines about refused steps per change; a kernel that refuses everything needs no thousand of them."""
OPEN_AGAIN_S = 30.0
"""Between tries to find IPVS: each may run modprobe."""

OpenIpvs = Callable[[], IpvsPort]

log = get_logger()


def run(
    plan: CheckerPlan, channels: Channels, options: ProcessOptions, *, open_table: OpenIpvs = open_ipvs
) -> int:
    """The life of the checker process; returns its exit status after a Stop."""
    return asyncio.run(_live(plan, channels, options, open_table))


async def _live(plan: CheckerPlan, channels: Channels, options: ProcessOptions, open_table: OpenIpvs) -> int:
    loop = asyncio.get_running_loop()
    daemon_logging.attach(loop)
    checker_priority.prepare(plan.process, loop)
    process = CheckerProcess(loop, plan, channels, options, open_table)
    channels.attach(loop, process.on_message)
    process.start()
    await process.stopped.wait()
    channels.detach()
    channels.flush()
    return 0


class CheckerProcess:
    """Everything of the process but its event loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        plan: CheckerPlan,
        channels: Channels,
        options: ProcessOptions,
        open_table: OpenIpvs = open_ipvs,
    ) -> None:
        self.stopped = asyncio.Event()
        self._loop = loop
        self._channels = channels
        self._options = options
        self._plan = plan
        self._told = plan  # which groups may have other marks in
        self._open_table = open_table
        self._table: IpvsTable | None = None
        self._book = ServerBook(self._on_server)
        self.runner = self._book.runner = CheckRunner(loop, self._book.observe)
        self._files = CheckedFiles(loop, self._book)
        self._director = Director(())
        self._sync = SyncDaemons()
        self._tables = ServiceTables()
        self._sysctls = ServiceSysctls(SysctlKeeper(Journal(_path(options.journal))))
        self._known_quorum: dict[str, bool] = {}
        self._told_before: dict[tuple[str, str], bool] = {}
        self._table_changed = False
        self._untold: list[VerdictChanged | ServiceStateChanged] = []
        self._visit: asyncio.Handle | None = None
        self._opening: asyncio.Handle = loop.call_soon(lambda: None)  # nothing to cancel yet
        self._foreign = ForeignChanges(loop, lambda: self._table)
        self._drains = Drains(
            loop,
            director=lambda: self._director,
            port=lambda: self._table.port if self._table is not None else None,
            carry_out=self._carry_out,
            tell=channels.supervisor.send,
            namespace=lambda: self._plan.support.namespace,
        )
        self._stopping = False

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Fill the kernel's table, begin the checks, say that we are ready."""
        restored = self._options.restored
        self._open()
        pools: Iterable[PoolSettings] = self._plan.pools
        if restored is not None:  # what the checks were left with decides what the table begins with
            self._book.start(self._plan.checks, restored)
            pools = [self._with_verdicts(settings) for settings in pools]
        self._director = Director(pools, _masters(restored))
        if restored is not None:
            self._drains.restore(restored.drained)
            self._known_quorum = {state.service: state.up for state in restored.services}
            self._told_before = {(one.service, one.server): one.up for one in restored.verdicts}
            for state in restored.states:
                if state.kind is SubjectKind.INSTANCE:
                    self._sync.instance_is(state.name, state.state)
        actions = self._director.start()
        self._set_timeouts()
        self._prepare_kernel()
        self._reconcile(exclusive=self._plan.flush_at_start and restored is None)
        self._sync.configure(self._plan.support.sync)
        with daemon_logging.burst():
            self._take(actions)
            if restored is None:
                self._book.start(self._plan.checks, None)
        self._files.configure()
        self._table_changed = False
        self._settle()
        self._told_before.clear()
        self._rest_idle_pools()
        self._foreign.start()
        self._channels.supervisor.send(Ready())

    def on_message(self, sender: Process, message: Message) -> None:
        """Something another process said."""
        match message:
            case InstanceState():
                self._on_instance(message)
            case RouterStateChanged(name, SubjectKind.INSTANCE, state):
                if not self._stopping:
                    self._sync.instance_is(name, state)
            case BfdStateChanged(name, up):
                if not self._stopping:
                    self._book.bfd_state(name, up)
            case Reload():
                self._on_reload(message)
            case DrainRequest():
                self._channels.supervisor.send(self._drains.answer(message))
            case DumpRequest(request_id, kind):
                pools = list(self._director.pools.values())
                detailed = kind in (DumpKind.STATUS, DumpKind.DATA)
                self._send_on(snapshots(request_id, pools, detailed=detailed))
            case Stop(reason):
                self._stop(reason)
            case _:
                pass  # that a partner went or came back changes nothing here

    def _stop(self, reason: str) -> None:
        if self._stopping:
            return
        self._stopping = True
        if reason:
            log.debug(f"Stopping: {reason}")
        self._opening.cancel()
        self._files.close()
        self.runner.close()
        self._foreign.close()
        self._drains.close()
        with daemon_logging.burst():
            self._take(summarised(self._director.stop()))
        self._table_changed = not self._options.keep_services
        self._settle()
        if self._table is not None:
            if not self._options.keep_services:
                self._sync.close()
                if self._plan.flush_at_stop:
                    self._table.port.flush()
            self._table.port.close()
        self._tables.close()
        self._sysctls.close()
        self.stopped.set()

    # ------------------------------------------------------------ events

    def _on_server(self, pool: Identity, event: Event, reason: str) -> None:
        """The checks of a server came to a conclusion."""
        self._take(self._director.handle(pool, event), reason)
        if isinstance(event, ServerVerdict):
            self._take(self._drains.server_changed(pool, event.server, event.up))
        if self._visit is None:
            self._visit = self._loop.call_soon(self._settle)

    def _on_instance(self, state: InstanceState) -> None:
        """A VRRP instance becomes Master or ceases to be: its services come or go before anything else."""
        if not self._stopping:
            self._take(self._director.set_master(state.name, state.master))
            self._settle()
        if state.request_id and self._channels.vrrp is not None:
            self._channels.vrrp.send(ServicesApplied(state.request_id))
        self._rest_idle_pools()

    def _on_reload(self, reload: Reload) -> None:
        change = reload.plan
        if tells_changes(self._told, change):  # whole; what it changes is found here
            change = plan_change(self._told, change)
        told = change.applied_to(self._told) if isinstance(change, PlanChange) else None
        if self._stopping or not isinstance(change, PlanChange) or not isinstance(told, CheckerPlan):
            self._channels.supervisor.send(
                ReloadDone(reload.request_id, "not a plan for the checker process")
            )
            return
        gone, fresh = change.gone(self._told, "checks"), change.fresh("checks")
        self._told = told
        plan = self._plan = with_running_marks(self._plan, told)
        self._open()
        self._book.reconfigure(gone, fresh)
        self._files.configure()
        actions = self._director.reconfigure(plan.pools)
        for name, up, weight in self._states(change.fresh("pools"), gone, fresh):
            actions += self._director.handle(name.pool, WeightChanged(name.key, weight))
            actions += self._director.handle(name.pool, ServerVerdict(name.key, up))
        self._set_timeouts()
        self._prepare_kernel()
        self._drains.reloaded()
        refused = self._reconcile()
        self._sync.configure(plan.support.sync)
        self._take(actions)
        self._table_changed = False
        self._settle()
        self._rest_idle_pools()
        problem = f"the kernel refused {refused} changes of the IPVS table" if refused else ""
        self._channels.supervisor.send(ReloadDone(reload.request_id, problem))

    def _states(
        self, pools: Sequence[PoolSettings], gone: Sequence[ServerChecks], fresh: Sequence[ServerChecks]
    ) -> list[tuple[ServerName, bool, int]]:
        """What the servers of pools that a reload changed are like: up or not, and their weight."""
        concerned = dict.fromkeys(pool.identity for pool in pools)
        concerned.update(dict.fromkeys((checks.service, checks.occurrence) for checks in (*gone, *fresh)))
        unchecked = [(name_of(checks), True, checks.weight) for checks in fresh if not checks.checkers]
        return unchecked + [state for identity in concerned for state in self._book.states_in(identity)]

    def _send_on(self, portions: Iterator[VerdictSnapshots]) -> None:
        """One portion at a time, so that no check waits for all ten thousand servers."""
        portion = next(portions, None)
        if portion is not None and not self._stopping:
            self._channels.supervisor.send(portion)
            self._loop.call_soon(self._send_on, portions)

    # ------------------------------------------------------------ actions

    def _take(self, actions: Iterable[Action], reason: str = "") -> None:
        """Log at once; keep the rest for the next ``_settle``.  ``reason``: why a server changed."""
        for action in actions:
            match action:
                case Log(text):
                    log.info(text)
                case TableChanged():
                    self._table_changed = True
                case ServerNotify(pool, _, label, up, changed):
                    self._untold.append(VerdictChanged(pool, label, up, reason, changed))
                case QuorumNotify(pool, up, mail_text):
                    self._untold.append(ServiceStateChanged(pool, up, mail_text))

    def _carry_out(self, actions: list[Action]) -> None:
        self._take(actions)
        self._settle()

    def _settle(self) -> None:
        """One visit to the kernel for all that has changed, then tell everyone."""
        if self._visit is not None:
            self._visit.cancel()
            self._visit = None
        if self._table_changed:
            self._table_changed = False
            if self._table is not None:
                self._attempt(lambda table: table.update(self._director.desired()))
        untold, self._untold = self._untold, []
        for message in untold:
            if isinstance(message, ServiceStateChanged):
                # After a crash the new process finds what was already told; only news is told.
                if self._known_quorum.get(message.service) == message.up:
                    continue
                self._known_quorum[message.service] = message.up
            elif self._told_before.get((message.service, message.server)) == message.up:
                continue
            self._channels.announce(message)

    def _reconcile(self, *, exclusive: bool = False) -> int:
        """Read the kernel's table and put it right; how many changes the kernel refused."""
        outcome = self._attempt(
            lambda table: table.reconcile(
                self._director.desired(), self._director.claimed, exclusive=exclusive
            )
        )
        if outcome is not None and outcome.steps:
            log.debug(f"IPVS table brought in line: {counts(outcome.steps)}")
        return len(outcome.refused) if outcome is not None else 0

    def _attempt(self, change: Callable[[IpvsTable], Outcome]) -> Outcome | None:
        """A change of the kernel's table.  What fails is said; nothing else stops because of it."""
        if self._table is None:
            return None
        try:
            outcome = change(self._table)
        except (KernelRefusedError, KernelFeatureMissingError, OSError) as problem:
            log.error(f"IPVS table could not be changed: {problem}")
            return None
        for refused in outcome.refused[:MAX_LOGGED_REFUSALS]:
            log.error(f"IPVS: {refused}")
        if len(outcome.refused) > MAX_LOGGED_REFUSALS:
            log.error(f"IPVS: {len(outcome.refused) - MAX_LOGGED_REFUSALS} more refusals")
        return outcome

    def _set_timeouts(self) -> None:
        if self._table is None or self._plan.timeouts is None:
            return
        try:
            self._table.port.set_timeouts(self._plan.timeouts)
        except (KernelRefusedError, OSError) as problem:
            log.error(f"lvs_timeouts could not be set: {problem}")

    # ------------------------------------------------------------ helpers

    def _open(self, *, again: bool = False) -> None:
        """Open the kernel's table when there is something to put into it.

        Without IPVS there is one message per start or reload that changes something; checks and VRRP go on,
        and it is tried ``again`` now and then.
        """
        plan = self._plan
        if self._table is not None or not (plan.pools or plan.flush_at_start or plan.support.sync):
            return
        try:
            with network_namespace(plan.support.namespace):
                self._table = IpvsTable(self._open_table())
            self._sync.port = self._table.port
            self._opening.cancel()
        except KernelFeatureMissingError as missing:
            if not again:
                log.error(str(missing))
            self._opening.cancel()
            self._opening = self._loop.call_later(OPEN_AGAIN_S, self._open_again)
        except (KernelRefusedError, OSError) as refused:
            log.error(f"IPVS cannot be used, virtual servers are not set up: {refused}")

    def _open_again(self) -> None:
        """Somebody may have loaded or installed the module."""
        self._open(again=True)
        if self._table is None:
            return
        log.info("IPVS is there now: virtual servers are set up")
        self._set_timeouts()
        self._prepare_kernel()
        self._reconcile()
        self._sync.configure(self._plan.support.sync)

    def _prepare_kernel(self) -> None:
        """Parameters, marks and source NAT, before services that need them are in the table."""
        support = self._plan.support
        self._sysctls.configure(support.sysctls, support.namespace)
        self._tables.configure(support.marks, support.source_nat, support.namespace)

    def _with_verdicts(self, settings: PoolSettings) -> PoolSettings:
        """A server starts down when a check of it does: alpha mode, or known to be down before a crash."""
        servers = tuple(
            replace(server, starts_down=not self._book.is_up(ServerName(settings.identity, server.key)))
            for server in settings.servers
        )
        return replace(settings, servers=servers)

    def _rest_idle_pools(self) -> None:
        """``ha_suspend``: checks rest while the services of their pool are out of the table."""
        if self._stopping:
            return
        for identity, pool in self._director.pools.items():
            if not pool.settings.ha_suspend:
                continue
            if pool.present:
                self._book.resume(identity)
            else:
                self._book.suspend(identity)


def _path(journal: str | None) -> Path | None:
    return Path(journal) if journal is not None else None


def _masters(restored: Restored | None) -> list[str]:
    """The instances that were Master when our predecessor died: their services stay in the table."""
    if restored is None:
        return []
    return [
        state.name
        for state in restored.states
        if state.kind is SubjectKind.INSTANCE and state.state is RouterState.MASTER
    ]
