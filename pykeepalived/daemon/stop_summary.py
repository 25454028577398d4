"""What the log says when the virtual servers end: a line for each real server, or one for thousands of them.

Readers of keepalived's log look for ``Shutting down service … from VS …``.  Of some servers each has its
line, as in keepalived.  Of thousands nobody reads them, and writing takes longer than emptying the table.
"""

from __future__ import annotations

from collections.abc import Sequence

from pykeepalived.lvs.events import Action, Log

MOST_LINES = 1000
"""Up to here each server has its own line."""
FIRST_LINES = 10
"""That many are written when there are more, for whoever looks for the words."""


def summarised(actions: Sequence[Action]) -> list[Action]:
    """The actions of a stop, in their order; of too many log lines the first ones and how many follow."""
    lines = sum(isinstance(action, Log) for action in actions)
    if lines <= MOST_LINES:
        return list(actions)
    kept: list[Action] = []
    seen = 0
    for action in actions:
        if isinstance(action, Log):
            seen += 1
            if seen == FIRST_LINES + 1:
                kept.append(Log(f"Shutting down {lines - FIRST_LINES} more services of virtual servers"))
            if seen > FIRST_LINES:
                continue
        kept.append(action)
    return kept
