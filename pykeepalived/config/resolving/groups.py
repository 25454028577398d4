"""Sync groups and track groups: members and shared trackers."""

from __future__ import annotations

import itertools
from collections.abc import Container

from pykeepalived.config.blocks.bfd_check import BfdCheck
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup
from pykeepalived.config.resolving.report import Report
from pykeepalived.config.resolving.weights import UsualWeights
from pykeepalived.config.schema import amend

OWNER = 255


def forget_disabled_bfd(config: Config, done: Container[int] = ()) -> None:
    """Drop references to BFD sessions that turned out to be unusable (their name was known all the same).

    Services with their id in ``done`` have none.
    """
    usable = {session.name for session in config.bfd_instances}
    trackers: tuple[VrrpInstance | VrrpSyncGroup, ...] = (*config.vrrp_instances, *config.vrrp_sync_groups)
    for block in trackers:
        kept = tuple(entry for entry in block.track_bfd if entry.name in usable)
        if len(kept) != len(block.track_bfd):
            amend(block, track_bfd=kept)
    for service in config.virtual_servers:
        if id(service) in done:
            continue
        for server in service.real_servers:
            lost = [c for c in server.checkers if isinstance(c, BfdCheck) and c.name not in usable]
            if lost:
                amend(server, checkers=tuple(c for c in server.checkers if c not in lost))


def resolve_members(config: Config, report: Report) -> None:
    """Who is in which group; keepalived looks at this before it looks closer at the instances."""
    by_name = {instance.name: instance for instance in config.vrrp_instances}
    defs = config.global_defs
    kept = []
    taken: dict[str, str] = {}
    for group in config.vrrp_sync_groups:
        if group.smtp_alert is None:
            general = defs.smtp_alert if defs.smtp_alert_vrrp is None else defs.smtp_alert_vrrp
            amend(group, smtp_alert=bool(general))
        if group.notify_priority_changes is None:
            amend(group, notify_priority_changes=defs.vrrp_notify_priority_changes)
        if _members(group, by_name, taken, report):
            kept.append(group)
    amend(config, vrrp_sync_groups=tuple(kept))


def resolve_weights(config: Config, report: Report) -> None:
    """Members of a group have one fate, so weights of single members are dropped."""
    by_name = {instance.name: instance for instance in config.vrrp_instances}
    usual = UsualWeights(config)
    for group in config.vrrp_sync_groups:
        if group.sync_group_tracking_weight:
            continue
        for member in group.group:
            if member.name in by_name:
                _weights(group, by_name[member.name], usual, report)


def forget_lost_members(config: Config) -> None:
    """Instances that turned out to be unable to run leave their groups; a group of none is removed."""
    names = {instance.name for instance in config.vrrp_instances}
    kept = []
    for group in config.vrrp_sync_groups:
        able = tuple(member for member in group.group if member.name in names)
        if len(able) != len(group.group):
            amend(group, group=able)
        if able:
            kept.append(group)
    if len(kept) != len(config.vrrp_sync_groups):
        amend(config, vrrp_sync_groups=tuple(kept))


def _members(
    group: VrrpSyncGroup, by_name: dict[str, VrrpInstance], taken: dict[str, str], report: Report
) -> bool:
    found = []
    for member in group.group:
        place = member.statement.span() if member.statement else None
        if member.name not in by_name:
            report.error(
                "unknown-member", group.name, f"member {member.name} of the sync group does not exist",
                place, consequence="the member is ignored",
            )  # fmt: skip
        elif member.name in taken:
            report.error(
                "member-twice", group.name,
                f"virtual router {member.name} is in sync group {taken[member.name]} already", place,
                consequence="the member is ignored",
            )  # fmt: skip
        else:
            taken[member.name] = group.name
            found.append(member)
    _mixed_owners(group, [by_name[member.name] for member in found], report)
    amend(group, group=tuple(found))
    if not found:
        report.error(
            "empty-group", group.name, f"sync group {group.name} has no member that exists", group,
            consequence="the group is removed",
        )  # fmt: skip
        return False
    if len(found) == 1:
        report.error(
            "single-member", group.name, f"sync group {group.name} has only one member", group,
            consequence="the group is kept", hint="a group of one moves nothing together",
        )  # fmt: skip
    return True


def _mixed_owners(group: VrrpSyncGroup, members: list[VrrpInstance], report: Report) -> None:
    """An address owner cannot follow another router; keepalived looks at what is written."""
    for before, member in itertools.pairwise(members):
        if before.state != "MASTER" or before.priority != OWNER:
            return
        if member.state == "BACKUP":
            report.error(
                "contradiction", group.name,
                f"sync group {group.name} has members with and without the priority 255 of an address owner",
                group, consequence="the group starts as BACKUP", hint="give no member priority 255",
            )  # fmt: skip
            return


def _weights(group: VrrpSyncGroup, instance: VrrpInstance, usual: UsualWeights, report: Report) -> None:
    for what, entry in usual.weighted(instance):
        report.error(
            "group-weight", instance.name,
            f"the weight of {what} {entry.name} does not count in sync group {group.name}",
            entry.statement.span() if entry.statement else None,
            consequence="the weight is ignored",
            hint="give weight 0, or sync_group_tracking_weight in the group",
        )  # fmt: skip
