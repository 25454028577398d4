"""The notifier: runs notify scripts and writes FIFOs, so that no other process ever forks or waits.

It also watches what the vrrp process tracks and cannot wait for: see :mod:`pykeepalived.daemon.watchers`.

It outlives the vrrp and checker processes at a stop, because their last words (STOP, DOWN) are told here;
then scripts have one second to end.
"""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace

from pykeepalived.daemon import logging
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.daemon.watchers import Watchers
from pykeepalived.ipc.channels import Channels
from pykeepalived.ipc.messages import (
    DumpRequest,
    Message,
    PeerRestarted,
    PriorityChanged,
    Process,
    Ready,
    Reload,
    ReloadDone,
    RouterState,
    RouterStateChanged,
    Stop,
    SubjectKind,
    WatchSnapshots,
)
from pykeepalived.notify.dispatch import LvsLine, Run, VrrpLine, effects, state_line
from pykeepalived.notify.fifo import FifoError, NotifyFifo
from pykeepalived.notify.first_states import LONGEST_WAIT_SECONDS, FirstStates
from pykeepalived.notify.mail import mail_about
from pykeepalived.notify.mailer import Mailer
from pykeepalived.notify.plan import NotifyPlan
from pykeepalived.notify.scripts import ScriptRunner
from pykeepalived.plan.plan_change import PlanChange

SCRIPT_GRACE_SECONDS = 1.0
"""How long scripts may run on after a stop, as in keepalived."""
MAIL_GRACE_SECONDS = 1.0
"""How long mails may take after that.  What a silent relay has not taken by then is lost; the log says so."""
ORPHAN_GRACE_SECONDS = 2.0
"""How long to wait for the last words of the others when the supervisor is gone."""

log = get_logger()


def run(plan: NotifyPlan, channels: Channels, options: ProcessOptions) -> int:
    """The whole life of the process; the exit status."""
    return asyncio.run(_Notifier(plan, channels, options).main())


def _report(level: str, text: str) -> None:
    getattr(log, level)(text)


