"""A bound configuration as canonical keepalived.conf, and as JSON.

What the file gave stands as statements; what follows from defaults and inheritance stands as comments,
because written out it could be an error (a value that strict mode refuses) or mean something else (a
default out of the range that may be written).  Reading the text again gives an equal configuration.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.config.kinds.base import quote
from pykeepalived.config.schema import Bound, Keyword, Repeat, Shape

INDENT = "    "

WRITTEN_OUT = frozenset({"lb_algo", "lb_kind", "protocol", "persistence_timeout"})
"""Defaults that keepalived complains about unless they are written."""

_HIDDEN = frozenset({"head", "where", "statement"})


def dump(config: Config, *, defaults: bool = True) -> str:
    """Canonical keepalived.conf; ``defaults`` adds what was not written as comments."""
    return "\n".join(_body(config, "", defaults)) + "\n"


def _body(bound: Bound, indent: str, defaults: bool, outer: Bound | None = None) -> Iterator[str]:
    done = set()
    for keyword in bound.schema.declarations():
        if keyword.attribute in done:
            continue
        done.add(keyword.attribute)
        value = getattr(bound, keyword.attribute)
        if keyword.shape is Shape.BLOCK:
            for inner in value if keyword.many else [value]:
                if inner is not None:
                    yield from _block(inner, indent, defaults, bound)
        elif keyword.shape is Shape.VALUES:
            yield from _lines(keyword, value, indent)
        else:
            yield from _statements(bound, keyword, value, indent, defaults, outer)


def _block(bound: Bound, indent: str, defaults: bool, outer: Bound) -> Iterator[str]:
    body = list(_body(bound, indent + INDENT, defaults, outer))
    if bound.head is None and not any(line.strip() and not line.lstrip().startswith("#") for line in body):
        return  # nobody wrote this block, and it would say nothing
    yield f"{indent}{' '.join([bound.schema.name, *_header(bound)])} {{"
    yield from body
    yield f"{indent}}}"


def _header(bound: Bound) -> list[str]:
    if isinstance(bound, VirtualServer):
        if bound.group is not None:
            return ["group", quote(bound.group)]
        if bound.fwmark is not None:
            return ["fwmark", str(bound.fwmark)]
    if isinstance(bound, VirtualServer | RealServer):
        return [str(part) for part in (bound.address, bound.port) if part is not None]
    name = getattr(bound, "name", None) if bound.schema.header is not None else None
    return [quote(name)] if isinstance(name, str) else []


def _lines(keyword: Keyword, value: tuple[Any, ...], indent: str) -> Iterator[str]:
    assert keyword.kind is not None
    if not keyword.name:
        yield from (f"{indent}{keyword.kind.write(entry)}" for entry in value)
    elif value:
        yield f"{indent}{keyword.name} {{"
        yield from (f"{indent}{INDENT}{keyword.kind.write(entry)}" for entry in value)
        yield f"{indent}}}"


def _statements(
    bound: Bound, keyword: Keyword, value: Any, indent: str, defaults: bool, outer: Bound | None
) -> Iterator[str]:
    written = bound.is_set(keyword.attribute) or (keyword.attribute in WRITTEN_OUT and value is not None)
    if keyword.attribute == "connect_port" and isinstance(outer, RealServer):
        # The checker asks the port that the file gives the server, which need not be the one that is used.
        written = written or value != outer.port
    if value is None or (value is False and keyword.kind is None):
        return
    if keyword.kind is None:
        if written or value != keyword.default:
            yield f"{indent}{_pragma(keyword)}{keyword.name}"
        return
    if not written and (not defaults or value == ()):
        return
    for one in value if keyword.repeat is Repeat.APPEND else [value]:
        text = f"{_pragma(keyword)}{keyword.name} {keyword.kind.write(one)}".rstrip()
        yield f"{indent}{text}" if written else f"{indent}# {text.removeprefix('# ')}"


def _pragma(keyword: Keyword) -> str:
    return "# pykeepalived: " if keyword.extension else ""


# ------------------------------------------------------------------------------------------ JSON
def as_data(value: Any) -> Any:
    """A configuration as what JSON can hold: addresses as text, octets in hexadecimal, no source places."""
    if isinstance(value, Bound) or (is_dataclass(value) and not isinstance(value, type)):
        return {
            item.name: as_data(getattr(value, item.name))
            for item in fields(value)
            if item.name not in _HIDDEN
        }
    if isinstance(value, tuple | list):
        return [as_data(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, IPv4Address | IPv6Address):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value


def dump_json(config: Config) -> str:
    return json.dumps(as_data(config), indent=2, ensure_ascii=False) + "\n"


__all__ = ["as_data", "dump", "dump_json"]
