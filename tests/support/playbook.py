"""Plays a conversation with virtual routers that is written down as text, and writes down what happened.

A trace is read as data::

    # why this is right, with the requirement ids in brackets
    router VI_1 priority=150 addresses=192.0.2.100/24
    group G VI_1 VI_2                           (optional)

    >> 0 VI_1 startup
    << VI_1 log (VI_1) Entering BACKUP STATE (init)
    == VI_1 backup until 3.414063

``>>`` is an event at a time in seconds, ``<<`` what the core answered, ``==`` the state it is then in.  The
runner plays only the ``>>`` lines and compares the whole transcript; ``UPDATE_GOLDEN=1`` rewrites the rest.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable
from ipaddress import ip_address, ip_interface

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.vrrp import actions, events
from pykeepalived.vrrp.log import Log
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import (
    AnnounceSettings,
    RouterSettings,
    SyncGroupSettings,
    VirtualAddress,
)
from pykeepalived.vrrp.states import Backup, Master
from pykeepalived.vrrp.sync_group import SyncGroup


def ns(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * NANOSECONDS_PER_SECOND + int(fraction.ljust(9, "0")[:9] or 0)


def seconds(value: int | None) -> str:
    if value is None:
        return "never"
    return f"{value / NANOSECONDS_PER_SECOND:.6f}".rstrip("0").rstrip(".")


def addresses(text: str, interface: str = "eth0") -> tuple[VirtualAddress, ...]:
    written = (ip_interface(part) for part in text.split(",") if part)
    return tuple(VirtualAddress(one.ip, one.network.prefixlen, interface) for one in written)


_ANNOUNCE = {item.name for item in dataclasses.fields(AnnounceSettings)}
_BOOLS = {"yes": True, "no": False}


def settings(base: RouterSettings, words: list[str]) -> RouterSettings:
    """``key=value`` words on top of ``base``; times (…_s) are seconds."""
    changes: dict[str, object] = {}
    announce: dict[str, int] = {}
    for word in words:
        key, _, text = word.partition("=")
        if key.endswith("_s"):
            key = key.removesuffix("_s") + "_ns"
            value: object = ns(text)
        elif key in ("addresses", "excluded_addresses"):
            value = addresses(text)
        elif text in _BOOLS:
            value = _BOOLS[text]
        else:
            value = int(text)
        if key in _ANNOUNCE:
            assert isinstance(value, int)
            announce[key] = value
        else:
            changes[key] = value
    changes["announce"] = dataclasses.replace(base.announce, **announce)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def event(name: str, words: list[str], current: RouterSettings) -> events.Event:
    match name:
        case "startup":
            return events.Startup(resume_master=words == ["resume"])
        case "shutdown":
            return events.Shutdown()
        case "timer":
            return events.TimerFired()
        case "address":
            return events.PrimaryAddressChanged(None if words == ["none"] else ip_address(words[0]))
        case "priority":
            return events.PriorityChanged(int(words[0]))
        case "fault":
            return events.FaultRaised(" ".join(words))
        case "fault-cleared":
            return events.FaultCleared(" ".join(words))
        case "services-applied":
            return events.ServicesApplied()
        case "woke":
            return events.Woke(ns(words[0]))
        case "config":
            return events.ConfigChanged(settings(current, words))
        case "advert":
            source, priority, *rest = words
            interval_ns = current.advertisement_interval_ns
            for word in rest:
                if word.startswith("interval="):
                    interval_ns = ns(word.removeprefix("interval="))
            return events.AdvertisementReceived(
                ip_address(source), int(priority), interval_ns, "addresses-differ" not in rest
            )
    raise ValueError(f"no event is called {name}")


def spell(action: actions.Action) -> str:
    match action:
        case Log():
            return f"log {action.text}"
        case actions.Count(counter=counter):
            return f"count {counter.value}"
        case actions.SendAdvertisement(priority=priority):
            return f"advertise {priority}"
        case actions.TakeAddresses(addresses=which):
            return f"take {_list(which)}"
        case actions.ReleaseAddresses(addresses=which):
            return f"release {_list(which)}"
        case actions.AnnounceAddresses(kind=kind, addresses=which, repeat=repeat):
            return f"announce {_list(which)} x{repeat}: {kind.value}"
        case actions.StopAnnouncing():
            return "stop announcing"
        case actions.ApplyServices():
            return "apply services"
        case actions.WithdrawServices():
            return "withdraw services"
        case actions.StateChanged(old=old, new=new, reason=reason, detail=detail):
            return f"state {old.value} -> {new.value}: {reason.value}{f' ({detail})' if detail else ''}"
        case actions.GroupStateChanged(old=old, new=new):
            return f"group {old.value} -> {new.value}"
        case actions.LowerPriorityReceived():
            return "lower priority received"
        case actions.PriorityPublished(priority=priority):
            return f"publish priority {priority}"


def _list(which: tuple[VirtualAddress, ...]) -> str:
    return ",".join(map(str, which))


def describe(router: VirtualRouter) -> str:
    state = router.state
    if isinstance(state, Backup):
        wants = " wants master" if state.wants_master else ""
        master = f" of {state.master} ({state.master_priority})" if state.master else ""
        return f"backup{master}{wants} until {seconds(state.master_down_at)}"
    if isinstance(state, Master):
        due = state.services_due_at
        waits = f" waiting for services until {seconds(due)}" if due else ""
        return f"master{waits} next {seconds(router.deadline)}"
    return state.reason.name.lower()


class Playbook:
    """Plays the ``>>`` lines of a trace and keeps the transcript."""

    def __init__(self, text: str) -> None:
        self._script = text.splitlines()
        self._routers: dict[str, VirtualRouter] = {}
        self._groups: dict[str, SyncGroup] = {}
        self.transcript: list[str] = []

    def play(self) -> str:
        commands: dict[str, Callable[[list[str]], None]] = {
            "router": self._router,
            "group": self._group,
            ">>": self._event,
        }
        for line in self._script:
            head, *words = line.split() or [""]
            if head in ("<<", "=="):
                continue
            self.transcript.append(line)
            if head in commands:
                commands[head](words)
            elif head and not head.startswith("#"):
                raise ValueError(f"not a line of a trace: {line}")
        return "\n".join(self.transcript) + "\n"

    def _router(self, words: list[str]) -> None:
        name = words[0]
        self._routers[name] = VirtualRouter(settings(RouterSettings(name, "eth0", 51), words[1:]))

    def _group(self, words: list[str]) -> None:
        name, *members = words
        group = SyncGroup(SyncGroupSettings(name, tuple(members)), [self._routers[one] for one in members])
        self._groups.update(dict.fromkeys(members, group))

    def _event(self, words: list[str]) -> None:
        at, name, kind, *rest = words
        router = self._routers[name]
        happened = event(kind, rest, router.settings)
        group = self._groups.get(name)
        if group is not None:
            steps = group.handle(name, happened, ns(at))
        else:
            steps = [(name, action) for action in router.handle(happened, ns(at))]
        self.transcript += [f"<< {who} {spell(action)}" for who, action in steps]
        shown = group.members.values() if group is not None else (router,)
        self.transcript += [f"== {one.settings.name} {describe(one)}" for one in shown]


def difference(expected: str, found: str) -> str:
    """What a person wants to see of two transcripts that differ."""
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "trace", "played", lineterm="")
    return "\n".join(lines)
