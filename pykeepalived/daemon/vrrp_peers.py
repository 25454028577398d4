"""The receive ledger of one virtual router: who was heard, with what, and what was refused.

Bounded whatever arrives: a flood with forged source addresses pushes out other strangers, never a router
whose adverts have passed the ladder.
"""

from __future__ import annotations

import collections
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pykeepalived.vrrp.settings import IPAddress
from pykeepalived.wire.vrrp import Advertisement, ChecksumForm
from pykeepalived.wire.vrrp_receive import Discard, DiscardReason

MOST_PEERS = 32
MOST_STRANGERS = 32


@dataclass(slots=True)
class Peer:
    """One source address.

    ``last_at`` (monotonic ns), ``interval_ns`` and ``priority`` are of its last good advert; ``forms`` counts
    how their checksums were made, ``discards`` what was refused and why, ``refusal`` was the last of those.
    """

    source: IPAddress
    adverts: int = 0
    last_at: int = 0
    interval_ns: int = 0
    priority: int = 0
    forms: Counter[ChecksumForm] = field(default_factory=collections.Counter)
    discards: Counter[DiscardReason] = field(default_factory=collections.Counter)
    refused_at: int = 0
    refusal: Discard | None = None


class PeerLedger:
    """All sources of one virtual router, the least recently heard first."""

    __slots__ = ("_latest", "_peers", "_strangers")

    def __init__(self) -> None:
        self._latest: Peer | None = None
        """Nearly always the one that is heard next: a Backup has one Master."""
        self._peers: OrderedDict[IPAddress, Peer] = OrderedDict()
        self._strangers: OrderedDict[IPAddress, Peer] = OrderedDict()

    def __iter__(self) -> Iterator[Peer]:
        yield from self._peers.values()
        yield from self._strangers.values()

    def accepted(self, advert: Advertisement, at: int) -> None:
        """A good advert came at this time."""
        source = advert.source
        peer = self._latest
        if peer is None or peer.source is not source:
            peer = self._latest = self._peer(source)
        peer.adverts += 1
        peer.last_at, peer.interval_ns, peer.priority = at, advert.interval_ns, advert.priority
        peer.forms[advert.checksum_form] += 1

    def _peer(self, source: IPAddress) -> Peer:
        peer = self._peers.get(source)
        if peer is None:
            peer = self._strangers.pop(source, None) or Peer(source)
            self._peers[source] = peer
            _forget_oldest(self._peers, MOST_PEERS)
        else:
            self._peers.move_to_end(source)
        return peer

    def refused(self, discard: Discard, at: int, packets: int = 1) -> None:
        """A packet, or so many alike, that came at this time was not let through."""
        source = discard.source
        if source is None:
            return
        peer = self._peers.get(source)
        if peer is None:
            peer = self._strangers.get(source)
            if peer is None:
                peer = self._strangers[source] = Peer(source)
                _forget_oldest(self._strangers, MOST_STRANGERS)
            else:
                self._strangers.move_to_end(source)
        peer.discards[discard.reason] += packets
        peer.refused_at, peer.refusal = at, discard

    def clear(self) -> None:
        """Begin counting anew."""
        self._latest = None
        self._peers.clear()
        self._strangers.clear()


def _forget_oldest(table: OrderedDict[IPAddress, Peer], most: int) -> None:
    if len(table) > most:
        table.popitem(last=False)
