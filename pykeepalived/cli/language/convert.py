"""Between our places and findings and the protocol's."""

from __future__ import annotations

import posixpath

from lsprotocol import types
from pygls import uris

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.lint.finding import Finding
from pykeepalived.lsp.changes import Change
from pykeepalived.lsp.complete import Completion, Proposal, Sort
from pykeepalived.lsp.outline import Outline
from pykeepalived.lsp.positions import Encoding, Positions
from pykeepalived.lsp.project import Snapshot, place_of

SOURCE = "pykeepalived"

_SEVERITIES = {
    Severity.FATAL: types.DiagnosticSeverity.Error,
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTICE: types.DiagnosticSeverity.Information,
}
_KINDS = {
    Sort.KEYWORD: types.CompletionItemKind.Property,
    Sort.BLOCK: types.CompletionItemKind.Struct,
    Sort.VALUE: types.CompletionItemKind.EnumMember,
    Sort.NAME: types.CompletionItemKind.Reference,
    Sort.VARIABLE: types.CompletionItemKind.Variable,
    Sort.RULE: types.CompletionItemKind.Constant,
}
_SYMBOL_KINDS = {
    "vrrp_instance": types.SymbolKind.Class,
    "vrrp_sync_group": types.SymbolKind.Module,
    "vrrp_script": types.SymbolKind.Function,
    "virtual_server": types.SymbolKind.Interface,
    "virtual_server_group": types.SymbolKind.Array,
    "real_server": types.SymbolKind.Method,
}


def path_of(uri: str) -> str:
    """The normal path of a file; a text that is no file keeps its URI as name."""
    path = uris.to_fs_path(uri) if uri.startswith("file:") else None
    return posixpath.normpath(path) if path else uri


def shown(text: str) -> str:
    """Text that JSON can carry: bytes that are no UTF-8 become the replacement sign."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Converter:
    """Converts for one snapshot; ``opened`` has the URI of each open file as the editor spells it."""

    def __init__(self, snapshot: Snapshot, opened: dict[str, str], encoding: Encoding) -> None:
        self._snapshot = snapshot
        self._opened = opened
        self._encoding = encoding
        self._positions: dict[str, Positions] = {}

    # ---------------------------------------------------------------- places
    def uri(self, file: str) -> str:
        return self._opened.get(file) or uris.from_fs_path(file) or file

    def place(self, file: str, position: types.Position) -> tuple[int, int]:
        return self._of(file).place(position.line, position.character)

    def range(self, file: str, start: tuple[int, int], end: tuple[int, int]) -> types.Range:
        of = self._of(file)
        return types.Range(types.Position(*of.position(*start)), types.Position(*of.position(*end)))

    def span(self, span: Span) -> types.Range:
        file = posixpath.normpath(span.file)
        return self.range(file, (span.line, span.column), (span.line, span.end_column))

    def location(self, span: Span) -> types.Location:
        return types.Location(self.uri(posixpath.normpath(span.file)), self.span(span))

    def _of(self, file: str) -> Positions:
        if file not in self._positions:
            self._positions[file] = Positions(self._snapshot.text(file) or "", self._encoding)
        return self._positions[file]

    # ---------------------------------------------------------------- findings
    def diagnostic(self, finding: Finding, file: str) -> types.Diagnostic:
        span = place_of(finding, file)
        parts = (finding.message, finding.consequence, finding.hint)
        related = [(each.span, each.message) for each in finding.related]
        if span.via is not None:
            related.append((span.via, "the text comes from here"))
        return types.Diagnostic(
            range=self.span(span),
            message=shown("\n".join(part for part in parts if part)),
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            source=SOURCE,
            tags=[types.DiagnosticTag.Deprecated] if "deprecated" in finding.name else None,
            related_information=[
                types.DiagnosticRelatedInformation(self.location(place), shown(message))
                for place, message in related
            ]
            or None,
        )

    # ---------------------------------------------------------------- edits
    def edit(self, change: Change) -> types.TextEdit:
        return types.TextEdit(self.range(change.file, change.start, change.end), change.text)

    def workspace_edit(self, changes: list[Change]) -> types.WorkspaceEdit:
        by_uri: dict[str, list[types.TextEdit]] = {}
        for change in changes:
            by_uri.setdefault(self.uri(change.file), []).append(self.edit(change))
        return types.WorkspaceEdit(changes=by_uri)

    # ---------------------------------------------------------------- proposals and symbols
    def completion(
        self, completion: Completion, file: str, place: tuple[int, int], *, snippets: bool
    ) -> types.CompletionList:
        replaced = self.range(file, (place[0], completion.column), place)
        items = [self._item(each, replaced, snippets) for each in completion.proposals]
        return types.CompletionList(is_incomplete=False, items=items)

    def _item(self, proposal: Proposal, replaced: types.Range, snippets: bool) -> types.CompletionItem:
        snippet = bool(proposal.snippet) and snippets
        documentation = None
        if proposal.documentation:
            documentation = types.MarkupContent(types.MarkupKind.Markdown, proposal.documentation)
        return types.CompletionItem(
            label=shown(proposal.label),
            kind=_KINDS[proposal.sort],
            detail=shown(proposal.detail) or None,
            documentation=documentation,
            tags=[types.CompletionItemTag.Deprecated] if proposal.deprecated else None,
            # Deprecated words stand behind the ones to write.
            sort_text=f"{int(proposal.deprecated)}{shown(proposal.label)}",
            filter_text=shown(proposal.label),
            insert_text_format=types.InsertTextFormat.Snippet if snippet else None,
            text_edit=types.TextEdit(replaced, proposal.snippet if snippet else shown(proposal.label)),
        )

    def symbol(self, outline: Outline, file: str) -> types.DocumentSymbol:
        # An editor lists symbols by name: instances by theirs, a checker by its keyword.
        return types.DocumentSymbol(
            name=shown(outline.words or outline.keyword),
            detail=outline.keyword if outline.words else None,
            kind=_SYMBOL_KINDS.get(outline.keyword, types.SymbolKind.Object),
            range=self.range(file, outline.start, outline.end),
            selection_range=self.span(outline.selection),
            children=[self.symbol(child, file) for child in outline.children],
        )
