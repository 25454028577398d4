"""What may stand at the cursor: keywords of the open block, words of the keyword, names, definitions."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pykeepalived.config.kinds.addresses import AddressLineKind
from pykeepalived.config.kinds.lvs import METHODS, ForwardingKind
from pykeepalived.config.kinds.network import LinkbeatKind
from pykeepalived.config.kinds.numbers import Bool
from pykeepalived.config.kinds.routes import RouteLineKind
from pykeepalived.config.kinds.rules import RuleLineKind
from pykeepalived.config.reference import form
from pykeepalived.config.schema import Keyword, Shape
from pykeepalived.lint.registry import all_rules
from pykeepalived.lsp.hover import describe
from pykeepalived.lsp.index import Scope
from pykeepalived.lsp.project import Project, Snapshot
from pykeepalived.lsp.refers import Thing, named
from pykeepalived.lsp.variables import BUILT_IN
from pykeepalived.syntax.lines import PRAGMA, decomment
from pykeepalived.syntax.splitting import plain_words


class Sort(enum.Enum):
    """What is proposed."""

    KEYWORD = "keyword"
    BLOCK = "block"
    VALUE = "value"
    NAME = "name"
    VARIABLE = "variable"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One possible text.  ``snippet`` has numbered tab stops and replaces ``label`` where the editor can."""

    label: str
    sort: Sort
    detail: str = ""
    documentation: str = ""
    snippet: str = ""
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """Proposals for the text from ``column`` to the cursor."""

    column: int
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The statement being typed: whole words before the cursor, and the word it is in."""

    words: tuple[str, ...]
    word: str
    statement_column: int
    word_column: int


LINE_KINDS = (AddressLineKind, RouteLineKind, RuleLineKind)
READER_WORDS = {
    "include": "Read the files that match; a missing one is a warning",
    "includer": "As include; a file that cannot be read is an error",
    "includem": "As includer; a name that is missing is an error",
    "includew": "As includem; a wildcard that matches nothing is an error",
    "includeb": "As includer; an alternative of {a,b} that is missing is an error",
    "includea": "As include with every check",
}
_LITERAL = re.compile(r"(?<![\w-])[a-z][a-z_0-9]+")
_CONDITION = re.compile(r"[ \t]*@\^?[^ \t]*[ \t]+")
_NAME_BEING_TYPED = re.compile(r"\$\{?\w*\Z", re.ASCII)
_SUPPRESSION = re.compile(r"ignore(?:-file)?[ \t]+[\w\-, \t]*\Z")


def complete(
    snapshot: Snapshot,
    file: str,
    line: int,
    column: int,
    interfaces: Callable[[], Iterable[str]] = tuple,
) -> Completion:
    """What could be typed at a place; ``interfaces`` are those of the machine."""
    project = snapshot.projects_of(file)[0]
    raw = project.index.line(file, line)
    before = raw[: column - 1]
    comment_at = decomment(before, range(len(before))).comment_at
    if comment_at is not None:
        return _in_comment(project, file, line, before, comment_at)
    if match := _NAME_BEING_TYPED.search(before):
        braced = "{" in match[0]
        behind = "}" if braced and not raw[column - 1 :].startswith("}") else ""
        return Completion(match.start() + 1, tuple(_variables(project, "${" if braced else "$", behind)))
    cursor = _cursor(before)
    scope = project.index.scope_at(file, line, cursor.statement_column)
    rest = raw[column - 1 :].strip()
    if not cursor.words and scope.values is None:
        found = list(_keywords(scope, bare=not rest.startswith("{")))
    else:
        found = list(dict.fromkeys(_words(project, scope, cursor, interfaces)))
    return Completion(cursor.word_column, tuple(found))


def _cursor(before: str) -> _Cursor:
    """Take the text before the cursor apart: what stands behind its last brace outside quotes."""
    start = max(
        (at for at, sign in enumerate(before) if sign in "{}" and not _quoted(before, at)), default=-1
    )
    start += 1
    if match := _CONDITION.match(before, start):
        start = match.end()
    text = before[start:]
    start += len(text) - len(text.lstrip(" \t"))
    text = before[start:]
    word = "" if not text or text[-1] in ' \t"' else re.split(r'[ \t"]', text)[-1]
    words = plain_words(text[: len(text) - len(word)]).values
    return _Cursor(words, word, start + 1, len(before) - len(word) + 1)


def _quoted(text: str, at: int) -> bool:
    return text.count('"', 0, at) % 2 == 1


def _keywords(scope: Scope, *, bare: bool) -> Iterator[Proposal]:
    block = scope.schema.name
    for spelling, keyword in scope.schema.keywords.items():
        if not spelling or keyword.extension:
            continue
        alias = next((each for each in keyword.aliases if each.name == spelling), None)
        deprecated = alias.deprecated if alias is not None else keyword.deprecated
        yield Proposal(
            spelling,
            Sort.KEYWORD if keyword.shape is Shape.LINE else Sort.BLOCK,
            form(keyword),
            describe(keyword, block, spelling),
            _snippet(spelling, keyword) if bare else "",
            bool(deprecated),
        )
    for word, meaning in READER_WORDS.items():
        yield Proposal(word, Sort.KEYWORD, "PATTERN", meaning)


def _snippet(spelling: str, keyword: Keyword) -> str:
    if keyword.shape is Shape.LINE:
        return f"{spelling} $0" if keyword.kind is not None else ""
    header = keyword.block.schema.header_words if keyword.block is not None else ""
    stop = "${1:" + re.sub(r"[\[\]]", "", header.split(" | ")[0]) + "} " if header else ""
    return f"{spelling} {stop}{{\n\t$0\n}}"


def _words(
    project: Project, scope: Scope, cursor: _Cursor, interfaces: Callable[[], Iterable[str]]
) -> Iterator[Proposal]:
    """What may follow the words typed so far."""
    value_line = scope.values is not None
    keyword = scope.values or scope.schema.keywords.get(cursor.words[0])
    if keyword is None:
        return
    index = len(cursor.words)
    thing = named(scope.schema.name, keyword, cursor.words, index, value_line=value_line)
    defines = keyword.shape is Shape.BLOCK and keyword.name != "virtual_server"
    if thing is not None and not defines:
        names = dict.fromkeys(project.index.names(thing))
        if thing is Thing.INTERFACE:
            names.pop(cursor.word, None)
            names = dict.fromkeys([*interfaces(), *names])
        for name in names:
            yield Proposal(name, Sort.NAME, thing.value)
        if isinstance(keyword.kind, LINE_KINDS):
            return
    for word in _literals(keyword, cursor.words, 0 if value_line else 1):
        yield Proposal(word, Sort.VALUE)


def _literals(keyword: Keyword, words: tuple[str, ...], first: int) -> Iterable[str]:
    """Fixed words that the kind of a keyword allows next."""
    index = len(words)
    kind = keyword.kind
    if keyword.shape is Shape.BLOCK:
        return ("fwmark", "group") if keyword.name == "virtual_server" and index == 1 else ()
    if kind is None or (keyword.shape is Shape.VALUES and first == 1):
        return ()
    if isinstance(kind, LINE_KINDS):
        return [word for word in kind.options if word not in words] if index else ()
    if index == first:
        if isinstance(kind, Bool):
            return ("true", "false")
        if isinstance(kind, ForwardingKind):
            return METHODS
    if isinstance(kind, LinkbeatKind):
        return kind.methods if index == 1 else ()
    schema = kind.json_schema()
    choices = schema.get("enum") or schema.get("items", {}).get("enum")
    if choices:
        several = "enum" not in schema
        return [str(each) for each in choices if each and (several or index == first) and each not in words]
    if index == first and kind.words[:1].isupper():
        return ()
    return [word for word in dict.fromkeys(_LITERAL.findall(kind.words)) if word not in words]


def _variables(project: Project, before: str, behind: str) -> Iterator[Proposal]:
    values = {each.name: "\n".join(each.lines) for each in project.document.definitions}
    names = dict.fromkeys(each.name for each in project.variables if each.defines)
    for name in names:
        yield Proposal(f"{before}{name}{behind}", Sort.VARIABLE, values.get(name, ""))
    for name, meaning in BUILT_IN.items():
        yield Proposal(f"{before}{name}{behind}", Sort.VARIABLE, meaning)


def _in_comment(project: Project, file: str, line: int, before: str, comment_at: int) -> Completion:
    """Extensions and suppressions, which are written as comments; nothing in other comments."""
    match = PRAGMA.match(before, comment_at)
    typed = re.split(r"[ \t,]", before)[-1]
    column = len(before) - len(typed) + 1
    if match is None:
        return Completion(column, ())
    text = before[match.end() :]
    if "--" in text:  # the reason, in the user's own words
        return Completion(column, ())
    if _SUPPRESSION.match(text):
        rules = tuple(
            Proposal(rule.code, Sort.RULE, rule.name, rule.documentation().what) for rule in all_rules()
        )
        return Completion(column, rules)
    if " " in text:
        return Completion(column, ())
    scope = project.index.scope_at(file, line, comment_at + 1)
    extensions = [
        Proposal(name, Sort.KEYWORD, form(keyword), describe(keyword, scope.schema.name))
        for name, keyword in scope.schema.keywords.items()
        if keyword.extension
    ]
    silence = [
        Proposal("ignore", Sort.KEYWORD, "CODE -- reason", "Silence a finding on this or the next line"),
        Proposal("ignore-file", Sort.KEYWORD, "CODE -- reason", "Silence a finding in this file"),
    ]
    return Completion(column, (*silence, *extensions))
