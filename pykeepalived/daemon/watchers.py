"""What the notifier process watches for the vrrp process: tracked scripts, files and processes.

Everything here can take long or start programs; what comes out are short messages (TrackerObserved).  The
last word about everything is kept and said again to a vrrp process that is started anew; the verdicts of
scripts also go to the supervisor, so that a notifier process that is started anew goes on with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.watch_files import FileWatch, initialise
from pykeepalived.daemon.watch_processes import ProcessWatch
from pykeepalived.ipc.channels import Channels
from pykeepalived.ipc.details import ProcessReport
from pykeepalived.ipc.messages import TrackerObserved
from pykeepalived.notify.track_scripts import TrackScripts
from pykeepalived.tracking.settings import Key, TrackerKind, WatchSettings

log = get_logger()


class Watchers:
    """All of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, channels: Channels) -> None:
        self._channels = channels
        self._last: dict[Key, int] = {}
        self._settings = WatchSettings()
        self._scripts = TrackScripts(loop, self._script, lambda level, text: getattr(log, level)(text))
        self._files = FileWatch(loop, lambda name, number: self._observe(TrackerKind.FILE, name, number))
        self._processes = ProcessWatch(loop, self._process)

    def start(self, settings: WatchSettings, umask: int, restored: Iterable[TrackerObserved] | None) -> None:
        """Begin.  ``restored`` None: a first start, otherwise what was known when this process died."""
        self._settings = settings
        self._scripts.umask = umask
        if restored is None:
            for problem in initialise(settings.files, umask):
                log.warning(problem)
        known = {
            one.name: bool(one.status)
            for one in restored or ()
            if one.kind is TrackerKind.SCRIPT and one.status is not None
        }
        self._watch()
        self._scripts.start(settings.scripts, known)

    def configure(self, settings: WatchSettings, umask: int) -> None:
        """A reload."""
        self._scripts.umask = umask
        if settings == self._settings:
            return
        self._settings = settings
        names = {
            *((TrackerKind.SCRIPT, one.name) for one in settings.scripts),
            *((TrackerKind.FILE, one.name) for one in settings.files),
            *((TrackerKind.PROCESS, one.name) for one in settings.processes),
        }
        self._last = {key: status for key, status in self._last.items() if key in names}
        self._watch()
        self._scripts.configure(settings.scripts)
        self.tell_again()

    def tell_again(self) -> None:
        """The vrrp process is a new one, or has a new plan: say everything that is known."""
        for (kind, name), status in self._last.items():
            self._send(TrackerObserved(kind, name, status))

    def process_reports(self) -> tuple[ProcessReport, ...]:
        """What is counted now."""
        return self._processes.reports()

    def close(self) -> None:
        """End scripts and watching."""
        self._scripts.close()
        self._files.close()
        self._processes.close()

    def _watch(self) -> None:
        settings = self._settings
        self._files.configure(settings.files)
        self._processes.configure(settings.processes, settings.process_buffer, settings.process_buffer_force)

    def _script(self, name: str, status: int | None, line: str) -> None:
        message = TrackerObserved(TrackerKind.SCRIPT, name, status, line)
        if status is not None:
            self._last[TrackerKind.SCRIPT, name] = status
            self._channels.supervisor.send(message)
        self._send(message)

    def _process(self, name: str, up: bool) -> None:
        line = f"Quorum {'gained' if up else 'lost'} for tracked process {name}"
        self._observe(TrackerKind.PROCESS, name, int(up), line)

    def _observe(self, kind: TrackerKind, name: str, status: int, line: str = "") -> None:
        if self._last.get((kind, name)) == status:
            return
        first = (kind, name) not in self._last
        self._last[kind, name] = status
        self._send(TrackerObserved(kind, name, status, "" if first else line))

    def _send(self, message: TrackerObserved) -> None:
        if self._channels.vrrp is not None:
            self._channels.vrrp.send(message)
