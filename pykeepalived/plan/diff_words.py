"""What two configurations say differently, keyword by keyword, and where each stands.  Pure.

Compared are bound values, so neither comments nor another spelling, order of keywords or include is a
difference.  Blocks are matched by their header (``vrrp_instance VI_1``), equal ones by their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.config.schema import Bound, Keyword, Repeat, Shape

HIDDEN = "(hidden)"
_SECRET = frozenset({"auth_pass", "key", "key_file", "password"})
"""Keywords whose values are not shown: what this prints goes into tickets and chats."""


@dataclass(frozen=True, slots=True)
class WordChange:
    """One statement that is there, is not there, or says something else.

    ``block`` is the inner block it belongs to (``real_server 192.0.2.11 80``), empty for the outer one.
    ``old`` and ``new`` are values as they would be written; None: not written.  A flag's value is empty.
    ``old_at`` and ``new_at`` are ``file:line:column``.
    """

    keyword: str
    old: str | None
    new: str | None
    old_at: str | None = None
    new_at: str | None = None
    block: str = ""


def word_changes(old: Config, new: Config) -> dict[str, tuple[WordChange, ...]]:
    """By the outermost block (``vrrp_instance VI_1``; empty: no block), in the order of the new file.

    Blocks that are only in one of the two have one change each: the block itself.
    """
    found: dict[str, list[WordChange]] = {}
    for change in _between(old, new):
        outer, _, inner = change.block.partition("\n")
        found.setdefault(outer, []).append(replace(change, block=inner.replace("\n", " / ")))
    return {outer: tuple(changes) for outer, changes in found.items()}


def title(bound: Bound) -> str:
    """How a block begins: its keyword and what follows it."""
    return " ".join([bound.schema.name, *_header(bound)])


def _between(old: Bound, new: Bound, path: str = "") -> Iterator[WordChange]:
    done: set[str] = set()
    for keyword in new.schema.declarations():
        attribute = keyword.attribute
        if attribute in done:
            continue
        done.add(attribute)
        before, after = getattr(old, attribute), getattr(new, attribute)
        if keyword.shape is Shape.BLOCK:
            yield from _blocks(_listed(keyword, before), _listed(keyword, after), path)
        elif before != after and (old.is_set(attribute) or new.is_set(attribute)):
            yield from _words(keyword, old, new, path)


def _listed(keyword: Keyword, value: Any) -> Sequence[Bound]:
    found = value if keyword.many else [value]
    return [one for one in found if one is not None]


def _blocks(old: Sequence[Bound], new: Sequence[Bound], path: str) -> Iterator[WordChange]:
    before, after = _numbered(old), _numbered(new)
    for name, block in before.items():
        if name not in after:
            yield WordChange(block.schema.name, "", None, _head(block), None, _join(path, name))
    for name, block in after.items():
        if name not in before:
            yield WordChange(block.schema.name, None, "", None, _head(block), _join(path, name))
        elif type(before[name]) is type(block):
            yield from _between(before[name], block, _join(path, name))


def _numbered(blocks: Sequence[Bound]) -> dict[str, Bound]:
    """By title; of several with one title the later ones get a number."""
    seen: Counter[str] = Counter()
    found: dict[str, Bound] = {}
    for block in blocks:
        name = title(block)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} (no. {seen[name]})"] = block
    return found


def _join(path: str, name: str) -> str:
    return f"{path}\n{name}" if path else name


def _words(keyword: Keyword, old: Bound, new: Bound, path: str) -> Iterator[WordChange]:
    attribute = keyword.attribute
    before, after = getattr(old, attribute), getattr(new, attribute)
    old_at = str(span) if (span := old.span_of(attribute)) else None
    new_at = str(span) if (span := new.span_of(attribute)) else None
    name = keyword.name or attribute
    secret = name in _SECRET
    if isinstance(before, tuple) and isinstance(after, tuple) and _is_list(keyword):
        gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
        texts = [_written(keyword, one, secret) for one in come]
        for one in gone:
            text = _written(keyword, one, secret)
            # The same address, interface or script with other options is one change.
            same = next((other for other in texts if other.split()[:1] == text.split()[:1]), None)
            if same is not None:
                texts.remove(same)
            yield WordChange(name, text, same, old_at, None if same is None else new_at, path)
        for text in texts:
            yield WordChange(name, None, text, None, new_at, path)
        if not gone and not come:
            yield WordChange(name, "in this order", "in another order", old_at, new_at, path)
        return
    yield WordChange(
        name,
        _value(keyword, old, before, secret),
        _value(keyword, new, after, secret),
        old_at,
        new_at,
        path,
    )


def _is_list(keyword: Keyword) -> bool:
    return keyword.shape is Shape.VALUES or keyword.repeat is Repeat.APPEND


def _value(keyword: Keyword, bound: Bound, value: Any, secret: bool) -> str | None:
    """None when neither the file nor a default gives it."""
    if keyword.kind is None:
        return "" if value else None
    if value is None:
        return None
    text = _written(keyword, value, secret)
    return text if bound.is_set(keyword.attribute) else f"{text} (default)".lstrip()


def _written(keyword: Keyword, value: Any, secret: bool) -> str:
    if secret:
        return HIDDEN
    return keyword.kind.write(value) if keyword.kind is not None else str(value)


def _head(block: Bound) -> str | None:
    return str(block.head.span()) if block.head is not None else None


def _header(bound: Bound) -> list[str]:
    if isinstance(bound, VirtualServer):
        if bound.group is not None:
            return ["group", bound.group]
        if bound.fwmark is not None:
            return ["fwmark", str(bound.fwmark)]
    if isinstance(bound, VirtualServer | RealServer):
        return [str(part) for part in (bound.address, bound.port) if part is not None]
    name = getattr(bound, "name", None) if bound.schema.header is not None else None
    return [name] if isinstance(name, str) else []
