"""What vrrp_instance and vrrp_sync_group both declare: things that are tracked, scripts that are told."""

from __future__ import annotations

from typing import Final

from pykeepalived.config.actions.accounts import notify_script
from pykeepalived.config.actions.trackers import track_entry
from pykeepalived.config.kinds.script import ScriptLine
from pykeepalived.config.kinds.vrrp import TrackKind
from pykeepalived.config.schema import Repeat, keyword, lines
from pykeepalived.config.values import Script, TrackEntry

_LIMITS: Final = {"interface": 253, "script": 253, "file": 254, "process": 254, "bfd": 253}
"""Kind of tracked object → the greatest weight either way."""


def tracked(what: str, *, doc: str) -> tuple[TrackEntry, ...]:
    """The block ``track_WHAT``; an interface cannot say noreverse."""
    kind = TrackKind(what, _LIMITS[what], noreverse=what != "interface")
    return lines(f"track_{what}", kind, handler=track_entry, doc=doc)


def told(name: str, *, doc: str, missing: int = 2, default_text: str | None = None) -> Script | None:
    """A script that is run when something happens; of two lines the first counts."""
    return keyword(
        name,
        ScriptLine(missing=missing),
        repeat=Repeat.FIRST,
        handler=notify_script,
        default_text=default_text,
        doc=doc,
    )
