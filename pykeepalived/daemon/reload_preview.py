"""What a reload would do, without doing it.  Pure.

Decided by the comparisons that the reload itself makes: ``reload.new_errors`` refuses,
``vrrp_reload.difference`` sorts the routers, pools are matched by their identity and BFD sessions by their
path.  Whatever differs in a plan and has no sentence of its own is named all the same (``_rest``), so that
"no change" is said of equal plans only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, cast

from pykeepalived.base.diagnostic import Severity
from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.reload import new_errors, unchangeable
from pykeepalived.daemon.vrrp_preview import Object, States, vrrp_objects
from pykeepalived.ipc.messages import Process
from pykeepalived.lvs.settings import PoolSettings, ServerSettings
from pykeepalived.notify.plan import NotifyPlan
from pykeepalived.plan.bfd import BfdPlan
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.diff_words import WordChange, title, word_changes
from pykeepalived.plan.lvs import plan_lvs
from pykeepalived.plan.reloaded_marks import with_running_marks
from pykeepalived.plan.vrrp_plan import VrrpPlan

OUTSIDE_OF_PLANS: Mapping[str, str] = {
    "umask": "umask of scripts and files: in place",
    "child_wait_time": "child_wait_time: in place, counts at the next stop",
    "names": "process names: need a full restart (a child that is started anew has its new name)",
    "json_version": "json_version: in place",
    "startup": "startup_script: runs at the next start only",
    "shutdown": "shutdown_script: in place, runs at the stop",
    "files": "where dumps are written: in place",
    "reload": "reload_file, reload_check_config, planned reloads, config_save_dir: in place",
}
"""Fields of ``Configured`` beside the plans, and what becomes of a new value."""

_STARTS = "starts: the configuration asks for it now"
_STOPS = "stops: nothing asks for it any more"
_ANEW = "is stopped and started anew; nobody else notices"
_IDLE = "goes on until the next stop, with nothing to do"
_TITLES = {
    Process.VRRP: "VRRP",
    Process.CHECKER: "checker",
    Process.BFD: "BFD",
    Process.NOTIFIER: "notifier",
    Process.SNMP: "SNMP",
    Process.DBUS: "D-Bus",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """``refused``: why nothing would change.  ``words`` is what is written differently, by outermost block.

    ``notes`` are warnings of the new file that the running one has not.
    """

    objects: tuple[Object, ...] = ()
    refused: tuple[str, ...] = ()
    words: Mapping[str, tuple[WordChange, ...]] | None = None
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether a reload would change anything."""
        return bool(self.objects) and not self.refused


def preview(old: Configured, new: Configured, states: States | None = None) -> Preview:
    """What a reload from ``old`` to ``new`` would do.  ``states`` are those of the running instances."""
    refused = [str(error) for error in new_errors(old.diagnostics, new.diagnostics, idle=old.empty)]
    if old.reload.check_log is not None and new.test_status != 0:
        refused.append(f"reload_check_config: its test ends with exit status {new.test_status}")
    if new.empty and not old.empty:
        refused.append("there is no instance and no virtual server in it")
    known = {str(diagnostic.message) for diagnostic in old.diagnostics}
    warnings = [
        str(one)
        for one in new.diagnostics
        if one.severity >= Severity.WARNING and one.message not in known and str(one) not in refused
    ]
    notes = [*warnings, *(note for note in new.notes if note not in old.notes)]
    words = {} if old.config is None or new.config is None else word_changes(old.config, new.config)
    objects = _with_blocks(list(_objects(old, new, states)), old, new)
    return Preview(_merged(objects), tuple(refused), words, tuple(notes))


def _objects(old: Configured, new: Configured, states: States | None) -> Iterator[Object]:
    for process in Process:
        before, after = old.plans.get(process), new.plans.get(process)
        if before == after:
            continue
        found = list(_of_process(process, before, after, states))
        if before is None or after is None:
            found.insert(0, _coming_or_going(process, before is None))
        yield from found or [_rest(process, before, after)]
    for sentence in unchangeable(old.fixed, new.fixed):
        yield Object("global_defs", "", "change", (f"{sentence}; needs a full restart",))
    outside = tuple(
        sentence for name, sentence in OUTSIDE_OF_PLANS.items() if getattr(old, name) != getattr(new, name)
    )
    if outside:
        yield Object("global_defs", "", "change", outside)


def _with_blocks(objects: list[Object], old: Configured, new: Configured) -> list[Object]:
    """Virtual servers with the beginning of their blocks, which their names in the kernel do not tell."""
    if not any(one.kind == "virtual_server" for one in objects):
        return objects
    titles: dict[str, str] = {}
    for config in (old.config, new.config):
        if config is not None:
            pools = plan_lvs(config).pools
            titles.update({pool.settings.label: title(pool.virtual_server) for pool in pools})
    return [
        replace(one, block=titles.get(one.name, "")) if one.kind == "virtual_server" else one
        for one in objects
    ]


