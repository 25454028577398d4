"""``vrrp_sync_group NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.accounts import notify_script
from pykeepalived.config.actions.headers import name_header
from pykeepalived.config.actions.trackers import track_entry
from pykeepalived.config.actions.vrrp import close_members, not_empty_at_close
from pykeepalived.config.kinds.network import NameKind
from pykeepalived.config.kinds.numbers import Bool
from pykeepalived.config.kinds.script import ScriptLine
from pykeepalived.config.kinds.vrrp import TrackKind
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
    track_interface: tuple[TrackEntry, ...] = lines(
        "track_interface",
        TrackKind("interface", 253, noreverse=False),
        handler=track_entry,
        doc="Interfaces that affect every member",
    )
    track_script: tuple[TrackEntry, ...] = lines(
        "track_script",
        TrackKind("script", 253),
        handler=track_entry,
        doc="Scripts that affect every member",
    )
    track_file: tuple[TrackEntry, ...] = lines(
        "track_file",
        TrackKind("file", 254),
        handler=track_entry,
        doc="Files that affect every member",
    )
    track_process: tuple[TrackEntry, ...] = lines(
        "track_process",
        TrackKind("process", 254),
        handler=track_entry,
        doc="Processes that affect every member",
    )
    track_bfd: tuple[TrackEntry, ...] = lines(
        "track_bfd",
        TrackKind("bfd", 253),
        handler=track_entry,
        doc="BFD sessions that affect every member",
    )
    notify_backup: Script | None = keyword(
        "notify_backup",
        ScriptLine(),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Run when the group enters BACKUP",
    )
    notify_master: Script | None = keyword(
        "notify_master",
        ScriptLine(),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Run when the group enters MASTER",
    )
    notify_fault: Script | None = keyword(
        "notify_fault",
        ScriptLine(),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Run when the group enters FAULT",
    )
    notify_stop: Script | None = keyword(
        "notify_stop",
        ScriptLine(),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Run when VRRP stops",
    )
    notify: Script | None = keyword(
        "notify",
        ScriptLine(),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Run on every change with four extra arguments",
    )
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
