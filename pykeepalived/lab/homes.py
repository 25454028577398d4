"""Who has what when all is well, also in pairs that share the work (each Master of some routers). Pure."""

from __future__ import annotations

from pykeepalived.lab.timeline import SECOND_NS, MarkKind, Record

# Adverts within this time before everything was ready tell who was Master of which router then.
LOOK_BACK_NS = 5 * SECOND_NS

Router = tuple[str, int]
"""Segment and VRID."""


def elsewhere(record: Record, address: str) -> bool:
    """Whether the address was with another director than the service's when everything was ready."""
    ready_at = record.at(MarkKind.READY, record.began_at)
    owners = record.owners(ready_at, address)
    return len(owners) == 1 and owners != record.owners(ready_at)


def at_home(record: Record, name: str) -> bool:
    """The service's address is on that director alone, and every other where it belongs, or nowhere.

    What was elsewhere when all was ready only has to be with one director.
    """
    addresses = [watched.address for watched in record.watched] or [record.vip]
    held = {address: record.owners(address=address) for address in addresses}
    return record.owners() == (name,) and all(
        owners in ((name,), ()) or (len(owners) == 1 and elsewhere(record, address))
        for address, owners in held.items()
    )


def own_routers(record: Record, name: str) -> set[Router]:
    """Routers that it was Master of when all was ready, while it still has one of its own addresses."""
    own = [one.address for one in record.watched if elsewhere(record, one.address)]
    if not any(record.owners(address=address) == (name,) for address in own):
        return set()
    ready_at = record.at(MarkKind.READY, record.began_at)
    return {
        (advert.segment, advert.vrid)
        for advert in record.adverts
        if advert.director == name and advert.priority and ready_at - LOOK_BACK_NS < advert.at <= ready_at
    }


def adverts_of(record: Record, name: str, since: int, *, all_routers: bool) -> int:
    """How many it sent since then; without ``all_routers`` not those of routers that are its own."""
    own = set() if all_routers else own_routers(record, name)
    return sum(
        1
        for advert in record.adverts
        if advert.director == name
        and advert.at > since
        and advert.priority
        and (advert.segment, advert.vrid) not in own
    )
