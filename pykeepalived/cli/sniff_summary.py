"""The virtual routers that were heard, and where their senders contradict each other.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pykeepalived.cli.sniff_packets import Heard
from pykeepalived.wire.vrrp import ChecksumForm, IPAddress
from pykeepalived.wire.vrrp_receive import DiscardReason

MOST_SENDERS = 64
"""Per virtual router: a flood with forged sources must not fill the memory."""
MOST_ROUTERS = 1024
MOST_UNREADABLE = 64
"""Sources, and what is wrong with them, of packets that are too short to name a virtual router."""
_PRIORITY_RELEASE = 0
_RIVALS = 2
"""Adverts between those of somebody else: fewer are a change of the Master."""
_FEW_INTERVALS = 3
"""Whoever was silent for longer had given up in between."""

Key = tuple[str, int | None, int, int]
"""Link, VLAN, family, VRID: what makes a virtual router (RFC 9568 section 6.1)."""


@dataclass(slots=True)
class Sender:
    """One source address within a virtual router; times are ns since 1970."""

    source: IPAddress
    packets: int = 0
    first_at: int = 0
    last_at: int = 0
    mac: str = ""
    last: Heard | None = None
    forms: Counter[ChecksumForm] = field(default_factory=Counter)
    problems: Counter[DiscardReason] = field(default_factory=Counter)
    detail: dict[DiscardReason, str] = field(default_factory=dict)
    incoming: int = 0
    """Packets that reached this host rather than left it."""
    spoke_at: int = 0
    """When it last sent a good advert with another priority than 0."""
    after_another: int = 0
    """How often somebody else spoke between two adverts of a row of this one."""

    @property
    def good(self) -> int:
        """Packets that some router could accept."""
        return self.packets - sum(self.problems.values())


@dataclass(slots=True)
class Router:
    """One VRID on one link."""

    key: Key
    senders: dict[IPAddress, Sender] = field(default_factory=dict)
    unlisted: int = 0
    speaker: IPAddress | None = None
    """Who advertised last."""
    changes: int = 0

    @property
    def owner(self) -> Sender | None:
        """Who is Master, as far as one can hear."""
        return None if self.speaker is None else self.senders.get(self.speaker)


class Summary:
    """Takes one packet after the other."""

    def __init__(self) -> None:
        self.routers: dict[Key, Router] = {}
        self.packets = 0
        self.unreadable: Counter[str] = Counter()
        self.unlisted = 0
        """Packets of virtual routers and of unreadable sources beyond what is remembered."""
        self.missed = 0
        """Packets that came faster than they were read."""

    def add(self, heard: Heard) -> None:
        """Count a packet."""
        self.packets += 1
        frame = heard.frame
        if heard.vrid is None:
            text = f"{heard.source}: {heard.problem.detail if heard.problem else ''}"
            if text in self.unreadable or len(self.unreadable) < MOST_UNREADABLE:
                self.unreadable[text] += 1
            else:
                self.unlisted += 1
            return
        key = (frame.link, frame.vlan, heard.family, heard.vrid)
        if key not in self.routers and len(self.routers) >= MOST_ROUTERS:
            self.unlisted += 1
            return
        router = self.routers.setdefault(key, Router(key))
        sender = router.senders.get(heard.source)
        if sender is None:
            if len(router.senders) >= MOST_SENDERS and not _made_room(router, heard):
                router.unlisted += 1
                return
            sender = router.senders[heard.source] = Sender(heard.source, first_at=frame.at_ns)
        sender.packets += 1
        sender.incoming += not frame.outgoing
        sender.last_at, sender.mac = frame.at_ns, frame.source_mac or sender.mac
        if heard.problem is not None:
            sender.problems[heard.problem.reason] += 1
            sender.detail[heard.problem.reason] = heard.problem.detail
            return
        sender.last = heard
        if heard.form is not None:
            sender.forms[heard.form] += 1
        self._owns(router, sender, heard)

    def _owns(self, router: Router, sender: Sender, heard: Heard) -> None:
        if heard.priority == _PRIORITY_RELEASE:
            return  # it gives up
        now = heard.frame.at_ns
        if router.speaker not in (None, sender.source):
            router.changes += 1
            sender.after_another += now - sender.spoke_at <= _FEW_INTERVALS * (heard.interval_ns or 0)
        router.speaker, sender.spoke_at = sender.source, now


def _made_room(router: Router, heard: Heard) -> bool:
    """A good advert is worth more than a stranger who sent nothing good: strangers may be forged."""
    if heard.problem is None:
        for source, sender in router.senders.items():
            if not sender.good:
                router.unlisted += sender.packets
                del router.senders[source]
                return True
    return False


def findings(summary: Summary) -> Iterator[str]:
    """What is wrong, one sentence each, for whoever has to put it right."""
    for router in summary.routers.values():
        name = name_of(router.key)
        for sender in router.senders.values():
            for reason, count in sender.problems.items():
                what = f"{packets_in_words(count)} of {sender.source} discarded"
                yield f"{name}: {what}: {sender.detail[reason]}"
        if router.unlisted:
            yield f"{name}: more than {MOST_SENDERS} sources; {router.unlisted} packets of others not listed"
        yield from _contradictions(name, router)
    yield from (f"{text} ({packets_in_words(count)})" for text, count in summary.unreadable.items())
    if summary.unlisted:
        yield f"{packets_in_words(summary.unlisted)} of yet more sources and virtual routers not listed"
    if summary.missed:
        yield f"{packets_in_words(summary.missed)} came faster than they could be read and were not looked at"


def _contradictions(name: str, router: Router) -> Iterator[str]:
    voices = [sender for sender in router.senders.values() if sender.last is not None]
    voices.sort(key=lambda sender: (-(_last(sender).priority or 0), int(sender.source)))
    if len(voices) < 2:
        return
    who = ", ".join(f"{sender.source} (priority {_last(sender).priority})" for sender in voices)
    rivals = [sender for sender in voices if sender.after_another >= _RIVALS]
    lists = {frozenset(_last(sender).addresses) for sender in voices}
    disjoint = len(lists) > 1 and not frozenset.intersection(*lists)
    if disjoint:
        each = "; ".join(f"{sender.source}: {_shown(_last(sender).addresses)}" for sender in voices)
        yield f"{name}: two clusters share this VRID ({each}); give one of them another virtual_router_id"
    elif len(lists) > 1:
        each = "; ".join(f"{sender.source}: {_shown(_last(sender).addresses)}" for sender in voices)
        yield f"{name}: the address lists differ: {each}"
    if len(rivals) > 1 and not disjoint:
        yield (
            f"{name}: several Masters at once: {who}; they do not hear or do not accept each other "
            "(firewall, password, version, VLAN)"
        )
    rows = (
        ("VRRP versions", {str(_last(sender).version) for sender in voices}),
        ("advert intervals", {f"{(_last(sender).interval_ns or 0) / 1e9:g} s" for sender in voices}),
        ("kinds of authentication", {_last(sender).authentication for sender in voices}),
        ("ways to send", {"unicast" if _last(sender).is_unicast else "multicast" for sender in voices}),
    )
    for what, values in rows:
        if len(values) > 1:
            each = ", ".join(sorted(values))
            yield f"{name}: {what} differ: {each}; the routers of one VRID must agree"
    if len({_last(sender).secret for sender in voices if _last(sender).authentication == "PASS"}) > 1:
        yield f"{name}: passwords (auth_pass) differ between {who}"
    forms = {form for sender in voices for form in sender.forms}
    if len(forms) > 1:
        each = ", ".join(sorted(form.value for form in forms))
        yield f"{name}: checksums are made in different ways ({each}); old routers accept only their own"


def free_vrids(summary: Summary, link: str) -> list[tuple[int, int]]:
    """Ranges of VRIDs that nobody was heard with on a link, whatever family and VLAN."""
    used = {key[3] for key in summary.routers if key[0] == link}
    free = [vrid for vrid in range(1, 256) if vrid not in used]
    ranges: list[tuple[int, int]] = []
    for vrid in free:
        if ranges and ranges[-1][1] == vrid - 1:
            ranges[-1] = (ranges[-1][0], vrid)
        else:
            ranges.append((vrid, vrid))
    return ranges


def name_of(key: Key) -> str:
    """``eth0 IPv4 VRID 51``."""
    link, vlan, family, vrid = key
    where = link if vlan is None else f"{link} VLAN {vlan}"
    return f"{where} IPv{family} VRID {vrid}"


def virtual_mac(family: int, vrid: int) -> str:
    """RFC 9568 section 7.3."""
    return f"00:00:5e:00:{1 if family == 4 else 2:02x}:{vrid:02x}"


def _last(sender: Sender) -> Heard:
    assert sender.last is not None
    return sender.last


def _shown(addresses: tuple[IPAddress, ...]) -> str:
    text = ", ".join(str(address) for address in addresses[:4])
    return text if len(addresses) <= 4 else f"{text} and {len(addresses) - 4} more"


def packets_in_words(count: int) -> str:
    """``1 packet``, ``2 packets``."""
    return "1 packet" if count == 1 else f"{count} packets"
