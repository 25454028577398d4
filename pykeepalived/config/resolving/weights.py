"""Which trackers of an instance would change its priority."""

from __future__ import annotations

from collections.abc import Iterator

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.values import TrackEntry

TRACKED = ("interface", "script", "file", "process", "bfd")


class UsualWeights:
    """What a tracked object weighs where its entry is silent.  Of objects with one name the first counts."""

    def __init__(self, config: Config) -> None:
        self._usual = {
            "script": {s.name: s.weight for s in reversed(config.vrrp_scripts)},
            "file": {f.name: f.weight for f in reversed(config.track_files)},
            "process": {p.name: p.weight for p in reversed(config.vrrp_track_processes)},
            "bfd": {b.name: b.weight for b in reversed(config.bfd_instances)},
        }

    def weighted(self, instance: VrrpInstance) -> Iterator[tuple[str, TrackEntry]]:
        """The kind and the entry of each tracker with a weight."""
        for what in TRACKED:
            for entry in getattr(instance, f"track_{what}"):
                if self._weight(what, entry):
                    yield what, entry

    def _weight(self, what: str, entry: TrackEntry) -> int:
        if entry.weight is not None:
            return entry.weight
        usual = self._usual.get(what, {}).get(entry.name)
        return usual.value if usual is not None else int(what == "file")
