"""What the last start ran, for the next one: it begins with that if all it was made from is the same.

Reading, checking and planning a large file is what a start of ours spends most of its time on that
keepalived's does not.  Mostly nothing has changed since the last start: the machine was restarted, or the
daemon.  So plans are kept, with everything that was asked to make them: what the files say, what the machine
answered (interfaces, scripts, accounts …), the options of the command line, our own code.  A start asks all
of it again, and only when each answer is the same the processes begin with those plans.

Nothing rests on that list being complete.  As soon as the processes run the supervisor reads the files as
ever (:meth:`pykeepalived.daemon.reloading.Reloading.confirm`); should another plan come out, that is a
reload.

The file holds what the configuration holds, passwords too: it belongs to us, and nobody else may read it.
One that is not so is not looked into, as it could make us do anything.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pykeepalived import __version__
from pykeepalived.config.asked_host import AskedHost
from pykeepalived.daemon import plan_pickle
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.logging import LogSettings
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.syntax.asked_loader import AskedLoader

if TYPE_CHECKING:
    from pykeepalived.config.asked_host import Question as MachineQuestion
    from pykeepalived.config.host import Host
    from pykeepalived.daemon.configured import Configured
    from pykeepalived.syntax.asked_loader import Question as FileQuestion
    from pykeepalived.syntax.source import Loader

FOLDER = "/var/cache/pykeepalived"
_MODE = 0o600
_NICE = 10
_STDERR = 2
_FOLDER_MODE = 0o700
_HEAD = f"pykeepalived {__version__} {sys.hexversion:x}\n".encode()
_ACCOUNTS = ("/etc/passwd", "/etc/group")
_PACKAGE = Path(__file__).parents[1]

log = get_logger()

Read = Callable[["DaemonSettings", "Loader", "Host"], "Configured"]
"""Loads and plans; raises UnusableConfigurationError."""

Stamp = tuple[int, int]
"""When a file was changed last (ns), and its size."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a configuration was made from.

    ``file`` None: nothing that came of it says what the file is called.
    """

    settings: DaemonSettings
    file: str | None
    files: Mapping[FileQuestion, object]
    machine: Mapping[MachineQuestion, object]
    surroundings: tuple[object, ...]


class KeptStart:
    """Reads configurations, and keeps the one that runs for the next start.

    ``path``: where it is kept; None: nowhere.  ``loader`` and ``host`` are made for each reading.
    """

    def __init__(
        self, path: Path | None, loader: Callable[[], Loader], host: Callable[[], Host], read: Read
    ) -> None:
        self._path = path
        self._loader = loader
        self._host = host
        self._read = read
        self._code: dict[str, Stamp] = {}

    def __call__(self, settings: DaemonSettings) -> Configured:
        """Read; UnusableConfigurationError when nothing can be run from the file."""
        if self._path is None:
            return self._read(settings, self._loader(), self._host())
        self._code = self._code or dict(_sources(_PACKAGE))
        loader, host = AskedLoader(self._loader(), settings.config_file), AskedHost(self._host())
        configured = self._read(settings, loader, host)
        if not loader.repeatable:
            return configured
        file, answers = settings.config_file, (loader.answers, host.answers)
        return replace(configured, inputs=Inputs(_plain(settings), file, *answers, _surroundings()))

    def recalled(self, settings: DaemonSettings) -> Configured | None:
        """What the last start ran, if another reading would find the same; None: read."""
        if self._path is None or settings.dump_config:
            return None
        try:
            kept = _content(self._path)
            # Not to be done with anything that others may have written: _content sees to that.
            code, inputs, plans = plan_pickle.loads(kept)
            if not (_as_they_were(code) and self._same(settings, inputs)):
                return None
            configured: Configured = plan_pickle.loads(plans)
        except FileNotFoundError:
            return None
        except Exception as problem:  # whatever is in that file, and whatever it names that is no more
            log.debug(f"{self._path} is of no use: {problem}")
            return None
        log.debug("Beginning with what the last start read: nothing that it was made from has changed")
        return configured

    def keep(self, configured: Configured) -> None:
        """For the next start, in place of what was kept.  Nobody waits for it, and we do not grow by it."""
        if self._path is not None and configured.inputs is not None:
            _aside(lambda: self.write(configured))

    def write(self, configured: Configured) -> None:
        """Keep it now; OSError when the file cannot be written."""
        if self._path is not None and configured.inputs is not None:
            _write(self._path, self._encoded(configured, configured.inputs))

    def _same(self, settings: DaemonSettings, inputs: Inputs) -> bool:
        if inputs.settings != _plain(settings) or inputs.file not in (None, settings.config_file):
            return False
        if inputs.surroundings != _surroundings():
            return False
        if not AskedLoader(self._loader(), settings.config_file).agrees(inputs.files):
            return False
        return AskedHost(self._host()).agrees(inputs.machine)

    def _encoded(self, configured: Configured, inputs: Inputs) -> bytes:
        code = {file: self._code[file] for file in _loaded() if file in self._code}
        plans = plan_pickle.dumps(replace(configured, config=None, inputs=None))
        if inputs.file is not None and inputs.file.encode("utf-8", "surrogatepass") not in plans:
            inputs = replace(inputs, file=None)
        return plan_pickle.dumps((code, inputs, plans))


def path_for(settings: DaemonSettings, environment: Mapping[str, str]) -> Path | None:
    """Where the daemon of these settings keeps its start; None: nowhere.

    ``CACHE_DIRECTORY`` is what systemd sets for ``CacheDirectory=``; empty, nothing is kept.
    """
    folder = environment.get("CACHE_DIRECTORY", FOLDER).partition(":")[0]
    if not folder:
        return None
    of = f"-{settings.namespace.replace('/', '_')}" if settings.namespace else ""
    return Path(folder, f"start{of}")


def _aside(work: Callable[[], None]) -> None:
    """In a process that is nobody's child, so that nobody has to wait for its end."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        if os.fork() == 0:
            _close_files()
            os.nice(_NICE)
            work()
    finally:
        os._exit(0)


