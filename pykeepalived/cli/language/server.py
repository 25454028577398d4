"""The server: open texts, settings, and diagnostics some moments after the last change."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Mapping
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from pykeepalived import __version__
from pykeepalived.base.diagnostic import Severity
from pykeepalived.cli.files import FileLoader
from pykeepalived.cli.host import RealHost
from pykeepalived.cli.language.convert import Converter, path_of
from pykeepalived.lint.engine import Selection
from pykeepalived.lint.finding import Finding
from pykeepalived.lsp.positions import Encoding
from pykeepalived.lsp.project import Settings, Snapshot

SECTION = "pykeepalived"
DEFAULT_DELAY_MS = 200


class KeepalivedServer(LanguageServer):
    """One editor's session.

    Texts are taken whole on each change: an editor's line ends are not ours, and a configuration is small.
    """

    def __init__(self) -> None:
        super().__init__("pykeepalived", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.delay_s = DEFAULT_DELAY_MS / 1000
        self.options: Any = None
        self.opened: dict[str, str] = {}
        self._versions: dict[str, int | None] = {}
        self._texts: dict[str, str] = {}
        self._settings = Settings()
        self._published: set[str] = set()
        self._quiet_from = 0.0
        self._diagnosed: Snapshot | None = None
        self._diagnosing: asyncio.Task[None] | None = None
        self.snapshot = Snapshot({}, FileLoader())

    # ---------------------------------------------------------------- settings
    def configure(self, options: Any) -> None:
        """Take over the user's settings; what is not there has its usual value."""
        options = options if isinstance(options, Mapping) else {}
        options = options.get(SECTION, options)
        mains = options.get("main") or ()
        mains = [mains] if isinstance(mains, str) else mains
        base = self.workspace.root_path or ""
        self._settings = Settings(
            mains=tuple(posixpath.normpath(posixpath.join(base, str(main))) for main in mains),
            config_id=str(options.get("configId") or ""),
            selection=Selection(
                tuple(map(str, options.get("select") or ())),
                tuple(map(str, options.get("ignore") or ())),
                _severity(options.get("minSeverity")),
            ),
            host=RealHost() if options.get("host") else None,
        )
        delay = options.get("delay")
        self.delay_s = max(0, delay if isinstance(delay, int | float) else DEFAULT_DELAY_MS) / 1000
        self.changed()

    # ---------------------------------------------------------------- texts
    def take(self, uri: str, text: str, version: int | None, *, at_once: bool = False) -> None:
        """The editor's text of a file is ``text`` now."""
        path = path_of(uri)
        self.opened[path] = uri
        self._versions[path] = version
        self._texts[path] = text
        self.changed(at_once=at_once)

    def forget(self, uri: str) -> None:
        """The editor closed a file: from now on the one on disk counts."""
        path = path_of(uri)
        for known in (self.opened, self._versions, self._texts):
            known.pop(path, None)
        self.changed()

    def changed(self, *, at_once: bool = False) -> None:
        """Something may read differently now."""
        self.snapshot = Snapshot(self._texts, FileLoader(), self._settings)
        loop = asyncio.get_running_loop()
        self._quiet_from = loop.time() + (0 if at_once else self.delay_s)
        if self._diagnosing is None or self._diagnosing.done():
            self._diagnosing = loop.create_task(self._diagnose())

    def converter(self, snapshot: Snapshot | None = None) -> Converter:
        encoding = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        return Converter(
            snapshot or self.snapshot, self.opened, Encoding(getattr(encoding, "value", encoding))
        )

    # ---------------------------------------------------------------- diagnostics
    async def _diagnose(self) -> None:
        """Wait for a pause in typing, lint in a thread, publish unless the text changed meanwhile."""
        loop = asyncio.get_running_loop()
        while self._diagnosed is not self.snapshot:
            pause = self._quiet_from - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
                continue
            snapshot = self.snapshot
            try:
                findings = await asyncio.to_thread(snapshot.findings, tuple(snapshot.texts))
            except Exception as error:  # a defect of a rule must not end all diagnostics
                self._diagnosed = snapshot
                self._complain(error)
                continue
            if self.snapshot is snapshot:
                self._diagnosed = snapshot
                self._publish(snapshot, findings)

    def _publish(self, snapshot: Snapshot, findings: dict[str, list[Finding]]) -> None:
        converter = self.converter(snapshot)
        for file in sorted({*findings, *self._published}):
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(
                    uri=converter.uri(file),
                    diagnostics=[converter.diagnostic(each, file) for each in findings.get(file, ())],
                    version=self._versions.get(file),
                )
            )
        self._published = {file for file, found in findings.items() if found}

    def _complain(self, error: Exception) -> None:
        message = f"pykeepalived could not check the configuration: {type(error).__name__}: {error}"
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, message))


def _severity(name: object) -> Severity:
    return Severity.__members__.get(str(name).upper(), Severity.NOTICE)