class _Notifier:
    def __init__(self, plan: NotifyPlan, channels: Channels, options: ProcessOptions) -> None:
        self._plan = plan
        self._previous = plan
        self._channels = channels
        self._fifos: list[NotifyFifo] = []
        self._made: set[str] = set()
        self._readers: list[int] = []
        self._restored = options.restored
        known = options.restored.states if options.restored is not None else ()
        self._told = {(change.kind, change.name): change for change in known}
        self._first = FirstStates(plan.group_of)
        for change in known:
            self._first.known(change.kind, change.name)
        self._told_to_stop = asyncio.Event()
        self._orphaned = False

    async def main(self) -> int:
        loop = asyncio.get_running_loop()
        logging.attach(loop)
        self._scripts = ScriptRunner(loop, _report, self._plan.umask)
        self._mailer = Mailer(_report, self._plan.mail)
        self._watchers = Watchers(loop, self._channels)
        self._channels.attach(loop, self._handle)  # lets SIGTERM in, which no program may inherit as held
        self._open_fifos()
        # One that a reload starts knows the states of others, but nobody has watched anything before it.
        died = self._restored is not None and self._restored.died_at
        restored = self._restored.trackers if self._restored is not None and died else None
        self._watchers.start(self._plan.watch, self._plan.umask, restored)
        if self._plan.states_on_reload and self._restored is not None and not died:
            self._write_states()
        self._channels.supervisor.send(Ready())
        await self._told_to_stop.wait()
        self._watchers.close()
        await self._last_words()
        self._tell_held()
        await self._end_scripts()
        await self._mailer.close(MAIL_GRACE_SECONDS)
        for fifo in self._fifos:
            fifo.close(remove=True)
        self._channels.detach()
        return 0

    def _handle(self, sender: Process, message: Message) -> None:
        match message:
            case Stop():
                self._orphaned = self._channels.supervisor.closed
                self._told_to_stop.set()
            case Reload(request_id=request_id, plan=plan):
                if isinstance(plan, PlanChange):
                    plan = plan.applied_to(self._plan)
                if isinstance(plan, NotifyPlan):
                    self._reload(plan)
                self._channels.supervisor.send(ReloadDone(request_id))
            case DumpRequest(request_id=request_id):
                reports = self._watchers.process_reports()
                self._channels.supervisor.send(WatchSnapshots(request_id, reports))
            case PeerRestarted(process=Process.VRRP):
                self._watchers.tell_again()
            case _:
                self._tell(message)

    def _tell(self, message: Message) -> None:
        if isinstance(message, PriorityChanged):
            self._note_priority(message)
        if not isinstance(message, RouterStateChanged):
            self._make_known(message)
            return
        subject = (message.kind, message.name)
        before = self._told.get(subject)
        if before is not None and before.state is message.state:
            return  # a vrrp process that was started anew goes on in its state: nothing changed
        self._told[subject] = message
        waited = self._first.waiting
        for one in self._first.admit(message):
            self._make_known(one)
        if self._first.waiting and not waited:
            asyncio.get_running_loop().call_later(LONGEST_WAIT_SECONDS, self._tell_held)

    def _tell_held(self) -> None:
        for message in self._first.release():
            self._make_known(message)

    def _note_priority(self, message: PriorityChanged) -> None:
        subject = (SubjectKind.INSTANCE, message.name)
        if subject in self._told:
            self._told[subject] = replace(self._told[subject], priority=message.priority)

    def _make_known(self, message: Message) -> None:
        mail = mail_about(message, self._plan.mail, self._previous.mail)
        if mail is not None:
            self._mailer.post(mail)
        for effect in effects(message, self._plan, self._previous):
            match effect:
                case Run(command=command, name=name):
                    self._scripts.start(command, name)
                case VrrpLine(text=text):
                    for fifo in self._fifos:
                        if fifo.settings.vrrp:
                            fifo.write(text)
                case LvsLine(text=text):
                    for fifo in self._fifos:
                        if fifo.settings.lvs:
                            fifo.write(text)

    def _reload(self, plan: NotifyPlan) -> None:
        """FIFO readers are started anew at each reload, as keepalived does."""
        self._previous, self._plan = self._plan, plan
        self._scripts.umask = plan.umask
        self._mailer.settings = plan.mail
        self._watchers.configure(plan.watch, plan.umask)
        for pid in self._readers:
            self._scripts.stop(pid)
        kept = {fifo.path for fifo in plan.fifos}
        for fifo in self._fifos:
            fifo.close(remove=fifo.settings.path not in kept)
        self._open_fifos()
        self._first.group_of = plan.group_of
        if plan.states_on_reload:
            self._write_states()

    def _write_states(self) -> None:
        """fifo_write_vrrp_states_on_reload: everybody's state, groups first, for readers that began anew."""
        gone = (RouterState.STOP, RouterState.DELETED, RouterState.INIT)
        told = [message for message in self._told.values() if message.state not in gone]
        for message in sorted(told, key=lambda one: one.kind is SubjectKind.INSTANCE):
            for fifo in self._fifos:
                if fifo.settings.vrrp:
                    fifo.write(state_line(message))

    def _open_fifos(self) -> None:
        self._fifos, self._readers = [], []
        for settings in self._plan.fifos:
            try:
                fifo = NotifyFifo(settings, ours=settings.path in self._made)
            except FifoError as problem:
                log.error(str(problem))
                continue
            self._fifos.append(fifo)
            if fifo.ours:
                self._made.add(settings.path)
            if settings.reader is not None:
                command = settings.reader
                command = replace(command, argv=(*command.argv, settings.path))
                pid = self._scripts.start(command, f"reader of FIFO {settings.path}")
                if pid is not None:
                    self._readers.append(pid)

    async def _last_words(self) -> None:
        """What the others said before they ended may still wait in their channels."""
        others = [channel for channel in self._channels.all() if channel is not self._channels.supervisor]
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ORPHAN_GRACE_SECONDS
        while True:
            for channel in others:
                while not channel.closed and (messages := channel.receive()):
                    for message in messages:
                        self._tell(message)
            if not self._orphaned or all(channel.closed for channel in others) or loop.time() > deadline:
                return
            await asyncio.sleep(0.02)

    async def _end_scripts(self) -> None:
        """One second for scripts, then SIGTERM, then SIGKILL.  Readers of FIFOs are told at once."""
        for pid in self._readers:
            self._scripts.stop(pid)
        for number, seconds in ((None, SCRIPT_GRACE_SECONDS), (signal.SIGTERM, 0.3), (signal.SIGKILL, 0.3)):
            if number is not None and self._scripts.running:
                log.warning(f"ending scripts with {number.name}: {', '.join(self._scripts.names())}")
                self._scripts.signal_all(number)
            await self._wait_for_scripts(seconds)

    async def _wait_for_scripts(self, seconds: float) -> None:
        if not self._scripts.running:
            return
        ended = asyncio.Event()
        self._scripts.changed = lambda: None if self._scripts.running else ended.set()
        try:
            await asyncio.wait_for(ended.wait(), seconds)
        except TimeoutError:
            return
