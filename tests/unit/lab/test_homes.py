"""Pairs that share the work: what "back to normal" means for them."""

from __future__ import annotations

from pykeepalived.lab import homes
from pykeepalived.lab.layout import Watched
from pykeepalived.lab.timeline import SECOND_NS, Advert, Holding, Mark, MarkKind, Record

FIRST, OTHER = "192.0.2.100", "192.0.2.101"
READY_AT = 10 * SECOND_NS


def site(*, shared: bool) -> Record:
    """``a`` is Master of the service's router; of the other one ``b`` when they share the work."""
    record = Record(FIRST, ("a", "b"), (), 0, watched=(Watched("V1", FIRST), Watched("V2", OTHER)))
    record.marks.append(Mark(READY_AT, MarkKind.READY))
    take(record, 5, "a", FIRST)
    take(record, 5, "b" if shared else "a", OTHER)
    send(record, 9, "a", 51)
    send(record, 9, "b" if shared else "a", 52)
    return record


def take(record: Record, second: float, director: str, address: str, *, present: bool = True) -> None:
    record.holdings.append(Holding(int(second * SECOND_NS), director, address, present))


def send(record: Record, second: float, director: str, vrid: int) -> None:
    record.adverts.append(Advert(int(second * SECOND_NS), director, "net1", 2, vrid, 100, SECOND_NS))


def test_what_was_with_the_other_one_may_stay_there() -> None:
    assert homes.at_home(site(shared=True), "a")
    assert not homes.at_home(site(shared=True), "b")


def test_an_address_with_both_is_not_at_home() -> None:
    record = site(shared=True)
    take(record, 20, "a", OTHER)

    assert not homes.at_home(record, "a")


def test_a_pair_that_moves_together_must_be_together() -> None:
    record = site(shared=False)
    assert homes.at_home(record, "a")

    take(record, 20, "a", OTHER, present=False)
    take(record, 20, "b", OTHER)
    assert not homes.at_home(record, "a")


def test_silence_does_not_mean_the_routers_that_are_its_own() -> None:
    record = site(shared=True)
    send(record, 21, "b", 52)
    assert 0 == homes.adverts_of(record, "b", 20 * SECOND_NS, all_routers=False)
    assert 1 == homes.adverts_of(record, "b", 20 * SECOND_NS, all_routers=True)

    send(record, 22, "b", 51)
    assert 1 == homes.adverts_of(record, "b", 20 * SECOND_NS, all_routers=False)


def test_of_one_that_lost_its_addresses_every_advert_counts() -> None:
    record = site(shared=True)
    take(record, 20, "b", OTHER, present=False)
    send(record, 21, "b", 52)

    assert 1 == homes.adverts_of(record, "b", 20 * SECOND_NS, all_routers=False)