def _merged(objects: list[Object]) -> tuple[Object, ...]:
    """One entry per thing, with what every process has to say of it; its end or beginning counts most."""
    found: dict[str, Object] = {}
    for one in objects:
        known = found.get(one.title)
        if known is None:
            found[one.title] = one
        elif known.action in ("add", "remove"):
            continue  # that its scripts and checks come or go with it goes without saying
        else:
            action = known.action if one.action == "change" else one.action
            consequences = (*known.consequences, *one.consequences)
            found[one.title] = replace(known, action=action, consequences=consequences)
    return tuple(found.values())


def _coming_or_going(process: Process, comes: bool) -> Object:
    if comes:
        return Object("process", _TITLES[process], "add", (_STARTS,))
    if process is Process.NOTIFIER:
        # The scripts about what went are still to run.
        return Object("process", _TITLES[process], "change", (_IDLE,))
    return Object("process", _TITLES[process], "remove", (_STOPS,))


def _rest(process: Process, before: object, after: object) -> Object:
    """A difference that has no sentence of its own."""
    if process is Process.SNMP:
        return Object("process", _TITLES[process], "change", (_ANEW,))
    names = ", ".join(_differing(before, after)) or "its plan"
    return Object("process", _TITLES[process], "change", (f"gets other settings in place ({names})",))


def _of_process(process: Process, old: object, new: object, states: States | None) -> Iterator[Object]:
    match process:
        case Process.VRRP:
            yield from vrrp_objects(cast(VrrpPlan | None, old), cast(VrrpPlan | None, new), states)
        case Process.CHECKER:
            yield from _services(cast(CheckerPlan | None, old), cast(CheckerPlan | None, new))
        case Process.BFD:
            yield from _sessions(cast(BfdPlan | None, old), cast(BfdPlan | None, new))
        case Process.NOTIFIER:
            yield from _telling(cast(NotifyPlan | None, old), cast(NotifyPlan | None, new))
        case _:
            return  # named as a whole


# ------------------------------------------------------------------ virtual servers


def _services(old: CheckerPlan | None, new: CheckerPlan | None) -> Iterator[Object]:
    empty = CheckerPlan()
    before, after = old or empty, new or empty
    after = with_running_marks(before, after)
    pools = {pool.identity: pool for pool in before.pools}
    wanted = {pool.identity: pool for pool in after.pools}
    checked = {(one.service, one.occurrence, one.server): one.checkers for one in before.checks}
    checks = {(one.service, one.occurrence, one.server): one.checkers for one in after.checks}
    for identity, pool in pools.items():
        if identity not in wanted:
            yield Object("virtual_server", pool.label, "remove", (f"leaves the kernel with {_count(pool)}",))
    for identity, pool in wanted.items():
        known = pools.get(identity)
        if known is None:
            owner = ", ".join(sorted(pool.owner_names))
            when = f" while {owner} is Master" if owner else ""
            yield Object("virtual_server", pool.label, "add", (f"is in the kernel{when}, {_count(pool)}",))
            continue
        lines = list(_pool_lines(known, pool)) if known != pool else []
        both = {server.label for server in known.servers} & {server.label for server in pool.servers}
        lines += [
            f"real server {label}: its checks change; changed ones begin anew and keep the verdict"
            for label in (server.label for server in pool.servers)
            if label in both and checked.get((*identity, label)) != checks.get((*identity, label))
        ]
        if lines:
            yield Object("virtual_server", pool.label, "change", tuple(lines))
    if old is not None and new is not None:
        if before.process != after.process:
            text = "real-time priority, CPUs and limits of the checker: need a full restart"
            yield Object("process", _TITLES[Process.CHECKER], "change", (text,))
        around = ("timeouts", "support", "flush_at_start", "flush_at_stop")
        if rest := [name for name in _differing(before, after) if name in around]:
            text = f"gets other settings in place ({', '.join(rest)})"
            yield Object("process", _TITLES[Process.CHECKER], "change", (text,))


def _count(pool: PoolSettings) -> str:
    return f"{len(pool.servers)} real server{'' if len(pool.servers) == 1 else 's'}"


