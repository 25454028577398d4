"""What one event makes known: which commands run, in order, and which lines the FIFOs get.  Pure.

Arguments and lines are keepalived's: a generic ``notify`` gets kind, name, state and priority after its own
words, a specific script nothing, and starts before the generic one.  Lines about services end in a newline
and a NUL byte, as keepalived 2.4.3 writes them; lines about VRRP do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pykeepalived.ipc.messages import (
    LowerPriorityReceived,
    Message,
    PriorityChanged,
    RouterState,
    RouterStateChanged,
    RunScript,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
)
from pykeepalived.notify.plan import Command, NotifyPlan, RouterScripts, UpDownScripts, server_key

_NOTHING = RouterScripts()
_NEITHER = UpDownScripts()


@dataclass(frozen=True, slots=True)
class Run:
    """Start this command.  ``name`` is for the log."""

    command: Command
    name: str


@dataclass(frozen=True, slots=True)
class VrrpLine:
    """A line for every FIFO that is told about VRRP, with its newline."""

    text: str


@dataclass(frozen=True, slots=True)
class LvsLine:
    """A line for every FIFO that is told about services, with its newline and NUL."""

    text: str


Effect = Run | VrrpLine | LvsLine


def effects(message: Message, plan: NotifyPlan, previous: NotifyPlan) -> list[Effect]:
    """What to do about a message, in order; an empty list for one that nobody is told about.

    ``previous`` is the plan before the last reload: it still knows what that reload removed.
    """
    match message:
        case RouterStateChanged():
            return list(_state(message, plan, previous))
        case PriorityChanged(name=name, state=state, priority=priority):
            if not plan.instances.get(name, _NOTHING).tells_priority:
                return []
            role = state if state is RouterState.MASTER else RouterState.BACKUP  # there are no others
            return [VrrpLine(f'INSTANCE "{name}" {role}_PRIORITY {priority}\n')]
        case LowerPriorityReceived(name=name, priority=priority):
            line = VrrpLine(f'INSTANCE "{name}" MASTER_RX_LOWER_PRI {priority}\n')
            command = plan.instances.get(name, _NOTHING).master_rx_lower_pri
            return [line, *_run(command, f"({name}) notify_master_rx_lower_pri")]
        case VerdictChanged(service=service, server=server, up=up):
            server_line = LvsLine(f"RS {server} {service} {_word(up)}\n\0")
            scripts = plan.servers.get(server_key(service, server), _NEITHER)
            return [
                server_line,
                *_run(scripts.up if up else scripts.down, f"{server} notify_{_word(up).lower()}"),
            ]
        case ServiceStateChanged(service=service, up=up):
            service_line = LvsLine(f"VS {service} {_word(up)}\n\0")
            scripts = plan.services.get(service, _NEITHER)
            return [
                service_line,
                *_run(scripts.up if up else scripts.down, f"{service} quorum_{_word(up).lower()}"),
            ]
        case RunScript(argv=argv, user=user, name=name):
            return [Run(Command(argv, user), name)]
        case _:
            return []


def state_line(message: RouterStateChanged) -> str:
    """What a FIFO gets about the state of an instance or group; a group has no priority."""
    priority = 0 if message.kind is SubjectKind.GROUP else message.priority
    return f'{message.kind} "{message.name}" {message.state} {priority}\n'


def _state(message: RouterStateChanged, plan: NotifyPlan, previous: NotifyPlan) -> Iterator[Effect]:
    if message.state is RouterState.INIT:
        return
    name, state = message.name, message.state
    if message.kind is SubjectKind.GROUP:
        removed = name not in plan.groups and name not in plan.group_of.values()
        scripts = (previous if removed else plan).groups.get(name, _NOTHING)
        owner, priority = f"VRRP_Group({name})", 0
    else:
        # One that stays and lost its scripts by the reload runs none, whatever the old plan had for it.
        removed = state is RouterState.DELETED and name not in plan.instances
        scripts = (previous if removed else plan).instances.get(name, _NOTHING)
        owner, priority = f"({name})", message.priority
        if state is RouterState.DELETED and not scripts.tells_deleted:
            state = RouterState.FAULT
    yield VrrpLine(state_line(replace(message, state=state)))
    yield from _run(scripts.specific(state), f"{owner} notify_{state.lower()}")
    if scripts.generic is not None:
        arguments = (str(message.kind), name, str(state), str(priority))
        command = replace(scripts.generic, argv=scripts.generic.argv + arguments)
        yield Run(command, f"{owner} notify {state}")


def _run(command: Command | None, name: str) -> list[Effect]:
    return [Run(command, name)] if command is not None else []


def _word(up: bool) -> str:
    return "UP" if up else "DOWN"
