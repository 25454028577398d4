"""What in somebody's files the made-up site cannot show as they mean it: notes for the user. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pykeepalived.lab.derive_lans import Address, Lans, Source, placed_lines


def clashes(lans: Lans) -> Iterator[str]:
    """Own addresses that two directors of one network have."""
    for segment in lans.segments:
        owners: dict[Address, list[str]] = {}
        for name in segment.cards:
            for address in dict.fromkeys(segment.own.get(name, ())):
                owners.setdefault(address, []).append(name)
        for address, names in owners.items():
            if len(names) > 1:
                yield (
                    f"{' and '.join(names)} both have {address} as their own address (unicast_src_ip, "
                    "mcast_src_ip or source_ip of their files): each router of a pair needs a file of its own"
                )


def doubled(sources: list[Source]) -> Iterator[str]:
    """Addresses that a director has to add to two interfaces: only one of them answers."""
    for source in sources:
        cards: dict[Address, dict[str, None]] = {}
        for interface, line in placed_lines(source.config):
            if not line.address.is_link_local:
                cards.setdefault(line.address, {})[interface] = None
        for address, found in cards.items():
            if len(found) > 1:
                yield (
                    f"{source.name} has {address} on {' and '.join(found)}, in the lab two networks: the "
                    "client asks on the first only, and may miss its owner"
                )


def lonely_sessions(sources: list[Source], lans: Lans) -> Iterator[str]:
    """BFD sessions whose other end nobody of the site is."""
    there = {address for segment in lans.segments for own in segment.own.values() for address in own}
    for source in sources:
        for session in source.config.bfd_instances:
            if session.neighbor_ip is not None and session.neighbor_ip not in there:
                yield (
                    f"bfd_instance {session.name} of {source.name}: no director here is "
                    f"{session.neighbor_ip}, so the session stays down, and what tracks it may be in FAULT"
                )
