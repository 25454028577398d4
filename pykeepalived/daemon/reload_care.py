"""What goes along with a reload: the marker file, the log of the check, planned reloads, saved copies.

``reload_file``, ``reload_check_config``, ``reload_time_file``, ``reload_repeat`` and ``config_save_dir`` of
keepalived 2.4.3.  Nothing of it can make a reload fail: what cannot be written is said, and that is all.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon.log import get_logger
from pykeepalived.kernel.inotify import Inotify

if TYPE_CHECKING:
    from pykeepalived.daemon.reload_time import ReloadTime

MARKER_MODE = 0o644
"""Whoever waits for the end of a reload may look."""
PRIVATE_MODE = 0o600
"""Copies hold passwords."""
_LOOK_AT_THE_CLOCK_SECONDS = 600.0
"""The wall clock may be set while a reload is waited for; so often it is looked at again."""
_FIRST_LINE_BYTES = 20

log = get_logger()


@dataclass(frozen=True, slots=True)
class ReloadSettings:
    """``None`` or empty: not configured.  ``marker`` is ``reload_file``, ``check_log`` the file of
    ``reload_check_config``, ``save_directory`` is ``config_save_dir``."""

    marker: str = ""
    check_log: str | None = None
    time_file: str | None = None
    repeat: bool = False
    save_directory: str | None = None


class ReloadCare:
    """``after`` (name, delay in ns, action) and ``forget`` are the supervisor's deadlines.

    ``reload`` begins a reload as SIGHUP does.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        *,
        after: Callable[[str, int, Callable[[], None]], None],
        forget: Callable[[str], object],
        reload: Callable[[], None],
    ) -> None:
        self._selector = selector
        self._after = after
        self._forget = forget
        self._reload = reload
        self._settings = ReloadSettings()
        self._inotify: Inotify | None = None
        self._planned: ReloadTime | None = None
        self._copies = 0

    def configure(self, settings: ReloadSettings) -> None:
        """Do as this configuration says from now on; the time file is read (again)."""
        self._settings = settings
        self._stop_watching()
        if settings.time_file is not None:
            self._start_watching(Path(settings.time_file))
        self._read_time()

    def close_in_child(self) -> None:
        """Forget the supervisor's descriptor."""
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    # ------------------------------------------------------------ around a reload

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """``reload_file`` exists meanwhile."""
        marker = self._settings.marker
        if marker:
            try:
                fd = os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MARKER_MODE)
                os.fchmod(fd, MARKER_MODE)
                os.close(fd)
            except OSError as problem:
                log.warning(f"reload_file {marker} cannot be made: {problem.strerror}")
        try:
            yield
        finally:
            if marker:
                with contextlib.suppress(OSError):
                    Path(marker).unlink()

    def refuses(self, test_status: int, text: str) -> str | None:
        """``reload_check_config``: the check's words go into its file; why the reload must not be, if so."""
        path = self._settings.check_log
        if path is None:
            return None
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_MODE)
            with os.fdopen(fd, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
        except OSError as problem:
            log.warning(f"log of reload_check_config, {path}, cannot be written: {problem.strerror}")
        if test_status == 0:
            return None
        return f"New config failed validation (exit status {test_status}), see {path} for details"

    def save(self, text: str | None) -> None:
        """``config_save_dir``: keep what was read, as ``keepalived.conf.PID.NUMBER``."""
        folder = self._settings.save_directory
        if folder is None or text is None:
            return
        path = Path(folder) / f"keepalived.conf.{os.getpid()}.{self._copies}"
        self._copies += 1
        try:
            Path(folder).mkdir(mode=0o700, exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_MODE)
            with os.fdopen(fd, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
        except OSError as problem:
            log.warning(f"config_save_dir: {path} cannot be written: {problem.strerror}")

    # ------------------------------------------------------------ planned reloads

    @property
    def planned(self) -> ReloadTime | None:
        """The reload that is waited for."""
        return self._planned

    def _start_watching(self, path: Path) -> None:
        try:
            self._inotify = Inotify()
            self._inotify.watch(str(path.parent))
        except OSError as problem:
            log.warning(f"reload_time_file: {path.parent} cannot be watched, {path} is read at reloads only: "
                        f"{problem.strerror}")  # fmt: skip
            self.close_in_child()
            return
        self._selector.register(self._inotify, selectors.EVENT_READ, self._changed)

    def _stop_watching(self) -> None:
        if self._inotify is not None:
            self._selector.unregister(self._inotify)
            self._inotify.close()
            self._inotify = None

    def _changed(self) -> None:
        if self._inotify is None or self._settings.time_file is None:
            return
        events, lost = self._inotify.read()
        name = Path(self._settings.time_file).name
        if lost or any(event.name == name for event in events):
            self._read_time()

    def _read_time(self) -> None:
        before, self._planned = self._planned, None
        self._forget("planned reload")
        if self._settings.time_file is not None:
            self._planned = _planned_in(self._settings.time_file)
        if self._planned is not None:
            if before is None:
                log.info(f"Scheduling reload for {self._planned}")
            elif before != self._planned:
                log.info(f"Reload time updated from {before} to {self._planned}")
            self._wait()
        elif before is not None:
            log.info(f"Cancelling reload scheduled for {before}")

    def _wait(self) -> None:
        if self._planned is None:
            return
        seconds = self._planned.at - time.time()
        if seconds <= 0:
            self._due(self._planned)
            return
        delay = min(seconds, _LOOK_AT_THE_CLOCK_SECONDS)
        self._after("planned reload", int(delay * NANOSECONDS_PER_SECOND) + 1, self._wait)

    def _due(self, planned: ReloadTime) -> None:
        self._planned = None
        path = self._settings.time_file
        if path is not None and (planned.dated or not self._settings.repeat):
            with contextlib.suppress(OSError):
                Path(path).unlink()
        log.info(f"Reload planned for {planned} begins")
        self._reload()
        self._read_time()  # a refused reload configures nothing, and with reload_repeat there is a next time


def _planned_in(path: str) -> ReloadTime | None:
    from pykeepalived.daemon.reload_time import BadReloadTimeError, parse_reload_time

    try:
        with open(path, "rb") as file:
            line = file.readline(_FIRST_LINE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as problem:
        log.warning(f"reload_time_file {path} cannot be read: {problem.strerror}")
        return None
    text = line.decode("ascii", "replace").rstrip("\n")
    if not text:
        return None
    try:
        return parse_reload_time(text, time.time())
    except BadReloadTimeError as problem:
        log.warning(f"reload_time_file {path}: {problem}; no reload is planned")
        return None
