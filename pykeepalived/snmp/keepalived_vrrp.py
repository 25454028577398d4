"""KEEPALIVED-MIB, ``vrrp``: sync groups and instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pykeepalived.base.units import NANOSECONDS_PER_CENTISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup
from pykeepalived.config.values import Script
from pykeepalived.ipc.management import Adjustable, SettingChange
from pykeepalived.ipc.messages import RouterState
from pykeepalived.plan.lvs import sync_daemons
from pykeepalived.snmp.mib import Column, Index, Table, family, gauge, integer, packed, text, truth
from pykeepalived.snmp.oids import VRRP
from pykeepalived.snmp.view import Instance, View, instances
from pykeepalived.snmp.words import STATES, command
from pykeepalived.vrrp.settings import PRIORITY_OWNER, InitialState, IPAddress
from pykeepalived.wire.agentx import Error, Value

# ---------------------------------------------------------------- sync groups


@dataclass(frozen=True, slots=True)
class Group:
    """A sync group with members that run."""

    block: VrrpSyncGroup
    members: tuple[str, ...]
    state: RouterState


def groups(view: View) -> Iterator[tuple[Index, Group]]:
    """The groups that run, numbered as they stand in the file."""
    if view.vrrp is None:
        return
    running = {group.name: group for group in view.vrrp.groups}
    present = (block for block in view.config.vrrp_sync_groups if block.name in running)
    for number, block in enumerate(present, 1):
        state = view.groups.get(block.name, RouterState.INIT)
        yield (number,), Group(block, running[block.name].members, state)


def _members(view: View) -> Iterator[tuple[Index, str]]:
    for index, group in groups(view):
        for number, name in enumerate(group.members, 1):
            yield (*index, number), name


def _group_scripts(block: VrrpSyncGroup) -> tuple[Script | None, ...]:
    return (block.notify_master, block.notify_backup, block.notify_fault, block.notify_stop, block.notify)


GROUPS: Table[Group] = Table(
    (*VRRP, 1, 1),
    (
        Column(2, "vrrpSyncGroupName", lambda row: text(row.block.name)),
        Column(3, "vrrpSyncGroupState", lambda row: integer(STATES[row.state])),
        Column(4, "vrrpSyncGroupSmtpAlert", lambda row: truth(row.block.smtp_alert)),
        Column(5, "vrrpSyncGroupNotifyExec", lambda row: truth(any(_group_scripts(row.block)))),
        Column(6, "vrrpSyncGroupScriptMaster", lambda row: command(row.block.notify_master)),
        Column(7, "vrrpSyncGroupScriptBackup", lambda row: command(row.block.notify_backup)),
        Column(8, "vrrpSyncGroupScriptFault", lambda row: command(row.block.notify_fault)),
        Column(9, "vrrpSyncGroupScript", lambda row: command(row.block.notify)),
        Column(10, "vrrpSyncGroupTrackingWeight", lambda row: truth(row.block.sync_group_tracking_weight)),
        Column(11, "vrrpSyncGroupScriptStop", lambda row: command(row.block.notify_stop)),
    ),
    groups,
)

MEMBERS: Table[str] = Table((*VRRP, 2, 1), (Column(2, "vrrpSyncGroupMemberName", text),), _members)

# ---------------------------------------------------------------- instances


def _instance_rows(view: View) -> Iterator[tuple[Index, Instance]]:
    for instance in instances(view):
        yield (instance.number,), instance


def initial_state(instance: Instance) -> int:
    """vrrpInstanceInitialState: as configured, which is Backup unless ``state MASTER`` is."""
    return 2 if instance.settings.initial_state is InitialState.MASTER else 1


def _wanted_state(row: Instance) -> int:
    return STATES[row.state if row.snapshot is None else row.snapshot.wanted_state]


def _interval(row: Instance) -> int:
    """Seconds in version 2 and centiseconds in version 3."""
    unit = NANOSECONDS_PER_SECOND if row.settings.version == 2 else NANOSECONDS_PER_CENTISECOND
    return row.settings.advertisement_interval_ns // unit


def _scripts(row: Instance) -> tuple[Script | None, ...]:
    block = row.block
    states = (block.notify_master, block.notify_backup, block.notify_fault, block.notify_stop)
    return (*states, block.notify, block.notify_deleted, block.notify_master_rx_lower_pri)


def _sync_daemon(row: Instance) -> str | None:
    """The interface of lvs_sync_daemon if it follows this instance."""
    owner, daemons = sync_daemons(row.view.config)
    return daemons[0].interface if daemons and owner == row.settings.name else None


def _group(row: Instance) -> Value | None:
    return text(row.group)


def _accept(row: Instance) -> Value:
    """true(1), false(2); keepalived says 0 for version 2, which has no such thing."""
    return truth(row.settings.accept_mode) if row.settings.version == 3 else integer(0)


def _multicast(row: Instance) -> IPAddress | None:
    return None if row.settings.unicast or row.settings.peers else row.settings.multicast_group


def _script(which: Callable[[Instance], Script | None]) -> Callable[[Instance], Value | None]:
    return lambda row: command(which(row))


def _set_priority(row: Instance, value: int) -> SettingChange | Error:
    """255 belongs to the owner of the addresses, and who that is the file says."""
    if row.settings.address_owner:
        return Error.NOT_WRITABLE
    if not 1 <= value < PRIORITY_OWNER:
        return Error.WRONG_VALUE
    return SettingChange(Adjustable.PRIORITY, row.settings.name, value)


def _set_preemption(row: Instance, value: int) -> SettingChange | Error:
    """enabled(1), disabled(2)."""
    if value not in (1, 2):
        return Error.WRONG_VALUE
    return SettingChange(Adjustable.PREEMPTION, row.settings.name, int(value == 1))


INSTANCES: Table[Instance] = Table(
    (*VRRP, 3, 1),
    (
        Column(2, "vrrpInstanceName", lambda row: text(row.settings.name)),
        Column(3, "vrrpInstanceVirtualRouterId", lambda row: gauge(row.settings.vrid)),
        Column(4, "vrrpInstanceState", lambda row: integer(STATES[row.state])),
        Column(5, "vrrpInstanceInitialState", lambda row: integer(initial_state(row))),
        Column(6, "vrrpInstanceWantedState", lambda row: integer(_wanted_state(row))),
        Column(7, "vrrpInstanceBasePriority", lambda row: integer(row.settings.priority), _set_priority),
        Column(8, "vrrpInstanceEffectivePriority", lambda row: integer(row.effective_priority)),
        Column(9, "vrrpInstanceVipsStatus", lambda row: truth(row.snapshot and row.snapshot.addresses_set)),
        Column(10, "vrrpInstancePrimaryInterface", lambda row: text(row.settings.interface)),
        Column(11, "vrrpInstanceTrackPrimaryIf", lambda row: truth(row.block.track_interface)),
        Column(12, "vrrpInstanceAdvertisementsInt", lambda row: gauge(_interval(row))),
        Column(13, "vrrpInstancePreempt", lambda row: truth(row.settings.preempt_mode), _set_preemption),
        Column(
            14,
            "vrrpInstancePreemptDelay",
            lambda row: gauge(row.settings.preempt_delay_ns // NANOSECONDS_PER_SECOND),
        ),
        Column(15, "vrrpInstanceAuthType", lambda row: integer(row.settings.authentication.kind)),
        Column(16, "vrrpInstanceLvsSyncDaemon", lambda row: truth(_sync_daemon(row))),
        Column(17, "vrrpInstanceLvsSyncInterface", lambda row: text(_sync_daemon(row))),
        Column(18, "vrrpInstanceSyncGroup", _group),
        Column(
            19,
            "vrrpInstanceGarpDelay",
            lambda row: gauge(row.settings.announce.master_delay_ns // NANOSECONDS_PER_SECOND),
        ),
        Column(20, "vrrpInstanceSmtpAlert", lambda row: truth(row.block.smtp_alert)),
        Column(21, "vrrpInstanceNotifyExec", lambda row: truth(any(_scripts(row)))),
        Column(22, "vrrpInstanceScriptMaster", _script(lambda row: row.block.notify_master)),
        Column(23, "vrrpInstanceScriptBackup", _script(lambda row: row.block.notify_backup)),
        Column(24, "vrrpInstanceScriptFault", _script(lambda row: row.block.notify_fault)),
        Column(25, "vrrpInstanceScriptStop", _script(lambda row: row.block.notify_stop)),
        Column(26, "vrrpInstanceScript", _script(lambda row: row.block.notify)),
        Column(27, "vrrpInstanceAccept", _accept),
        Column(28, "vrrpInstancePromoteSecondaries", lambda row: truth(row.settings.promote_secondaries)),
        Column(29, "vrrpInstanceUseLinkbeat", lambda row: truth(row.block.linkbeat_use_polling)),
        Column(30, "vrrpInstanceVrrpVersion", lambda row: integer(row.settings.version)),
        Column(
            31, "vrrpInstanceScriptMstrRxLowerPri", _script(lambda row: row.block.notify_master_rx_lower_pri)
        ),
        Column(32, "vrrpInstanceScriptDeleted", _script(lambda row: row.block.notify_deleted)),
        Column(33, "vrrpInstanceNotifyDeleted", lambda row: truth(row.block.notify_deleted)),
        Column(34, "vrrpInstanceMulticastAddressType", lambda row: family(_multicast(row))),
        Column(35, "vrrpInstanceMulticastAddress", lambda row: packed(_multicast(row))),
        Column(
            36, "vrrpInstanceV3ChecksumAsV2", lambda row: truth(row.settings.checksum_without_pseudo_header)
        ),
    ),
    _instance_rows,
)

TABLES = (GROUPS, MEMBERS, INSTANCES)
