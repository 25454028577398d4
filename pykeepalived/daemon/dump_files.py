"""Where dumps go: keepalived's names, from the configuration and the temporary directory.

``state_dump_file`` and ``data_use_instance`` are about the state files only.  keepalived 2.4.3 accepts
``stats_dump_file`` and ``json_dump_file``, shows them in its state file and goes on using the default names;
tools that were written for it look there, so the same holds here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

STATISTICS_FILE = "keepalived.stats"
JSON_FILE = "keepalived.json"
STATE_FILE = "keepalived.data"


def temporary_folder() -> Path:
    """keepalived's temporary directory: TMPDIR when it is an absolute existing directory, else /tmp."""
    named = Path(os.environ.get("TMPDIR", ""))
    return named if named.is_absolute() and named.is_dir() else Path("/tmp")


@dataclass(frozen=True, slots=True)
class DumpFiles:
    """What is configured.  ``instance`` and ``namespace`` get into names only with ``use_instance``."""

    state_dump_file: str | None = None
    use_instance: bool = False
    instance: str | None = None
    namespace: str | None = None

    def state(self, suffix: str) -> Path:
        """The state file of one process; ``suffix`` is "", "_check", "_bfd" or "_parent".

        Of a relative ``state_dump_file`` only the last element counts; one that ends in / names a folder.
        """
        given = self.state_dump_file or ""
        folder = Path(given).parent if given.startswith("/") else temporary_folder()
        name = given.rpartition("/")[2]
        if given.startswith("/") and not name:
            folder = Path(given)
        stem, dot, extension = (name or STATE_FILE).rpartition(".")
        if not dot:
            stem, extension = extension, ""
        return folder / f"{stem}{suffix}{self._marks()}{dot}{extension}"

    def _marks(self) -> str:
        if not self.use_instance:
            return ""
        marks = "_".join(mark for mark in (self.namespace, self.instance) if mark)
        return f".{marks}" if marks else ""


def statistics_file() -> Path:
    """Where statistics go."""
    return temporary_folder() / STATISTICS_FILE


def json_file() -> Path:
    """Where the JSON dump goes."""
    return temporary_folder() / JSON_FILE
