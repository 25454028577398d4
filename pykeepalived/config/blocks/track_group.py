"""``track_group NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.kinds.network import NameKind
from pykeepalived.config.schema import Bound, Repeat, block, lines, named
from pykeepalived.config.values import Name


@block("track_group")
class TrackGroup(Bound):
    """Instances that fail when a tagged static address, route or rule vanishes."""

    name: str = named(default="", doc="its name")
    group: tuple[Name, ...] = lines(
        "group",
        NameKind(),
        repeat=Repeat.FIRST,
        doc="Member vrrp_instances; unknown names only logged",
    )
