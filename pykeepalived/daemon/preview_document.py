"""A preview of a reload as what JSON can hold (docs/daemon.md, "A plan before a reload")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from pykeepalived.daemon.reload_preview import Preview
from pykeepalived.plan.diff_words import WordChange

SCHEMA = 1


def document(preview: Preview, old_file: str, new_file: str) -> dict[str, object]:
    """``result`` is refused, changes or no-change; what is written differently stands at its object."""
    words = dict(preview.words or {})
    objects: list[dict[str, object]] = []
    for one in preview.objects:
        told = words.pop(one.title, None) if one.action != "process" else None
        objects.append(
            {
                "kind": one.kind,
                "name": one.name,
                "action": one.action,
                "consequences": list(one.consequences),
                "written": _written(told or ()),
            }
        )
    result = "refused" if preview.refused else "changes" if preview.changes else "no-change"
    return {
        "schema": SCHEMA,
        "result": result,
        "running": old_file,
        "file": new_file,
        "refused": list(preview.refused),
        "objects": objects,
        "written_elsewhere": {title: _written(changes) for title, changes in words.items()},
        "notes": list(preview.notes),
    }


def _written(changes: Iterable[WordChange]) -> list[dict[str, object]]:
    return [asdict(change) for change in changes]


def unusable(problem: str, old_file: str, new_file: str) -> dict[str, object]:
    """The document for a file that nothing can be run from."""
    return document(Preview(refused=tuple(problem.splitlines())), old_file, new_file)
