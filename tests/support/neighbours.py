"""A load that notices when a block which can be recalled looks at, or leaves, anything between blocks.

``config/recall.py`` hands a known ``vrrp_instance`` or ``virtual_server`` on without reading it again.  That
is right only as long as what reads such a block asks nothing about blocks of these kinds before it, and
defines nothing for what comes after it.  Its header may: that is looked at again (a name that is taken).
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from pykeepalived.config.actions import headers
from pykeepalived.config.binder import Binder
from pykeepalived.config.recall import REMEMBERED, Recall

_NAMES = {f"block {kind}" for kind in REMEMBERED}


class Watched(dict[str, Any]):
    """Values or names between blocks; ``asked`` gets what is asked about ``forbidden`` keys while ``armed``.

    What a block puts there of its own kind is no question: ``setdefault`` of the binder.
    """

    def __init__(self, content: dict[str, Any], forbidden: set[str], asked: list[str]) -> None:
        super().__init__(content)
        self.forbidden, self.asked, self.armed = forbidden, asked, False

    def _note(self, key: object) -> None:
        if not self.armed or key not in self.forbidden:
            return
        if headers.__file__ not in {frame.filename for frame in inspect.stack(0)[2:7]}:
            self.asked.append(str(key))

    def __getitem__(self, key: str) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._note(key)
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._note(key)
        return super().get(key, default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key in _NAMES:
            self._note(key)
        return super().setdefault(key, default)


def watch_neighbours(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From now on each load with a memory notes what it should not have looked at, or left, in this list."""
    asked: list[str] = []
    first_time = Recall._first_time

    def watched(self: Recall, binder: Binder, node: Any, before: int) -> None:
        root, context = binder.root, binder.context
        if not isinstance(root.values, Watched):
            root.values = Watched(root.values, set(REMEMBERED.values()), asked)
            context.names = Watched(context.names, _NAMES, asked)
        both = [root.values, context.names]
        before_it = _sizes(context.names), len(context.global_values), set(root.values)
        walk = binder.walk

        def armed(nodes: Any) -> None:
            for one in both:
                one.armed = True
            walk(nodes)
            for one in both:
                one.armed = False

        monkeypatch.setattr(binder, "walk", armed)
        first_time(self, binder, node, before)
        monkeypatch.setattr(binder, "walk", walk)
        after_it = _sizes(context.names), len(context.global_values), set(root.values)
        if after_it[:2] != before_it[:2] or after_it[2] - before_it[2] - set(REMEMBERED.values()):
            asked.append(f"{node.head.words[0]} leaves something behind")

    monkeypatch.setattr(Recall, "_first_time", watched)
    return asked


def _sizes(names: dict[str, dict[str, Any]]) -> dict[str, int]:
    return {what: len(known) for what, known in names.items() if known and what not in _NAMES}
