"""``track_group NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.headers import name_header
from pykeepalived.config.actions.vrrp import close_members, not_empty_at_close
from pykeepalived.config.kinds.network import NameKind
from pykeepalived.config.schema import Bound, Repeat, block, lines, named
from pykeepalived.config.values import Name


@block("track_group", header=name_header(exact=True, unique=True), header_words="NAME", closing=close_members)
class TrackGroup(Bound):
    """Instances that fail when a tagged static address, route or rule vanishes."""

    name: str = named(default="", doc="its name")
    group: tuple[Name, ...] = lines(
        "group",
        NameKind(),
        repeat=Repeat.FIRST,
        closing=not_empty_at_close,
        doc="Member vrrp_instances; unknown names only logged",
    )
