"""The receive ledger: what it knows of each peer, and that no flood makes it grow or forget the real ones."""

from __future__ import annotations

from ipaddress import IPv4Address

from pykeepalived.daemon.vrrp_peers import MOST_PEERS, MOST_STRANGERS, PeerLedger
from pykeepalived.wire.vrrp import Advertisement, ChecksumForm
from pykeepalived.wire.vrrp_receive import Discard, DiscardReason

PEER = IPv4Address("192.0.2.2")


def advert(source: IPv4Address = PEER, form: ChecksumForm = ChecksumForm.MESSAGE) -> Advertisement:
    return Advertisement(3, 51, 150, 10**9, source, b"\xc0\0\2\x64", True, form)


def test_each_peers_checksum_forms_are_counted() -> None:
    """[RX-5] An operator sees which router still sends the form that strict peers refuse."""
    ledger = PeerLedger()
    ledger.accepted(advert(), 1)
    ledger.accepted(advert(form=ChecksumForm.PSEUDO_HEADER), 2)
    ledger.accepted(advert(form=ChecksumForm.PSEUDO_HEADER), 3)
    (peer,) = ledger

    assert {ChecksumForm.MESSAGE: 1, ChecksumForm.PSEUDO_HEADER: 2} == peer.forms
    assert (3, 3, 10**9, 150) == (peer.adverts, peer.last_at, peer.interval_ns, peer.priority)


def test_what_was_refused_stays_with_a_peer_that_is_accepted_later() -> None:
    ledger = PeerLedger()
    ledger.refused(Discard(DiscardReason.AUTH_FAILURE, 51, PEER), 7)
    ledger.accepted(advert(), 1)
    ledger.refused(Discard(DiscardReason.CHECKSUM, 51, PEER), 7)
    (peer,) = ledger

    assert {DiscardReason.AUTH_FAILURE: 1, DiscardReason.CHECKSUM: 1} == peer.discards


def test_forged_sources_push_out_each_other_and_no_peer() -> None:
    """[RX-21]"""
    ledger = PeerLedger()
    ledger.accepted(advert(), 1)
    for number in range(10 * MOST_STRANGERS):
        ledger.refused(Discard(DiscardReason.CHECKSUM, 51, IPv4Address(number)), 7)
    ledger.refused(Discard(DiscardReason.TOO_SHORT), 7)

    assert 1 + MOST_STRANGERS == len(list(ledger))
    assert PEER == next(iter(ledger)).source


def test_even_peers_are_bounded() -> None:
    ledger = PeerLedger()
    for number in range(10 * MOST_PEERS):
        ledger.accepted(advert(IPv4Address(number)), number)
    assert MOST_PEERS == len(list(ledger))
