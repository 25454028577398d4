"""``vrrp_sync_group NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.headers import name_header
from pykeepalived.config.actions.vrrp import close_members, not_empty_at_close
from pykeepalived.config.blocks.following import told, tracked
from pykeepalived.config.kinds.network import NameKind
from pykeepalived.config.kinds.numbers import Bool
from pykeepalived.config.schema import Alias, Bound, Repeat, block, flag, keyword, lines, named
from pykeepalived.config.values import Name, Script, TrackEntry


@block(
    "vrrp_sync_group", header=name_header(exact=True, unique=True), header_words="NAME", closing=close_members
)
class VrrpSyncGroup(Bound):
    """Instances that change state together."""

    name: str = named(default="", doc="its name")
    group: tuple[Name, ...] = lines(
        "group",
        NameKind(),
        repeat=Repeat.FIRST,
        closing=not_empty_at_close,
        doc="Member instances (a single member is an error too); an unknown member is reported and ignored",
    )
    track_interface: tuple[TrackEntry, ...] = tracked("interface", doc="Interfaces that affect every member")
    track_script: tuple[TrackEntry, ...] = tracked("script", doc="Scripts that affect every member")
    track_file: tuple[TrackEntry, ...] = tracked("file", doc="Files that affect every member")
    track_process: tuple[TrackEntry, ...] = tracked("process", doc="Processes that affect every member")
    track_bfd: tuple[TrackEntry, ...] = tracked("bfd", doc="BFD sessions that affect every member")
    notify_backup: Script | None = told("notify_backup", doc="Run when the group enters BACKUP")
    notify_master: Script | None = told("notify_master", doc="Run when the group enters MASTER")
    notify_fault: Script | None = told("notify_fault", doc="Run when the group enters FAULT")
    notify_stop: Script | None = told("notify_stop", doc="Run when VRRP stops")
    notify: Script | None = told("notify", doc="Run on every change with four extra arguments")
    smtp_alert: bool | None = keyword(
        "smtp_alert",
        Bool(),
        default_text="smtp_alert_vrrp, else smtp_alert, else false",
        doc="Mail on state change",
    )
    sync_group_tracking_weight: bool = flag(
        "sync_group_tracking_weight",
        doc="Allow non-zero tracker weights on members",
        aliases=(Alias("global_tracking", deprecated="sync_group_tracking_weight", reported=True),),
    )
    notify_priority_changes: bool | None = keyword(
        "notify_priority_changes",
        Bool(),
        default_text="vrrp_notify_priority_changes",
        doc="Write priority changes to the FIFOs",
    )
