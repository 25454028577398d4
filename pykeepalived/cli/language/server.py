"""The server: open texts, settings, and diagnostics some moments after the last change."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from pykeepalived import __version__
from pykeepalived.base.errors import UsageError
from pykeepalived.cli.files import FileLoader
from pykeepalived.cli.host import RealHost
from pykeepalived.cli.language.convert import Converter, path_of, shown
from pykeepalived.cli.lintfiles import SETTINGS_FILE, find_settings
from pykeepalived.lint import settings as lint_settings
from pykeepalived.lint.baseline import read_baseline
from pykeepalived.lint.finding import Finding
from pykeepalived.lsp.positions import Encoding
from pykeepalived.lsp.project import Snapshot
from pykeepalived.lsp.settings import Settings, merge

WATCHED = ("**/*.conf", f"**/{SETTINGS_FILE}", "**/pyproject.toml")


class KeepalivedServer(LanguageServer):
    """One editor's session.

    Texts are taken whole on each change: an editor's line ends are not ours, and a configuration is small.
    """

    def __init__(self) -> None:
        super().__init__("pykeepalived", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.asked_to_stop = False
        self._options: Any = None
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
        """Take over the user's settings, and what a settings file of the linter says."""
        self._options = options
        directory = self.workspace.root_path or str(Path.cwd())
        found, baseline = lint_settings.Settings(), frozenset[str]()
        try:
            found = find_settings(Path(directory))
            if found.baseline:
                path = Path(found.directory, found.baseline)
                baseline = read_baseline(path.read_text(encoding="utf-8"), str(path))
        except (UsageError, OSError, ValueError) as error:
            self._say(types.MessageType.Warning, f"The linter's settings are not used: {error}")
        self._settings = merge(options, found, directory=directory, host=RealHost(), baseline=baseline)
        self.changed()

    def configure_again(self) -> None:
        """The settings file may say something else now."""
        self.configure(self._options)

    def watch(self) -> None:
        """Ask to be told when a file on disk changes, where the editor can do that."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching and watching.dynamic_registration:
            patterns = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(patterns)
            wish = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self.client_register_capability(types.RegistrationParams([wish]))

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
        self._quiet_from = loop.time() + (0 if at_once else self._settings.delay_s)
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
        self._say(
            types.MessageType.Error,
            f"pykeepalived could not check the configuration: {type(error).__name__}: {error}",
        )

    def _say(self, kind: types.MessageType, message: str) -> None:
        self.window_log_message(types.LogMessageParams(kind, shown(message)))
