"""What was heard, in words and as JSON."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from pykeepalived.cli.sniff_packets import Heard
from pykeepalived.cli.sniff_summary import (
    Router,
    Sender,
    Summary,
    findings,
    free_vrids,
    packets_in_words,
    virtual_mac,
)

_MOST_ADDRESSES = 4
_MOST_RANGES = 8


def line(heard: Heard) -> str:
    """One packet in one line."""
    seconds, rest = divmod(heard.frame.at_ns, 1_000_000_000)
    clock = time.strftime("%H:%M:%S", time.localtime(seconds))
    tag = f" vlan {heard.frame.vlan}" if heard.frame.vlan is not None else ""
    start = f"{clock}.{rest // 1_000_000:03} {heard.frame.link}{tag} {heard.source} > {heard.destination}"
    wrong = f"  !! {heard.problem.detail}" if heard.problem is not None else ""
    if heard.vrid is None:
        return f"{start}{wrong}"
    kind = "" if heard.type == 1 else f" type {heard.type}"
    interval = "" if heard.interval_ns is None else f" every {heard.interval_ns / 1e9:g}s"
    release = " (gives up)" if heard.priority == 0 else " (address owner)" if heard.priority == 255 else ""
    authentication = "" if heard.authentication == "none" else f" auth {heard.authentication}"
    form = f" sum {heard.form.value}" if heard.form is not None else ""
    ttl = "" if heard.ttl == 255 else f" ttl {heard.ttl}"
    return (
        f"{start} v{heard.version}{kind} vrid {heard.vrid} prio {heard.priority}{release}{interval}"
        f"{_addresses(heard)}{authentication}{form}{ttl}{wrong}"
    )


def _addresses(heard: Heard) -> str:
    shown = ",".join(str(one) for one in heard.addresses[:_MOST_ADDRESSES])
    more = len(heard.addresses) - _MOST_ADDRESSES
    return f" [{shown}{f' and {more} more' if more > 0 else ''}]"


def packet_json(heard: Heard) -> dict[str, Any]:
    """One packet as JSON can hold it."""
    problem = heard.problem
    return {
        "at": heard.frame.at_ns / 1e9,
        "link": heard.frame.link,
        "vlan": heard.frame.vlan,
        "outgoing": heard.frame.outgoing,
        "source_mac": heard.frame.source_mac or None,
        "source": str(heard.source),
        "destination": str(heard.destination),
        "ttl": heard.ttl,
        "version": heard.version,
        "vrid": heard.vrid,
        "priority": heard.priority,
        "interval_s": None if heard.interval_ns is None else heard.interval_ns / 1e9,
        "addresses": [str(one) for one in heard.addresses],
        "authentication": heard.authentication,
        "checksum": None if heard.form is None else heard.form.value,
        "problem": None if problem is None else {"reason": problem.reason.label, "text": problem.detail},
    }


def report(summary: Summary, dropped: list[str]) -> str:
    """The end of a run."""
    return "\n".join(_report(summary, dropped)) + "\n"


def _report(summary: Summary, dropped: list[str]) -> Iterator[str]:
    count = len(summary.routers)
    yield f"{packets_in_words(summary.packets)}, {count} virtual router{'' if count == 1 else 's'} heard"
    for key, router in sorted(
        summary.routers.items(), key=lambda item: (item[0][0], item[0][1] or 0, item[0])
    ):
        yield ""
        yield from _router(key[0], key[1], router)
    yield ""
    problems = [*dropped, *findings(summary)]
    if problems:
        yield "What is wrong:"
        for problem in problems:
            first, *rest = problem.split("\n")
            yield f"  ! {first}"
            yield from (f"      {more}" for more in rest)
    elif summary.packets:
        yield "Nothing wrong was seen."
    for link in sorted({key[0] for key in summary.routers}):
        free = [f"{low}" if low == high else f"{low}-{high}" for low, high in free_vrids(summary, link)]
        more = f" and {len(free) - _MOST_RANGES} more ranges" if len(free) > _MOST_RANGES else ""
        heard = "for as long as was listened; Backups are silent"
        yield f"Free VRIDs on {link}: {', '.join(free[:_MOST_RANGES])}{more} ({heard})"


def _router(link: str, vlan: int | None, router: Router) -> Iterator[str]:
    _, _, family, vrid = router.key
    where = link if vlan is None else f"{link} VLAN {vlan}"
    yield f"VRID {vrid} on {where}, IPv{family}, virtual MAC address {virtual_mac(family, vrid)}"
    owner = router.owner
    for sender in router.senders.values():
        yield f"  {'* ' if sender is owner else '  '}{_sender(sender, family, vrid)}"
    if owner is not None and owner.last is not None:
        yield f"    owns {', '.join(str(one) for one in owner.last.addresses)}"


def _sender(sender: Sender, family: int, vrid: int) -> str:
    heard = sender.last
    if heard is None:
        return f"{sender.source}: {packets_in_words(sender.packets)}, none of them in order"
    mac = sender.mac and (" (virtual MAC)" if sender.mac == virtual_mac(family, vrid) else f" ({sender.mac})")
    here = "" if sender.incoming else ", this host"
    interval = (heard.interval_ns or 0) / 1e9
    state = "gave up" if heard.priority == 0 else f"priority {heard.priority}"
    authentication = "" if heard.authentication == "none" else f", auth {heard.authentication}"
    way = f", unicast to {heard.destination}" if heard.is_unicast else ""
    form = ", ".join(f"{form.value}" for form in sender.forms)
    return (
        f"{sender.source}{mac}{here}: {state}, version {heard.version}, every {interval:g} s"
        f"{authentication}{way}, checksum {form}, {packets_in_words(sender.packets)}"
    )


def report_json(summary: Summary, dropped: list[dict[str, Any]]) -> dict[str, Any]:
    """The end of a run, for programs."""
    return {
        "packets": summary.packets,
        "missed": summary.missed,
        "unlisted": summary.unlisted,
        "virtual_routers": [_router_json(router) for router in summary.routers.values()],
        "dropped_by_firewall": dropped,
        "problems": list(findings(summary)),
        "free_vrids": {link: free_vrids(summary, link) for link in {key[0] for key in summary.routers}},
    }


def _router_json(router: Router) -> dict[str, Any]:
    link, vlan, family, vrid = router.key
    owner = router.owner
    return {
        "link": link,
        "vlan": vlan,
        "family": family,
        "vrid": vrid,
        "virtual_mac": virtual_mac(family, vrid),
        "owner": None if owner is None else str(owner.source),
        "senders": [
            {
                "source": str(sender.source),
                "mac": sender.mac or None,
                "packets": sender.packets,
                "first_at": sender.first_at / 1e9,
                "last_at": sender.last_at / 1e9,
                "discards": {reason.label: count for reason, count in sender.problems.items()},
                "checksums": {form.value: count for form, count in sender.forms.items()},
                "last": None if sender.last is None else packet_json(sender.last),
            }
            for sender in router.senders.values()
        ],
    }
