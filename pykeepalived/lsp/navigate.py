"""Definition, references and rename, across all files of the projects that a file belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pykeepalived.base.span import Span
from pykeepalived.config.kinds.base import quote
from pykeepalived.lsp.index import Occurrence, normal
from pykeepalived.lsp.project import Project, Snapshot
from pykeepalived.lsp.refers import Thing
from pykeepalived.lsp.variables import VariablePlace, variables_of_line

_VARIABLE_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LONGEST = {Thing.BFD: 31}


@dataclass(frozen=True, slots=True)
class Replacement:
    """Other text for one stretch of one line."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a rename cannot be made."""

    why: str


def definition(snapshot: Snapshot, file: str, line: int, column: int) -> list[Span]:
    """Where the name under the cursor is defined; for an include line the heads of the files."""
    found: list[Span] = []
    for project in snapshot.projects_of(file):
        variable = variable_at(project, file, line, column)
        occurrence = project.index.at(file, line, column)
        if variable is not None:
            found += _in_force(project, variable)
        elif occurrence is not None:
            found += [each.shown() for each in project.index.definitions(occurrence.symbol)]
        else:
            found += included_files(project, file, line)
    return _distinct(found)


def references(
    snapshot: Snapshot, file: str, line: int, column: int, *, declarations: bool = True
) -> list[Span]:
    """All places of the name under the cursor."""
    found: list[Span] = []
    for project in snapshot.projects_of(file):
        variable = variable_at(project, file, line, column)
        occurrence = project.index.at(file, line, column)
        if variable is not None:
            found += [
                each.span
                for each in project.variables
                if each.name == variable.name and (declarations or not each.defines)
            ]
        elif occurrence is not None:
            found += [
                each.shown()
                for each in project.index.symbols[occurrence.symbol]
                if declarations or not each.defines
            ]
    return sorted(_distinct(found), key=lambda span: (span.file, span.line, span.column))


def renameable(snapshot: Snapshot, file: str, line: int, column: int) -> tuple[Span, str] | Refused:
    """The stretch under the cursor that a rename would replace, and the name that is there."""
    for project in snapshot.projects_of(file):
        variable = variable_at(project, file, line, column)
        if variable is not None:
            if any(each.defines and each.name == variable.name for each in project.variables):
                return variable.span, variable.name
            return Refused(f"${variable.name} is not defined in these files")
        occurrence = project.index.at(file, line, column)
        if occurrence is None:
            continue
        symbol = occurrence.symbol
        if symbol.thing is Thing.INTERFACE:
            return Refused(f"the interface {symbol.name} gets its name from the system")
        if not project.index.definitions(symbol):
            return Refused(f"no {symbol.thing.value} {symbol.name} is defined")
        if occurrence.place is None:
            return Refused(_nowhere(occurrence))
        return occurrence.place, symbol.name
    return Refused("there is no name here")


def rename(snapshot: Snapshot, file: str, line: int, column: int, new: str) -> list[Replacement] | Refused:
    """Edits that give the name under the cursor another one, everywhere; all of them or none."""
    target = renameable(snapshot, file, line, column)
    if isinstance(target, Refused):
        return target
    changes: dict[Span, Replacement] = {}
    for project in snapshot.projects_of(file):
        variable = variable_at(project, file, line, column)
        found = (
            _rename_variable(project, variable, new)
            if variable is not None
            else _rename_symbol(project, project.index.at(file, line, column), new)
        )
        if isinstance(found, Refused):
            return found
        changes.update((change.span, change) for change in found)
    return list(changes.values())


def variable_at(project: Project, file: str, line: int, column: int) -> VariablePlace | None:
    for place in variables_of_line(file, line, project.index.line(file, line)):
        if place.span.column - 1 <= column <= place.span.end_column:
            return place
    return None


def included_files(project: Project, file: str, line: int) -> Iterator[Span]:
    for inclusion in project.document.inclusions:
        if inclusion.span.line == line and normal(inclusion.span.file) == file:
            yield Span(normal(inclusion.file), 1, 1, 1)


def _in_force(project: Project, variable: VariablePlace) -> list[Span]:
    """The last definition above the use in its file; else all there are, as they may stand in any file."""
    found = [each.span for each in project.variables if each.defines and each.name == variable.name]
    here = variable.span
    above = [span for span in found if span.file == here.file and span.line <= here.line]
    return above[-1:] or found


def _rename_variable(project: Project, variable: VariablePlace, new: str) -> list[Replacement] | Refused:
    new = new.removeprefix("$")
    if not _VARIABLE_NAME.fullmatch(new):
        return Refused(f"'{new}' is no name for a definition: letters, digits and _ are allowed")
    if new != variable.name and any(each.name == new for each in project.variables):
        return Refused(f"${new} is used already")
    return [Replacement(each.span, new) for each in project.variables if each.name == variable.name]


def _rename_symbol(project: Project, occurrence: Occurrence | None, new: str) -> list[Replacement] | Refused:
    if occurrence is None:
        return []
    symbol = occurrence.symbol
    if wrong := _bad_name(symbol.thing, new):
        return Refused(wrong)
    if new != symbol.name and new in project.index.names(symbol.thing):
        return Refused(f"there is a {symbol.thing.value} {new} already")
    changes = []
    for each in project.index.symbols[symbol]:
        if each.place is None:
            return Refused(_nowhere(each))
        quoted = each.place.end_column - each.place.column == len(symbol.name) + 2
        changes.append(Replacement(each.place, f'"{new}"' if quoted else quote(new)))
    return changes


def _bad_name(thing: Thing, new: str) -> str | None:
    if not new or any(sign in new for sign in '"$\\\n\r'):
        return f"'{new}' is no name: it must not be empty or hold quotes, $ or backslashes"
    if len(new) > _LONGEST.get(thing, len(new)):
        return f"the name of a {thing.value} has at most {_LONGEST[thing]} characters"
    return None


def _nowhere(occurrence: Occurrence) -> str:
    return (
        f"{occurrence.symbol.name} in line {occurrence.span.line} of {occurrence.span.file} is put together"
        " from definitions or a sequence; rename it by hand"
    )


def _distinct(spans: Iterable[Span]) -> list[Span]:
    return list(dict.fromkeys(spans))
