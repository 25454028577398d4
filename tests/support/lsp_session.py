"""An editor for tests: pygls' client in front of ``python -m pykeepalived lsp``, for plain tests."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

PATIENCE_S = 60
"""How long anything may take on a machine that stalls; nothing waits that long when all is well."""


class Session:
    """One server process; its client lives on an event loop in a thread of its own."""

    def __init__(self, root: Path, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._client = LanguageClient("test", "1")
        self._arrived = threading.Condition()
        self.published: dict[str, types.PublishDiagnosticsParams] = {}
        self.messages: list[str] = []
        self._versions: dict[str, int] = {}
        for name, take in (
            (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, self._on_diagnostics),
            (types.WINDOW_SHOW_MESSAGE, self._on_message),
            (types.WINDOW_LOG_MESSAGE, self._on_message),
        ):
            # pygls marks what it registers, and a bound method takes no mark.
            self._client.feature(name)(functools.partial(take))
        self._run(self._client.start_io(sys.executable, "-m", "pykeepalived", "lsp"))
        self.result = self.ask(
            self._client.initialize_async,
            types.InitializeParams(
                capabilities=types.ClientCapabilities(
                    text_document=types.TextDocumentClientCapabilities(
                        completion=types.CompletionClientCapabilities(
                            completion_item=types.ClientCompletionItemOptions(snippet_support=True)
                        )
                    )
                ),
                root_uri=root.as_uri(),
                initialization_options={"delay": 20, **options},
            ),
        )
        self._tell(self._client.initialized, types.InitializedParams())

    # ---------------------------------------------------------------- talking
    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def ask(self, request: Callable[..., Coroutine[Any, Any, Any]], params: Any = None) -> Any:
        return self._run(request(params))

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        """``session.text_document_hover(params)`` asks and waits for the answer."""
        request = getattr(self._client, f"{name}_async")
        return lambda params: self.ask(request, params)

    def _tell(self, notify: Callable[[Any], None], params: Any) -> None:
        async def send() -> None:
            notify(params)

        self._run(send())

    # ---------------------------------------------------------------- texts
    def open(self, path: Path, text: str | None = None) -> str:
        uri = path.as_uri()
        self._versions[uri] = 1
        text = path.read_text() if text is None else text
        item = types.TextDocumentItem(uri, "keepalived", 1, text)
        self._tell(self._client.text_document_did_open, types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, text: str) -> None:
        self._versions[uri] += 1
        self._tell(
            self._client.text_document_did_change,
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self._versions[uri], uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            ),
        )

    def close_text(self, uri: str) -> None:
        self._tell(
            self._client.text_document_did_close,
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)),
        )

    # ---------------------------------------------------------------- what comes unasked
    def _on_diagnostics(self, params: types.PublishDiagnosticsParams) -> None:
        with self._arrived:
            self.published[params.uri] = params
            self._arrived.notify_all()

    def _on_message(self, params: types.ShowMessageParams | types.LogMessageParams) -> None:
        with self._arrived:
            self.messages.append(params.message)
            self._arrived.notify_all()

    def wait(self, condition: Callable[[], Any]) -> Any:
        """Until ``condition`` is true; its value."""
        with self._arrived:
            assert self._arrived.wait_for(condition, PATIENCE_S), (
                f"never so: {self.published} {self.messages}"
            )
            return condition()

    def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """Those that belong to the text as it was sent last."""

        def current() -> bool:
            found = self.published.get(uri)
            return found is not None and found.version == self._versions.get(uri)

        self.wait(current)
        return list(self.published[uri].diagnostics)

    # ---------------------------------------------------------------- the end
    def shut_down(self) -> int:
        """Shutdown and exit by the protocol; the exit status of the server."""
        server = self._client._server
        assert server is not None
        self.ask(self._client.shutdown_async)
        self._tell(self._client.exit, None)
        status: int = self._run(asyncio.wait_for(server.wait(), PATIENCE_S))
        self.kill()
        return status

    def kill(self) -> None:
        """Make sure that nothing is left, whatever happened before."""
        server = self._client._server
        if server is not None and server.returncode is None:
            server.kill()
            self._run(server.wait())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
