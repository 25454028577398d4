"""Files of FILE_CHECKs: the kernel tells when one changes, and its checks look at once."""

from __future__ import annotations

import asyncio

from pykeepalived.daemon.server_book import CheckName, ServerBook
from pykeepalived.daemon.watch_files import FileWatch
from pykeepalived.tracking.settings import FileSettings


class CheckedFiles:
    """Watches the files that the checks of a book look at.  The checks read them themselves."""

    def __init__(self, loop: asyncio.AbstractEventLoop, book: ServerBook) -> None:
        self._book = book
        self._watch = FileWatch(loop, self._changed)
        self._checks: dict[str, list[CheckName]] = {}

    def configure(self) -> None:
        """The checks of the book are new: at a start and after a reload."""
        self._checks = self._book.file_checks()
        self._watch.configure(FileSettings(path, path) for path in self._checks)

    def close(self) -> None:
        """Watch no more."""
        self._watch.close()

    def _changed(self, path: str, _number: int) -> None:
        runner = self._book.runner
        if runner is not None:
            for check in self._checks[path]:
                runner.hasten(check)
