"""Which word of which keyword names what kind of thing.

Most of it follows from the kind of the keyword in the schema; ``NAMED_HERE`` has the few keywords whose kind
is any text.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

from pykeepalived.config.kinds.addresses import AddressLineKind
from pykeepalived.config.kinds.lvs import SyncDaemonKind
from pykeepalived.config.kinds.network import DelayKind, Interface, LinkbeatKind
from pykeepalived.config.kinds.routes import RouteLineKind
from pykeepalived.config.kinds.rules import RuleLineKind
from pykeepalived.config.kinds.vrrp import TrackKind
from pykeepalived.config.schema import Keyword, Shape


class Thing(enum.Enum):
    """What a name can be the name of; the value is the block that defines it."""

    INSTANCE = "vrrp_instance"
    SYNC_GROUP = "vrrp_sync_group"
    SCRIPT = "vrrp_script"
    FILE = "track_file"
    PROCESS = "vrrp_track_process"
    BFD = "bfd_instance"
    TRACK_GROUP = "track_group"
    SERVICE_GROUP = "virtual_server_group"
    INTERFACE = "interface"
    """Defined by the machine, not by the file."""


DEFINERS: Final = {thing.value: thing for thing in Thing if thing is not Thing.INTERFACE}
"""Outermost block → what the word after it is the name of."""

_TRACKED: Final = {
    "interface": Thing.INTERFACE,
    "script": Thing.SCRIPT,
    "file": Thing.FILE,
    "process": Thing.PROCESS,
    "bfd": Thing.BFD,
}
_LINE_OPTIONS: Final = {
    "dev": Thing.INTERFACE,
    "oif": Thing.INTERFACE,
    "iif": Thing.INTERFACE,
    "track_group": Thing.TRACK_GROUP,
}
_SYNC_OPTIONS: Final = frozenset({"inst", "id", "maxlen", "port", "ttl", "group"})

NAMED_HERE: Final = {
    ("vrrp_sync_group", "group"): Thing.INSTANCE,
    ("track_group", "group"): Thing.INSTANCE,
    ("garp_group", "interfaces"): Thing.INTERFACE,
    ("FILE_CHECK", "track_file"): Thing.FILE,
    ("BFD_CHECK", "name"): Thing.BFD,
}
"""(block, keyword) → what its first word names."""

NO_NAMES: Final = frozenset({("global_defs", "notification_email")})
"""Lists of names that refer to nothing in the file."""


def named(
    block: str, keyword: Keyword, words: Sequence[str], index: int, *, value_line: bool
) -> Thing | None:
    """What word ``index`` of a statement names; only the words before it are looked at.

    ``value_line`` is true for a line within the braces of a value list, which has no keyword of its own.
    """
    first = 0 if value_line else 1
    if index < first or (keyword.shape is Shape.VALUES and not value_line):
        return None
    if keyword.shape is Shape.BLOCK:
        if keyword.name == "virtual_server":
            return Thing.SERVICE_GROUP if index == 2 and words[1] == "group" else None
        return DEFINERS.get(keyword.name) if index == 1 and not block else None
    kind = keyword.kind
    if isinstance(kind, AddressLineKind | RouteLineKind | RuleLineKind):
        return _LINE_OPTIONS.get(words[index - 1]) if index else None
    if isinstance(kind, SyncDaemonKind):
        return _sync_daemon(words, index)
    if index > first:
        return None
    if isinstance(kind, TrackKind):
        return _TRACKED[kind.what]
    if isinstance(kind, Interface | LinkbeatKind | DelayKind):
        return Thing.INTERFACE
    return NAMED_HERE.get((block, keyword.name))


def _sync_daemon(words: Sequence[str], index: int) -> Thing | None:
    if index == 1:
        return Thing.INTERFACE
    if index == 2:
        return None if index < len(words) and words[2] in _SYNC_OPTIONS else Thing.INSTANCE
    return Thing.INSTANCE if words[index - 1] == "inst" else None