def _close_files() -> None:
    """Above all the pid file, whose lock is the daemon's for as long as anybody has it open."""
    for number in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 -- numbers, no paths
        if number > _STDERR:
            with contextlib.suppress(OSError):
                os.close(number)


def _plain(settings: DaemonSettings) -> DaemonSettings:
    """Without what no plan depends on."""
    return replace(
        settings,
        config_file="",
        foreground=False,
        pid_file=None,
        vrrp_pid_file=None,
        checkers_pid_file=None,
        bfd_pid_file=None,
        log=LogSettings(),
        command_line=(),
        later=(),
        problems=(),
    )


def _surroundings() -> tuple[object, ...]:
    """What is asked while planning and by nobody's name: this host, who we are, the accounts."""
    return os.uname().nodename, os.geteuid(), tuple(map(_stamp, _ACCOUNTS))


def _stamp(file: str) -> Stamp | None:
    try:
        status = os.stat(file)  # noqa: PTH116 -- by the hundred
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _as_they_were(code: Mapping[str, Stamp]) -> bool:
    return all(_stamp(file) == stamp for file, stamp in code.items())


def _loaded() -> Iterable[str]:
    """The source files of ours that run in this process."""
    for name, module in tuple(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file is not None and name.partition(".")[0] == _PACKAGE.name:
            yield file


def _sources(folder: Path) -> Iterator[tuple[str, Stamp]]:
    """Of every source file below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat()
                yield entry.path, (status.st_mtime_ns, status.st_size)
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _sources(Path(entry.path))


def _content(path: Path) -> bytes:
    """The file behind its head; ValueError when it is not ours or not whole."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no file")
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise ValueError("somebody else may have written or read it")
        data = file.read()
    if not data.startswith(_HEAD):
        raise ValueError("another version wrote it")
    content = data[len(_HEAD) + 4 :]
    if zlib.crc32(content).to_bytes(4, "little") != data[len(_HEAD) : len(_HEAD) + 4]:
        raise ValueError("it is not whole")
    return content


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for nobody else's eyes; OSError when that is impossible."""
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)  # of a process of this number that was killed
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
    try:
        with os.fdopen(fd, "wb") as file:
            os.fchmod(fd, _MODE)  # whatever the umask
            file.write(_HEAD + zlib.crc32(content).to_bytes(4, "little"))
            file.write(content)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