def _pool_lines(old: PoolSettings, new: PoolSettings) -> Iterator[str]:
    if old.services != new.services:
        yield "the service is changed in the kernel in place; connections stay"
    if old.owners != new.owners:
        owners = ", ".join(sorted(new.owner_names)) or "no instance (always in the kernel)"
        yield f"follows {owners} from now on"
    before = {server.key: server for server in old.servers}
    after = {server.key: server for server in new.servers}
    for key, server in before.items():
        if key not in after:
            yield (
                f"real server {server.label} leaves the kernel at once, its open connections break; "
                f"`pykeepalived drain {_at(server)}` first lets them end"
            )
    for key, server in after.items():
        known = before.get(key)
        if known is None:
            waits = ", after its first good check" if server.starts_down else ""
            yield f"real server {server.label} is added with weight {server.destination.weight}{waits}"
        elif known != server:
            yield _server_line(known, server)
    if list(before) != list(after) and set(before) == set(after):
        yield "real servers stand in another order"
    mine = ("label", "services", "owners", "servers")
    if rest := [name for name in _differing(old, new) if name not in mine]:
        yield f"in place, servers keep their verdicts: {', '.join(rest)}"


def _at(server: ServerSettings) -> str:
    """A server as ``pykeepalived drain`` takes it."""
    key = server.key
    return f"[{key.address}]:{key.port}" if key.address.version == 6 else f"{key.address}:{key.port}"


def _server_line(old: ServerSettings, new: ServerSettings) -> str:
    before, after = old.destination.weight, new.destination.weight
    if before != after and after == 0:
        return f"real server {new.label} gets weight 0: no new connections, open ones go on"
    if before != after:
        return f"real server {new.label}: weight {before} -> {after} in place; connections stay"
    return (
        f"real server {new.label} is changed in place ({', '.join(_differing(old, new))}); connections stay"
    )


# ------------------------------------------------------------------ BFD


def _sessions(old: BfdPlan | None, new: BfdPlan | None) -> Iterator[Object]:
    before = {session.name: session for session in (old.sessions if old else ())}
    after = {session.name: session for session in (new.sessions if new else ())}
    for name in before:
        if name not in after:
            yield Object("bfd_instance", name, "remove", ("ends in good order (AdminDown)",))
    for name, session in after.items():
        known = before.get(name)
        if known is None:
            yield Object("bfd_instance", name, "add", ("starts",))
        elif known.path != session.path:
            yield Object("bfd_instance", name, "replace", ("is another session: ends and starts again",))
        elif known != session:
            text = "keeps its state; new timers are agreed on by a Poll Sequence"
            yield Object("bfd_instance", name, "change", (text,))
    if old is not None and new is not None and old.process != new.process:
        yield Object("process", _TITLES[Process.BFD], "change", ("its scheduling is changed in place",))


# ------------------------------------------------------------------ scripts, FIFOs, trackers


def _telling(old: NotifyPlan | None, new: NotifyPlan | None) -> Iterator[Object]:
    before, after = old or NotifyPlan(), new or NotifyPlan()
    in_place = "its scripts change in place; none runs now"
    for kind, attribute in (
        ("vrrp_instance", "instances"),
        ("vrrp_sync_group", "groups"),
        ("virtual_server", "services"),
        ("real_server", "servers"),
    ):
        one, other = getattr(before, attribute), getattr(after, attribute)
        for name in {**one, **other}:
            if one.get(name) != other.get(name):
                yield Object(kind, name, "change", (in_place,))
    watched: tuple[tuple[str, str, Callable[[NotifyPlan], Iterable[Any]], str], ...] = (
        ("vrrp_script", "script", lambda plan: plan.watch.scripts, "keeps its verdict until it has answered"),
        ("track_file", "file", lambda plan: plan.watch.files, "is read again"),
        ("vrrp_track_process", "process", lambda plan: plan.watch.processes, "is counted again"),
        ("notify_fifo", "FIFO", lambda plan: plan.fifos, "is opened again"),
    )
    for kind, what, of, kept in watched:
        one = {_name(item): item for item in of(before)}
        other = {_name(item): item for item in of(after)}
        for name in {**one, **other}:
            if name not in other:
                yield Object(kind, name, "remove", (f"the {what} is not looked at any more",))
            elif name not in one:
                yield Object(kind, name, "add", (f"the {what} is looked at from now on",))
            elif one[name] != other[name]:
                yield Object(kind, name, "change", (kept,))
    mine = ("instances", "groups", "services", "servers", "fifos", "watch")
    rest = [name for name in _differing(before, after) if name not in mine]
    if rest and old is not None and new is not None:
        text = f"gets other settings in place ({', '.join(rest)})"
        yield Object("process", _TITLES[Process.NOTIFIER], "change", (text,))


def _name(item: Any) -> str:
    return str(item.path if not hasattr(item, "name") else item.name)


def _differing(old: object, new: object) -> list[str]:
    """Names of the fields in which two values differ."""
    if type(old) is not type(new) or not is_dataclass(old):
        return []
    compared = [field.name for field in fields(old) if field.compare]
    return [name for name in compared if getattr(old, name) != getattr(new, name)]
