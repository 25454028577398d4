"""``track_file NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.headers import name_header
from pykeepalived.config.actions.trackers import close_track_file, weight_once
from pykeepalived.config.kinds.text import Text
from pykeepalived.config.kinds.vrrp import InitFileKind, WeightKind
from pykeepalived.config.schema import Bound, Repeat, block, keyword, named
from pykeepalived.config.values import InitFile, Weight


@block("track_file", header=name_header(), header_words="NAME", closing=close_track_file)
class TrackFile(Bound):
    """A file holding a number, as a tracker."""

    name: str = named(default="", doc="its name")
    file: str | None = keyword(
        "file",
        Text(missing=5),
        repeat=Repeat.FIRST,
        doc="File to watch; its directory must exist on a writable filesystem inotify can watch",
    )
    weight: Weight | None = keyword(
        "weight",
        WeightKind(254, missing=5),
        default_text="1",
        repeat=Repeat.CUSTOM,
        handler=weight_once(1),
        doc="Multiplier applied to the number in the file; 0 = non-zero means failure",
    )
    init_file: InitFile | None = keyword(
        "init_file",
        InitFileKind(),
        default_text="0",
        doc="Create (or with overwrite, replace) the file at start; never on reload or in test mode",
    )
