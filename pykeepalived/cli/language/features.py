"""What the server answers: each request of the protocol to one function of ``pykeepalived.lsp``."""

from __future__ import annotations

import socket
from typing import Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pykeepalived.cli.language.convert import path_of, shown
from pykeepalived.cli.language.server import KeepalivedServer
from pykeepalived.lsp.changes import Change, actions, fix_all, layout
from pykeepalived.lsp.complete import complete
from pykeepalived.lsp.hover import hover
from pykeepalived.lsp.navigate import Refused, definition, references, rename, renameable
from pykeepalived.lsp.outline import outline

REQUEST_FAILED = -32803
"""LSP's error code for a request that was understood and cannot be carried out."""


class _AtPlace(Protocol):
    """Any request about a place in a text."""

    text_document: types.TextDocumentIdentifier
    position: types.Position


def make_server() -> KeepalivedServer:
    server = KeepalivedServer()
    _texts(server)
    _navigation(server)
    _editing(server)
    return server


def _texts(server: KeepalivedServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.configure(params.initialization_options)

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        server.watch()

    @server.feature(types.SHUTDOWN)
    def shutdown(_: None) -> None:
        server.asked_to_stop = True

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def did_change_configuration(params: types.DidChangeConfigurationParams) -> None:
        # Editors that have nothing to say send null here.
        if params.settings:
            server.configure(params.settings)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        server.take(document.uri, document.text, document.version, at_once=True)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.take(uri, server.workspace.get_text_document(uri).source, params.text_document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.configure_again()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        server.configure_again()


def _navigation(server: KeepalivedServer) -> None:
    def at(params: _AtPlace) -> tuple[str, int, int]:
        file = path_of(params.text_document.uri)
        return (file, *server.converter().place(file, params.position))

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def on_hover(params: types.HoverParams) -> types.Hover | None:
        found = hover(server.snapshot, *at(params))
        if found is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, shown(found.text))
        return types.Hover(content, server.converter().span(found.span))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def on_definition(params: types.DefinitionParams) -> list[types.Location]:
        spans = definition(server.snapshot, *at(params))
        converter = server.converter()
        return [converter.location(span) for span in spans]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def on_references(params: types.ReferenceParams) -> list[types.Location]:
        declarations = params.context.include_declaration
        spans = references(server.snapshot, *at(params), declarations=declarations)
        converter = server.converter()
        return [converter.location(span) for span in spans]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def on_highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        file, line, column = at(params)
        spans = references(server.snapshot, file, line, column)
        converter = server.converter()
        return [types.DocumentHighlight(converter.span(span)) for span in spans if span.file == file]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def on_symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        file = path_of(params.text_document.uri)
        project = server.snapshot.projects_of(file)[0]
        converter = server.converter()
        return [converter.symbol(each, file) for each in outline(project.document, file)]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def on_prepare_rename(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        found = renameable(server.snapshot, *at(params))
        if isinstance(found, Refused):
            return None
        span, name = found
        return types.PrepareRenamePlaceholder(server.converter().span(span), shown(name))

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def on_rename(params: types.RenameParams) -> types.WorkspaceEdit:
        found = rename(server.snapshot, *at(params), params.new_name)
        if isinstance(found, Refused):
            raise JsonRpcException(shown(found.why), REQUEST_FAILED)
        changes = [
            Change(
                each.span.file,
                (each.span.line, each.span.column),
                (each.span.line, each.span.end_column),
                each.text,
            )
            for each in found
        ]
        return server.converter().workspace_edit(changes)


def _editing(server: KeepalivedServer) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[" ", "$", "{"])
    )
    def on_completion(params: types.CompletionParams) -> types.CompletionList:
        file = path_of(params.text_document.uri)
        place = server.converter().place(file, params.position)
        found = complete(server.snapshot, file, *place, _interfaces)
        return server.converter().completion(found, file, place, snippets=_takes_snippets(server))

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def on_formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        file = path_of(params.text_document.uri)
        found = layout(file, server.snapshot.text(file) or "")
        if isinstance(found, tuple):
            why = shown(
                "; ".join(f"line {each.span.line if each.span else 1}: {each.message}" for each in found)
            )
            server.window_show_message(
                types.ShowMessageParams(types.MessageType.Warning, f"The layout is left as it is: {why}")
            )
            return None
        converter = server.converter()
        return [converter.edit(change) for change in found]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(
            code_action_kinds=[types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]
        ),
    )
    def on_code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        file = path_of(params.text_document.uri)
        converter = server.converter()
        first = converter.place(file, params.range.start)[0]
        last = converter.place(file, params.range.end)[0]
        only = params.context.only
        found: list[types.CodeAction] = []
        for project in server.snapshot.projects_of(file):
            if _wanted(types.CodeActionKind.QuickFix, only):
                found += [
                    types.CodeAction(
                        title=shown(action.title),
                        kind=types.CodeActionKind.QuickFix,
                        diagnostics=[converter.diagnostic(action.finding, file)],
                        edit=converter.workspace_edit(list(action.changes)),
                        is_preferred=action.preferred or None,
                    )
                    for action in actions(project, file, first, last)
                ]
            if _wanted(types.CodeActionKind.SourceFixAll, only) and (changes := fix_all(project, file)):
                found.append(
                    types.CodeAction(
                        title="Make all safe fixes",
                        kind=types.CodeActionKind.SourceFixAll,
                        edit=converter.workspace_edit(changes),
                    )
                )
        return found


def _wanted(kind: types.CodeActionKind, only: object) -> bool:
    """Whether a client that asks for ``only`` these kinds (with their sub-kinds) wants ``kind``."""
    if not only or not isinstance(only, list | tuple):
        return True
    names = [str(getattr(each, "value", each)) for each in only]
    return any(kind.value == name or kind.value.startswith(f"{name}.") for name in names)


def _interfaces() -> list[str]:
    return [name for _, name in socket.if_nameindex()]


def _takes_snippets(server: KeepalivedServer) -> bool:
    document = server.client_capabilities.text_document
    item = document.completion.completion_item if document and document.completion else None
    return bool(item and item.snippet_support)
