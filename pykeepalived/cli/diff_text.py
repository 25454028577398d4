"""The plan of a reload as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MARKS = {"add": "+", "remove": "-", "change": "~", "replace": "!"}
_WORDS = {"add": "added", "remove": "removed", "change": "changed", "replace": "begun anew"}
_MOST_CONSEQUENCES = 40
"""Of one object; a service may have a thousand servers."""


def text_of(document: Mapping[str, Any]) -> str:
    """Everything of a plan; the last line sums it up."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"Running: {document['running']}"
    yield f"Reload:  {document['file']}"
    yield ""
    if document["refused"]:
        yield "A reload would be refused, and the running configuration would stay:"
        yield from (f"  {reason}" for reason in document["refused"])
        return
    for one in document["objects"]:
        yield f"{_MARKS[one['action']]} {one['kind']} {one['name']}".rstrip() + f"  ({_WORDS[one['action']]})"
        yield from _written(one["written"], one)
        told = one["consequences"]
        yield from (f"    => {sentence}" for sentence in told[:_MOST_CONSEQUENCES])
        if len(told) > _MOST_CONSEQUENCES:
            yield f"    => and {len(told) - _MOST_CONSEQUENCES} more of the kind; --json has them all"
        yield ""
    for title, changes in document["written_elsewhere"].items():
        yield f"  {title or 'outside of blocks'}  (written otherwise; no effect of its own)"
        yield from _written(changes, {})
        yield ""
    if document["notes"]:
        yield "New warnings:"
        yield from (f"  {note}" for note in document["notes"])
        yield ""
    yield _sum(document["objects"])


def _written(changes: Sequence[Mapping[str, Any]], one: Mapping[str, Any]) -> Iterator[str]:
    for change in changes:
        if change["block"] == "" and one.get("action") in ("add", "remove"):
            yield f"    {change['new_at'] or change['old_at']}"
            continue
        inner = change["block"]
        whole_block = inner.rpartition(" / ")[2].split(" ")[0] == change["keyword"]
        name = inner if whole_block else f"{inner}: {change['keyword']}" if inner else change["keyword"]
        yield f"    {name}{_values(change)}{_place(change)}"


def _values(change: Mapping[str, Any]) -> str:
    old, new = change["old"], change["new"]
    if old is None:
        return f" {new} added" if new else " added"
    if new is None:
        return f" {old} removed" if old else " removed"
    return f" {old or 'set'} -> {new or 'set'}"


def _place(change: Mapping[str, Any]) -> str:
    if change["new_at"]:
        return f"   [{change['new_at']}]"
    return f"   [was {change['old_at']}]" if change["old_at"] else ""


def _sum(objects: Sequence[Mapping[str, Any]]) -> str:
    if not objects:
        return "No change: a reload would find nothing to do."
    counted = Counter(one["action"] for one in objects)
    parts = ", ".join(f"{counted[action]} {word}" for action, word in _WORDS.items() if counted[action])
    restart = any("full restart" in line for one in objects for line in one["consequences"])
    return f"A reload would do this: {parts}." + (
        " Some of it needs a full restart to take effect." if restart else ""
    )
