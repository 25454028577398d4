"""What ``pykeepalived status`` prints: tables, what needs attention, and one instance in full.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pykeepalived.cli.status_words import (
    Part,
    address,
    clock,
    columns,
    duration,
    kernel_refuses,
    misplaced,
    priority_sum,
    refused_because,
    why,
)

RECENT_S = 60.0
"""Packets refused longer ago than this are history: they need no attention, and stand in the ledger."""


def overview(document: Part, *, noted_first: bool = False) -> str:
    """Everything at a glance; what needs attention stands at the end, or (``noted_first``) at the head."""
    daemon = document["daemon"]
    up = duration(document["time"] - daemon["started"])
    parts = [f"Daemon of {daemon['pid_file']}, pykeepalived {daemon['version']}, running for {up}\n"]
    if document["instances"]:
        parts.append(_instances(document["instances"]))
    if document["sync_groups"]:
        parts.append(_groups(document["sync_groups"]))
    if document["services"]:
        parts.append(_services(document["services"]))
    if document["bfd"]:
        parts.append(_sessions(document["bfd"]))
    if len(parts) == 1 and not daemon["silent"]:
        parts.append("No VRRP instance, virtual server or BFD session is configured.\n")
    if noted := attention(document):
        parts.insert(1 if noted_first else len(parts), "".join(f"! {line}\n" for line in noted))
    return "\n".join(parts)


def attention(document: Part) -> list[str]:
    """What an operator should know of, a sentence each."""
    lines = [f"{process} does not answer" for process in document["daemon"]["silent"]]
    told = {one["name"] for one in document["instances"]}
    lines += [
        f"{one['name']} was {one['state']} when it was last heard of, {duration(one['for_s'])} ago"
        for one in document["last_known"]
        if lines and one["kind"] == "instance" and one["name"] not in told
    ]
    lines += _refused_reload(document["daemon"]["reload"])
    for one in document["instances"]:
        name = one["name"]
        lines += [f"{name}: {fault}" for fault in one["faults"]]
        lines += [f"{name} waits for: {thing}" for thing in one["waits_for"]]
        lines += [f"{name}: the kernel refuses {each}" for each in kernel_refuses(one)]
        missing, surplus = misplaced(one)
        lines += [f"{name} is Master, and the kernel does not have {each}" for each in missing]
        lines += [f"{name} is {one['state']}, and the kernel has {each}" for each in surplus]
        if recently_put_back(one):
            lines.append(f"{name}: {put_back(one)}")
        lines += [f"{name}: {rival['source']} is Master, too" for rival in rivals(one)]
        lines += [f"{name}: {claimed(claim)}" for claim in claims(one)]
        for peer in recently_refused(one):
            reason = max(peer["discards"], key=peer["discards"].__getitem__)
            lines.append(f"{name} refuses packets of {peer['source']} because {refused_because(reason)}")
    for one in document["services"]:
        down = sum(not server["up"] for server in one["servers"])
        if not one["quorum_up"]:
            sorry = f"; {one['sorry_server']} answers instead" if one["sorry_server"] else ""
            lines.append(f"{one['service']} has no quorum: {down} of {len(one['servers'])} down{sorry}")
    return lines


def _refused_reload(last: Part | None) -> list[str]:
    if last is None or not last["refused"]:
        return []
    first, *others = last["refused"]
    more = f" (and {len(others)} more)" if others else ""
    return [f"the reload of {clock(last['at'])} was refused, what ran before goes on: {first}{more}"]


def rivals(one: Part) -> list[Part]:
    """Who sends good adverts of this virtual router while we are its Master."""
    if one["state"] != "MASTER":
        return []
    return [
        peer
        for peer in one["peers"]
        if peer["adverts"]
        and peer["priority"]  # 0: it said that it goes
        and peer["silent_s"] < min(1.5 * peer["interval_s"], one["for_s"] or 0.0)
    ]


def claims(one: Part) -> list[Part]:
    """Who has said since we are Master that it has one of the addresses."""
    if one["state"] != "MASTER":
        return []
    return [claim for claim in one["claims"] if claim["silent_s"] <= (one["for_s"] or 0.0)]


def claimed(claim: Part) -> str:
    """Who has an address of ours as well."""
    who = claim["mac"] or "somebody who does not say its MAC address"
    return (
        f"{claim['address']} dev {claim['interface']} is used by {who} as well, who last said so "
        f"{duration(claim['silent_s'])} ago"
    )


def recently_put_back(one: Part) -> bool:
    """Whether somebody else removes addresses these days."""
    return one["put_back_s"] is not None and one["put_back_s"] < RECENT_S


def put_back(one: Part) -> str:
    """That and how often."""
    times = one["addresses_put_back"]
    often = f" for the {_ordinal(times)} time" if times > 1 else ""
    return (
        f"an address was added again {duration(one['put_back_s'])} ago{often}: somebody else had removed it"
    )


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else endings.get(number % 10, 'th')}"


def recently_refused(one: Part) -> list[Part]:
    """Whose packets we refuse these days."""
    return [peer for peer in one["peers"] if peer["refused_s"] is not None and peer["refused_s"] < RECENT_S]


def _instances(instances: Iterable[Part]) -> str:
    rows = [("INSTANCE", "STATE", "FOR", "PRIORITY", "INTERFACE", "VRID", "GROUP", "MASTER", "ADDRESSES")]
    for one in instances:
        priority = one["priority"]
        base = "" if priority["base"] == priority["effective"] else f" ({priority['base']})"
        rows.append(
            (
                one["name"],
                one["state"],
                duration(one["for_s"]),
                f"{priority['effective']}{base}",
                one["interface"] or "-",
                str(one["vrid"]),
                one["sync_group"] or "-",
                _master_of(one),
                _held(one),
            )
        )
    return columns(rows)


def _master_of(one: Part) -> str:
    if one["state"] == "MASTER":
        return "this one"
    master = one["master"]
    return "-" if master is None else f"{master['address']} ({master['priority']})"


def _held(one: Part) -> str:
    """How many of the addresses the kernel has."""
    known = [each.get("in_kernel") for each in one["addresses"]]
    if not known:
        return "-"
    return f"{len(known)}" if None in known else f"{sum(known)}/{len(known)}"


def _groups(groups: Iterable[Part]) -> str:
    rows = [("SYNC GROUP", "STATE", "MEMBERS")]
    rows += [(one["name"], one["state"], ", ".join(one["members"])) for one in groups]
    return columns(rows)


def _services(services: Iterable[Part]) -> str:
    rows = [("SERVICE", "REAL SERVER", "STATE", "WEIGHT", "REASON")]
    for one in services:
        quorum = "up" if one["quorum_up"] else "NO QUORUM"
        weight = f"{one['alive_weight']} (quorum {one['quorum']})"
        where = "" if one["in_table"] else f"not in the table: {_followed(one)}"
        rows.append((one["service"], "", quorum, weight, where))
        for server in one["servers"]:
            state = "DOWN" if not server["up"] else "drained" if server["drained"] else "up"
            weight, configured = server["weight"], server["configured_weight"]
            of = "" if weight == configured else f" of {configured}"
            rows.append(("", server["server"], state, f"{weight}{of}", server["reason"] or ""))
        if one["sorry_server"]:
            rows.append(("", one["sorry_server"], "in use", "", "sorry server"))
    return columns(rows)


def _followed(service: Part) -> str:
    names = " or ".join(service["instances"])
    return f"{names} is not Master" if names else "not running"


def _sessions(sessions: Iterable[Part]) -> str:
    rows = [("BFD SESSION", "NEIGHBOR", "STATE", "DETECTION")]
    rows += [
        (
            one["name"],
            one["neighbor"],
            one["state"],
            f"{1000 * one['detection_s']:g} ms" if one["up"] else "-",
        )
        for one in sessions
    ]
    return columns(rows)


# ---------------------------------------------------------------- one instance


def in_full(one: Part) -> str:
    """Everything about one instance."""
    base = [
        ("state", f"{one['state']} for {duration(one['for_s'])}"),
        ("router", _router(one)),
        ("priority", priority_sum(one["priority"])),
    ]
    if one["master"] is not None:
        base.append(("master", _heard_master(one)))
    if one["sync_group"]:
        base.append(("sync group", one["sync_group"]))
    base += [("fault", fault) for fault in one["faults"]]
    base += [("waits for", thing) for thing in one["waits_for"]]
    parts = [f"{one['name']}\n", _fields(base)]
    if one["priority"]["trackers"]:
        parts += ["\n", _trackers(one["priority"]["trackers"])]
    if one["addresses"]:
        parts += ["\n", _addresses(one)]
    if one["peers"]:
        parts += ["\n", _ledger(one)]
    parts += ["\n", _counters(one), _transitions(one["transitions"])]
    return "".join(parts)


def _router(one: Part) -> str:
    source = f", from {one['source']}" if one["source"] else ""
    kind = f", {one['authentication']} authentication" if one["authentication"] else ""
    where = f" on {one['interface']}" if one["interface"] else ""
    return (
        f"VRID {one['vrid']}{where}, VRRPv{one['version']} over IPv{one['family']}{kind}, "
        f"an advert every {one['advert_interval_s']:g} s{source}"
    )


def _heard_master(one: Part) -> str:
    master = one["master"]
    heard = "" if master["silent_s"] is None else f", heard {duration(master['silent_s'])} ago"
    return f"{master['address']} with priority {master['priority']}{heard}"


def _trackers(trackers: Iterable[Part]) -> str:
    rows = [("TRACKED", "WEIGHT", "NOW", "GROUP")]
    for one in trackers:
        weight = f"{one['weight']:+d}" if one["weight"] else "fault"
        now = "FAULT" if one["fault"] else "not known" if one["status"] is None else f"{one['points']:+d}"
        rows.append((one["text"], weight, now, one["sync_group"] or "-"))
    return columns(rows, "  ")


def _addresses(one: Part) -> str:
    rows = [("ADDRESS", "IN THE KERNEL")]
    words = {None: "not known", True: "yes", False: "no"}
    missing, surplus = misplaced(one)
    wrong = {*missing, *surplus}
    for each in one["addresses"]:
        name = address(each)
        excluded = " (excluded)" if each["excluded"] else ""
        held = words[each.get("in_kernel")] + (", and should be" if name in missing else "")
        held += ", and should not be" if name in surplus else ""
        rows.append((f"{name}{excluded}", f"! {held}" if name in wrong else held))
    return columns(rows, "  ")


def _ledger(one: Part) -> str:
    rows = [("HEARD FROM", "ADVERTS", "LAST", "EVERY", "PRIORITY", "CHECKSUM", "REFUSED", "LAST REFUSED")]
    for peer in one["peers"]:
        good = peer["adverts"] > 0
        refused = ", ".join(f"{count} {label}" for label, count in peer["discards"].items())
        when = "" if peer["refused_s"] is None else f"{duration(peer['refused_s'])} ago: {peer['refusal']}"
        rows.append(
            (
                peer["source"],
                str(peer["adverts"]),
                duration(peer["silent_s"]),
                f"{peer['interval_s']:g} s" if good else "-",
                "-" if not good else "0 (stops)" if peer["priority"] == 0 else str(peer["priority"]),
                ", ".join(peer["checksum_forms"]) or "-",
                refused or "-",
                when or "-",
            )
        )
    more = f"  and {one['peers_left_out']} more\n" if one["peers_left_out"] else ""
    return columns(rows, "  ") + more


def _counters(one: Part) -> str:
    counters = one["counters"]
    refused = ", ".join(f"{count} {label}" for label, count in one["discards"].items())
    rows = [
        ("adverts", f"{counters['advert_sent']} sent, {counters['advert_rcvd']} received"),
        ("mastership", f"{counters['become_master']} times gained, {counters['release_master']} times lost"),
    ]
    if refused:
        rows.append(("refused", refused))
    return _fields(rows)


def _transitions(transitions: Iterable[Part]) -> str:
    return "".join(
        f"  {clock(each['at'])}  {each['from']} -> {each['to']}, priority {each['priority']}, {why(each)}\n"
        for each in transitions
    )


def _fields(rows: Iterable[tuple[str, str]]) -> str:
    return "".join(f"  {name:<11} {value}\n" for name, value in rows)
