"""``FILE_CHECK { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.lvs import known_object, needs
from pykeepalived.config.blocks.checker import Checker
from pykeepalived.config.kinds.text import Text
from pykeepalived.config.kinds.vrrp import WeightKind
from pykeepalived.config.schema import block, keyword
from pykeepalived.config.values import Weight


@block("FILE_CHECK", closing=needs("track_file"))
class FileCheck(Checker):
    """Weight from a track_file."""

    track_file: str | None = keyword(
        "track_file",
        Text(),
        handler=known_object("file", "track_file"),
        doc="Name of an earlier track_file",
    )
    weight: Weight | None = keyword(
        "weight",
        WeightKind(2147483647, missing=5),
        default_text="weight of the track_file",
        doc="Multiplier for the number",
    )
