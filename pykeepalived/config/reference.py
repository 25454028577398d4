"""The language described from its declarations: a table for readers, a JSON schema for tools, one keyword."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.effective import NOT_ACTED_ON
from pykeepalived.config.schema import BlockSchema, Keyword, Repeat, Shape


def blocks() -> Iterator[tuple[str, BlockSchema]]:
    """(path, schema) of every block, outermost first, each path once."""
    pending = [("", Config.schema)]
    while pending:
        path, schema = pending.pop(0)
        yield path, schema
        for keyword in schema.declarations():
            if keyword.block is not None:
                pending.append((f"{path}/{keyword.name}" if path else keyword.name, keyword.block.schema))


def form(keyword: Keyword) -> str:
    """What follows the keyword."""
    if keyword.block is not None:
        header = keyword.block.schema.header_words
        return f"{header} {{ … }}".strip()
    words = keyword.kind.words if keyword.kind is not None else ""
    return f"{{ {words} … }}" if keyword.shape is Shape.VALUES else words


def default(keyword: Keyword) -> str:
    """The value when the keyword is absent."""
    if keyword.default_text:
        return keyword.default_text
    if keyword.kind is None or keyword.many or keyword.default is None or keyword.shape is not Shape.LINE:
        return "off" if keyword.shape is Shape.LINE and keyword.kind is None else "none"
    return keyword.kind.write(keyword.default)


def limits(keyword: Keyword) -> str:
    """The range of a number, in words; empty for everything else."""
    schema = keyword.kind.json_schema() if keyword.kind is not None else {}
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return ""
    return f"{low:g} or more" if high is None else f"{low:.10g} to {high:.10g}"


def status(keyword: Keyword) -> str:
    if keyword.effective:
        return "effective"
    return f"accepted, not yet acted on: {NOT_ACTED_ON.get(keyword.name, 'no reason is known')}"


def markdown() -> str:
    """docs/keywords.md."""
    out = [
        "# Keywords",
        "",
        "Generated from the declarations in `pykeepalived/config/blocks/`; a test checks that it is current.",
        "",
    ]
    for path, schema in blocks():
        out += [f"## {path or 'Outermost level'}", "", schema.doc.split("\n")[0], ""]
        rows = [keyword for keyword in schema.declarations() if keyword.name]
        if not rows:
            body = schema.keywords.get("")
            if body is not None and body.kind is not None:
                out += [f"Lines: `{body.kind.words}`", ""]
            continue
        out += ["| keyword | form | range | default | status | meaning |", "|---|---|---|---|---|---|"]
        for keyword in rows:
            cells = (
                "<br>".join(_spellings(keyword)),
                _code(form(keyword)),
                limits(keyword),
                default(keyword),
                status(keyword),
                _meaning(keyword),
            )
            out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        out.append("")
    return "\n".join(out)


def _spellings(keyword: Keyword) -> Iterator[str]:
    yield f"`{keyword.name}`"
    for alias in keyword.aliases:
        yield f"`{alias.name}` (deprecated)" if alias.deprecated else f"`{alias.name}`"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _meaning(keyword: Keyword) -> str:
    parts = [keyword.doc]
    if keyword.deprecated:
        parts.append(f"deprecated: write `{keyword.deprecated}`")
    if keyword.repeat in (Repeat.FIRST, Repeat.OVERWRITE):
        parts.append(keyword.repeat.value)
    if keyword.requires:
        parts.append(f"needs keepalived built with {keyword.requires}")
    if keyword.extension:
        parts.append("an extension: write it as `# pykeepalived: …`")
    return "; ".join(parts)


# ------------------------------------------------------------------------------------- JSON schema
def json_schema() -> dict[str, Any]:
    """A schema of what ``dump-config --json`` prints and editors can complete."""
    definitions = {path or "config": _object(path, schema) for path, schema in blocks()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "keepalived.conf as pykeepalived understands it",
        "$ref": "#/$defs/config",
        "$defs": definitions,
    }


def _object(path: str, schema: BlockSchema) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for keyword in schema.declarations():
        if not keyword.name:
            continue
        properties[keyword.name] = _property(path, keyword)
    return {"type": "object", "description": schema.doc.split("\n")[0], "properties": properties}


def _property(path: str, keyword: Keyword) -> dict[str, Any]:
    value: dict[str, Any]
    if keyword.block is not None:
        target = f"{path}/{keyword.name}" if path else keyword.name
        value = {"$ref": "#/$defs/" + target.replace("/", "~1")}
    elif keyword.kind is None:
        value = {"type": "boolean"}
    else:
        value = dict(keyword.kind.json_schema())
    if keyword.many:
        value = {"type": "array", "items": value}
    value["description"] = keyword.doc
    if keyword.deprecated:
        value["deprecated"] = True
    return value


# ------------------------------------------------------------------------------------- one keyword
def explain(word: str) -> str | None:
    """Everything about a keyword, for every block that knows it; None when none does."""
    found = []
    for path, schema in blocks():
        keyword = schema.keywords.get(word)
        if keyword is None or not word:
            continue
        lines = [f"{word}  in {path or 'the outermost level'}", f"  {keyword.doc}"]
        if word != keyword.name:
            lines.append(f"  another spelling of {keyword.name}")
        if form(keyword):
            lines.append(f"  form:     {keyword.name} {form(keyword)}")
        if limits(keyword):
            lines.append(f"  range:    {limits(keyword)}")
        lines.append(f"  default:  {default(keyword)}")
        lines.append(f"  repeated: {keyword.repeat.value}")
        instead = next((a.deprecated for a in keyword.aliases if a.name == word), keyword.deprecated)
        if instead:
            lines.append(f"  deprecated: write {instead}")
        lines.append(f"  status:   {status(keyword)}")
        found.append("\n".join(lines))
    return "\n\n".join(found) + "\n" if found else None
