"""Why an instance is in its state, and what would change it, in sentences.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pykeepalived.base.priority import HIGHEST, OWNER, effective_priority
from pykeepalived.cli.status_text import put_back, recently_put_back, recently_refused, rivals
from pykeepalived.cli.status_words import (
    Part,
    clock,
    duration,
    kernel_refuses,
    listed,
    misplaced,
    priority_sum,
    refused_because,
    seconds,
    why,
)
from pykeepalived.tracking.contributions import contribution, describe
from pykeepalived.tracking.settings import Follow, TrackerKind

MOST_TRACKERS = 12
"""Tracked things that get a sentence of their own."""
_GROUP_FAULT = "sync group "
"""How the fault begins that a sync group gives its members."""


def explain(document: Part, name: str) -> str | None:
    """The sentences about this instance or sync group; None when the daemon has none of that name."""
    one = next((one for one in document["instances"] if one["name"] == name), None)
    if one is None:
        group = next((group for group in document["sync_groups"] if group["name"] == name), None)
        return None if group is None else "".join(f"{line}\n" for line in _group(group, document))
    sentences = [_state(one), *_last_change(one)]
    match one["state"]:
        case "MASTER":
            now, then = list(_master(one)), list(_what_ends_mastership(one))
        case "BACKUP":
            now, then = list(_backup(one, document)), list(_what_makes_it_master(one))
        case "FAULT":
            now, then = list(_fault(one, document)), []
        case _:
            now, then = list(_not_begun(one)), []
    sentences += [*now, *_wrong_addresses(one), *_refusals(one)]
    text = "".join(f"{sentence}\n" for sentence in sentences)
    if then:
        text += "\nWhat would change it:\n" + "".join(f"- {sentence}\n" for sentence in then)
    return text


def _group(group: Part, document: Part) -> Iterator[str]:
    yield f"Sync group {group['name']} is {group['state']}. Its members change state together:"
    for one in document["instances"]:
        if one["name"] in group["members"]:
            own = [fault for fault in one["faults"] if not fault.startswith(_GROUP_FAULT)]
            waits = " and waits for the others" if one["waits_for_sync_group"] else ""
            yield f"- {one['name']} is {one['state']}{': ' + listed(own) if own else waits}."


def _state(one: Part) -> str:
    names = {"MASTER": "Master", "BACKUP": "Backup", "FAULT": "in Fault"}
    state = names.get(one["state"], f"in state {one['state']}")
    since = "" if one["for_s"] is None else f", for {duration(one['for_s'])} now"
    where = f" on {one['interface']}" if one["interface"] else ""
    return f"{one['name']} (VRID {one['vrid']}{where}) is {state}{since}."


def _last_change(one: Part) -> Iterator[str]:
    last = one["last_transition"]
    if last is not None:
        yield f"It went from {last['from']} to {last['to']} at {clock(last['at'])} because {why(last)}."


# ---------------------------------------------------------------- Master


def _master(one: Part) -> Iterator[str]:
    yield f"It advertises priority {priority_sum(one['priority'])} every {one['advert_interval_s']:g} s."
    ours = one["priority"]["effective"]
    rival_found = False
    for rival in rivals(one):
        rival_found = True
        verdict = "ours is higher" if rival["priority"] < ours else "ours is not higher"
        yield (
            f"{rival['source']} is Master, too: it advertises priority {rival['priority']} ({verdict}), last "
            f"heard {duration(rival['silent_s'])} ago. Two Masters at once mean that adverts arrive in one "
            "direction only, or that the other refuses ours: ask there."
        )
    if not rival_found and not recently_refused(one):
        yield f"Nobody else advertises this virtual router{_earlier_master(one)}."
        if _better_fell_silent(one):
            yield (
                f"If that router runs, `pykeepalived sniff -i {one['interface']}` tells whether its adverts "
                "arrive here and a firewall drops them."
            )


def _better_fell_silent(one: Part) -> bool:
    """Whether somebody of higher priority is not heard any more and has not said that it stops."""
    last = min((peer for peer in one["peers"] if peer["adverts"]), key=_silence, default=None)
    return last is not None and last["priority"] > one["priority"]["effective"]


def _earlier_master(one: Part) -> str:
    """Who did last, and how long ago."""
    last = min((peer for peer in one["peers"] if peer["adverts"]), key=_silence, default=None)
    if last is None:
        return ""
    end = ", to say that it stops" if last["priority"] == 0 else f" with priority {last['priority']}"
    return f"; {last['source']} did last, {duration(last['silent_s'])} ago{end}"


def _silence(peer: Part) -> float:
    return float(peer["silent_s"])


def _what_ends_mastership(one: Part) -> Iterator[str]:
    ours = one["priority"]["effective"]
    if one["priority"]["base"] == OWNER:
        yield "It owns its addresses (priority 255): only a fault or a stop ends this."
    else:
        tie = f" or with {ours} from an address above {one['source']}" if one["source"] else ""
        limit = f"with a priority above {ours}{tie}" if ours < HIGHEST else "with priority 255"
        yield f"An advert {limit} makes it Backup."
    yield from _tracked(one, _as_master)
    yield from _fault_causes(one)
    if one["sync_group"]:
        yield f"Its sync group {one['sync_group']} leaves Master when any member has to."


def _as_master(one: Part, priority: int) -> str:
    above = [
        f"{peer['source']} (which had {peer['priority']} {duration(peer['silent_s'])} ago)"
        for peer in one["peers"]
        if peer["adverts"] and priority < peer["priority"] <= one["priority"]["effective"]
    ]
    return f", below that of {listed(above)}" if above else ""


# ---------------------------------------------------------------- Backup


def _backup(one: Part, document: Part) -> Iterator[str]:
    ours, master = one["priority"]["effective"], one["master"]
    own = priority_sum(one["priority"])
    if master is None:
        yield f"It has heard no Master since it is Backup. Its own priority is {own}."
    else:
        theirs = master["priority"]
        heard = "" if master["silent_s"] is None else f"; last heard {duration(master['silent_s'])} ago"
        comparison = (
            f"{'less than' if theirs < ours else 'as' if theirs == ours else 'more than'} its own {own}"
        )
        yield f"{master['address']} advertises priority {theirs}, {comparison}{heard}."
        if theirs == ours:
            yield "Who is Master stays so among equals; the address decides only between two Masters."
        elif theirs < ours:
            yield _not_preempting(one)
    if one["waits_for_sync_group"]:
        yield _held_back(one, document)


def _not_preempting(one: Part) -> str:
    if not one["preempt"]:
        return "nopreempt forbids it to take over from a Master that is alive."
    if one["preempt_in_s"] is not None:
        return f"It takes over in {seconds(one['preempt_in_s'])}, when preempt_delay has passed."
    return "It is about to take over."


def _held_back(one: Part, document: Part) -> str:
    members = _other_members(one, document)
    others = ", ".join(f"{other['name']} is {other['state']}" for other in members) or "nobody else answers"
    return f"It wants to be Master and waits for the others of sync group {one['sync_group']}: {others}."


def _what_makes_it_master(one: Part) -> Iterator[str]:
    ours, master = one["priority"]["effective"], one["master"]
    interval = seconds(one["master_down_interval_s"])
    left = one["master_down_in_s"]
    when = "" if left is None else f" (from now on: {seconds(left)})"
    if master is None:
        yield f"It takes over when no advert comes for {interval}{when}."
    else:
        yield (
            f"It takes over when no advert comes for {interval}{when}, or sooner when {master['address']} "
            "says that it stops (priority 0)."
        )
        if master["priority"] >= ours and one["preempt"]:
            delay = one["preempt_delay_s"]
            after = f" for {delay:g} s (preempt_delay)" if delay else ""
            yield f"It preempts a Master whose priority is below {ours}{after}."
        elif not one["preempt"]:
            yield "Whatever its priority, it does not preempt (nopreempt)."
    yield from _tracked(one, _as_backup)
    yield from _fault_causes(one)
    if one["sync_group"]:
        yield f"Its sync group {one['sync_group']} becomes Master when every member can."


def _as_backup(one: Part, priority: int) -> str:
    master = one["master"]
    if master is None or priority <= one["priority"]["effective"]:
        return ""
    if priority <= master["priority"]:
        return f", not above the Master's {master['priority']}"
    return f", above the Master's {master['priority']}" + ("" if one["preempt"] else ", but nopreempt is set")


# ---------------------------------------------------------------- Fault, and not begun


def _fault(one: Part, document: Part) -> Iterator[str]:
    for fault in one["faults"]:
        if fault.startswith(_GROUP_FAULT):
            for other in _other_members(one, document):
                own = [each for each in other["faults"] if not each.startswith(_GROUP_FAULT)]
                if own:
                    yield f"It takes no part because {other['name']} of its {fault} cannot: {listed(own)}."
        else:
            yield f"It takes no part because of this: {fault}."
    yield "It becomes Backup when nothing of that is left, and sends and believes nothing before."
    yield f"Its priority would be {priority_sum(one['priority'])}."


def _not_begun(one: Part) -> Iterator[str]:
    if one["waits_for"]:
        yield f"It has not begun yet and waits for: {', '.join(one['waits_for'])}."
    else:
        yield "It has not begun yet."


def _other_members(one: Part, document: Part) -> list[Part]:
    return [
        other
        for other in document["instances"]
        if other["sync_group"] == one["sync_group"] and other["name"] != one["name"]
    ]


# ---------------------------------------------------------------- what is tracked


def _tracked(one: Part, consequence: object) -> Iterator[str]:
    """For each thing that moves the priority: what its other state would make of it."""
    assert callable(consequence)
    trackers = [each for each in one["priority"]["trackers"] if each["weight"]]
    told = 0
    for tracker in trackers:
        other = _turned(tracker)
        if other is None:
            continue
        if told == MOST_TRACKERS:
            yield f"{len(trackers) - told} more tracked things: see status {one['name']}."
            return
        told += 1
        text, points, fault = other
        if fault:
            yield f'With "{text}" it would be in Fault.'
            continue
        rest = sum(each["points"] for each in one["priority"]["trackers"] if each is not tracker)
        priority = effective_priority(one["priority"]["base"], [rest, points])
        yield f'With "{text}" its priority would be {priority}{consequence(one, priority)}.'


def _turned(tracker: Part) -> tuple[str, int, bool] | None:
    """The other state of a tracked thing: in words, its points, and whether it is a fault.

    None for a file, which has too many, and while the state is unknown.
    """
    kind = TrackerKind(tracker["kind"])
    if kind is TrackerKind.FILE or tracker["status"] is None:
        return None
    weight = -tracker["weight"] if tracker["reverse"] else tracker["weight"]
    other = contribution(
        Follow(kind, tracker["name"], weight, tracker["reverse"]), int(not tracker["status"])
    )
    return describe((kind, tracker["name"]), other.status), other.points, other.is_fault


def _fault_causes(one: Part) -> Iterator[str]:
    """Everything that would put it into Fault."""
    causes = [f"interface {name} goes down" for name in one["needs_interfaces"]]
    for tracker in one["priority"]["trackers"]:
        other = None if tracker["weight"] else _turned(tracker)
        if other is not None and other[2]:
            causes.append(f'"{other[0]}"')
    if causes:
        yield f"It goes into Fault when {_or(causes)}."


def _or(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


# ---------------------------------------------------------------- what is wrong


def _wrong_addresses(one: Part) -> Iterator[str]:
    for each in kernel_refuses(one):
        yield f"The kernel refuses {each}. It is tried again when something changes, and every 32 s."
    missing, surplus = misplaced(one)
    if missing:
        yield f"The kernel does not have {listed(missing)}: somebody has removed what a Master has to hold."
    if recently_put_back(one):
        text = put_back(one)
        yield f"{text[0].upper()}{text[1:]}."
    if surplus:
        yield f"The kernel has {listed(surplus)} although it is not Master: somebody else has added that."


def _refusals(one: Part) -> Iterator[str]:
    for peer in recently_refused(one):
        counted = ", ".join(f"{count} {label}" for label, count in peer["discards"].items())
        label = max(peer["discards"], key=peer["discards"].__getitem__)
        both = f" {peer['source']} may be Master, too." if one["state"] == "MASTER" else ""
        yield (
            f"Packets of {peer['source']} are refused because {refused_because(label)} ({counted}; the last "
            f"{duration(peer['refused_s'])} ago: {peer['refusal']}).{both}"
        )
