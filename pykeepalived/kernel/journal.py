"""What we changed in the host, on disk, so that a restart after ``kill -9`` can still put it back.

One small JSON file beside the pid files, written before the host is changed.  It is worth nothing after a
reboot (everything it speaks of is gone then) and in another network namespace; both are told by its head.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/thread-self/ns/net")
_VERSION = 1
_MODE = 0o644
_WRITING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

Entry = list[str | int]


class Journal:
    """Entries by section and name.  ``path`` None: nothing is kept.

    A change is on disk when :meth:`put` or :meth:`drop` returns, unless :attr:`problem` says why not: the
    daemon goes on, only a kill would then leave its changes in the host.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._head = {"version": _VERSION, "boot": _boot_id(), "namespace": _namespace()}
        self._sections: dict[str, dict[str, Entry]] = {}
        self.problem: str | None = None
        self._load()

    def section(self, name: str) -> dict[str, Entry]:
        """The entries of a section, a copy."""
        return dict(self._sections.get(name, {}))

    def put(self, section: str, entries: dict[str, Entry]) -> None:
        """Add or replace entries."""
        held = self._sections.setdefault(section, {})
        if all(held.get(name) == entry for name, entry in entries.items()):
            return
        held.update(entries)
        self._save()

    def drop(self, section: str, *names: str) -> None:
        """Forget entries; one that is not there is not an error."""
        held = self._sections.get(section, {})
        known = [name for name in names if name in held]
        for name in known:
            del held[name]
        if known:
            self._save()

    def _load(self) -> None:
        if self._path is None:
            return
        try:
            content = json.loads(self._read(self._path))
            if {key: content[key] for key in self._head} == self._head:
                self._sections = {name: dict(entries) for name, entries in content["sections"].items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            # Half a file can't be (it is renamed into place): somebody else wrote it.
            self.problem = f"{self._path} cannot be read and is not used: {fault}"

    @staticmethod
    def _read(path: Path) -> str:
        """Its text, if it is ours: what it says is written into the host's parameters.

        A pid file may lie in a folder that others can write to, such as /tmp.
        """
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)) as file:
            seen = os.fstat(file.fileno())
            if seen.st_uid not in (0, os.geteuid()) or seen.st_mode & 0o022 or not stat.S_ISREG(seen.st_mode):
                raise ValueError("it is somebody else's, or others may write to it")
            return file.read()

    def _save(self) -> None:
        if self._path is None:
            return
        try:
            if not any(self._sections.values()):
                self._path.unlink(missing_ok=True)
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_name(f"{self._path.name}.new")
            temporary.unlink(missing_ok=True)
            with open(os.open(temporary, _WRITING, _MODE), "w") as file:
                json.dump({**self._head, "sections": self._sections}, file)
            temporary.rename(self._path)
        except OSError as refused:
            self.problem = f"{self._path} cannot be written: {refused.strerror or refused}"


def _boot_id() -> str:
    with contextlib.suppress(OSError):
        return _BOOT_ID.read_text().strip()
    return ""


def _namespace() -> int:
    with contextlib.suppress(OSError):
        return _NAMESPACE.stat().st_ino
    return 0
