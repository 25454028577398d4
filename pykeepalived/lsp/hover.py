"""What stands under the cursor, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pykeepalived.base.span import Span
from pykeepalived.config.reference import default, form, limits, status
from pykeepalived.config.schema import Keyword, Repeat
from pykeepalived.lsp.index import Entry, Occurrence
from pykeepalived.lsp.navigate import included_files, variable_at
from pykeepalived.lsp.project import Project, Snapshot
from pykeepalived.lsp.variables import BUILT_IN, VariablePlace
from pykeepalived.syntax.includes import parse_include
from pykeepalived.syntax.nodes import Block

_MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about the text at ``span``."""

    span: Span
    text: str


def hover(snapshot: Snapshot, file: str, line: int, column: int) -> Hover | None:
    """What there is to say about a place; None when nothing is."""
    for project in snapshot.projects_of(file):
        found = (
            _variable(project, variable_at(project, file, line, column))
            or _keyword(project, file, line, column)
            or _name(project, project.index.at(file, line, column))
            or _include(project, file, line)
        )
        if found is not None:
            return found
    return None


def describe(keyword: Keyword, block: str, spelling: str = "") -> str:
    """Everything about a keyword that its declaration says."""
    where = f"in `{block}`" if block else "at the outermost level"
    usage = f"{keyword.name} {form(keyword)}".strip()
    lines = [f"```keepalived\n{usage}\n```", keyword.doc, "", f"- {where}"]
    if spelling and spelling != keyword.name:
        lines.append(f"- `{spelling}` is another spelling")
    if limits(keyword):
        lines.append(f"- range: {limits(keyword)}")
    lines.append(f"- default: {default(keyword)}")
    if keyword.repeat in (Repeat.FIRST, Repeat.OVERWRITE):
        lines.append(f"- repeated: {keyword.repeat.value}")
    instead = next((a.deprecated for a in keyword.aliases if a.name == spelling), keyword.deprecated)
    if instead:
        lines.append(f"- deprecated: write `{instead}`")
    if keyword.requires:
        lines.append(f"- needs keepalived built with {keyword.requires}")
    lines.append(f"- pykeepalived: {status(keyword)}")
    return "\n".join(lines)


def _keyword(project: Project, file: str, line: int, column: int) -> Hover | None:
    for entry in project.index.entries_at(file, line):
        keyword, scope = entry.keyword, entry.scope
        span = entry.statement.span()
        if keyword is None or scope.values is not None or not span.column <= column <= span.end_column:
            continue
        text = describe(keyword, scope.schema.name, entry.statement.keyword)
        return Hover(span, text + _expanded(entry))
    return None


def _expanded(entry: Entry) -> str:
    statement = entry.statement
    return f"\n\nRead as\n```keepalived\n{statement.text}\n```" if statement.via is not None else ""


def _name(project: Project, occurrence: Occurrence | None) -> Hover | None:
    if occurrence is None:
        return None
    symbol = occurrence.symbol
    definitions = project.index.definitions(symbol)
    head = f"**{symbol.thing.value}** `{symbol.name}`"
    uses = sum(not each.defines for each in project.index.symbols[symbol])
    parts = [head, f"used {uses} times" if uses != 1 else "used once"]
    for each in definitions:
        place = each.shown()
        parts.append(f"{place.file}:{place.line}")
        if each.entry.block is not None:
            parts.append("```keepalived\n" + "\n".join(_source(project, each.entry.block)) + "\n```")
    return Hover(occurrence.span, "\n\n".join(parts))


def _source(project: Project, block: Block) -> Iterator[str]:
    """The lines of a block as written, the first ones of a long block."""
    head, closing = block.head, block.closing
    last = closing.line if closing is not None and closing.file == head.file else head.line + _MOST_LINES
    for number in range(head.line, min(last, head.line + _MOST_LINES) + 1):
        yield project.index.line(head.file, number)
    if last > head.line + _MOST_LINES:
        yield "    …"


def _variable(project: Project, variable: VariablePlace | None) -> Hover | None:
    if variable is None:
        return None
    values = [each.lines for each in project.document.definitions if each.name == variable.name]
    parts = [f"```keepalived\n{chr(10).join((f'${variable.name}=', *lines))}\n```" for lines in values]
    if not parts and variable.name in BUILT_IN:
        parts = [f"`${variable.name}`: {BUILT_IN[variable.name]}"]
    for entry in project.index.entries_at(variable.span.file, variable.span.line):
        if not variable.defines:
            parts.append(_expanded(entry).strip())
    text = "\n\n".join(part for part in parts if part)
    return Hover(variable.span, text) if text else None


def _include(project: Project, file: str, line: int) -> Hover | None:
    text = project.index.line(file, line)
    start = len(text) - len(text.lstrip())
    if parse_include(text.strip()) is None:
        return None
    found = [f"- {span.file}" for span in included_files(project, file, line)]
    return Hover(Span(file, line, start + 1, len(text) + 1), "\n".join(found) or "no file is included here")
