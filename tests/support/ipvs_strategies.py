"""Hypothesis strategies for IPVS tables that the kernel accepts."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from hypothesis import strategies as st

from pykeepalived.lvs.service import (
    KNOWN_SCHEDULERS,
    Destination,
    DestinationKey,
    ForwardingMethod,
    Protocol,
    ServiceFlag,
    ServiceKey,
    Table,
    TunnelType,
    VirtualService,
)

AF_INET, AF_INET6 = 2, 10

# Few different addresses, so that two random tables overlap.
addresses4 = st.integers(1, 4).map(lambda n: IPv4Address(f"192.0.2.{n}"))
addresses6 = st.integers(1, 4).map(lambda n: IPv6Address(f"2001:db8::{n}"))
ports = st.sampled_from([0, 80, 443, 65535])


@st.composite
def service_keys(draw: st.DrawFn) -> ServiceKey:
    family = draw(st.sampled_from([AF_INET, AF_INET6]))
    if draw(st.integers(0, 3)) == 0:
        return ServiceKey(family, None, None, 0, draw(st.sampled_from([1, 7, 0xFFFFFFFF])))
    address = draw(addresses4 if family == AF_INET else addresses6)
    return ServiceKey(family, draw(st.sampled_from(Protocol)), address, draw(ports))


@st.composite
def services(draw: st.DrawFn, schedulers: tuple[str, ...] = KNOWN_SCHEDULERS) -> VirtualService:
    key = draw(service_keys())
    masks = st.integers(0, 0xFFFFFFFE) if key.family == AF_INET else st.integers(1, 127)
    flags = ServiceFlag.NONE
    for flag in draw(st.sets(st.sampled_from(list(ServiceFlag)))):
        flags |= flag
    return VirtualService(
        key=key,
        scheduler=draw(st.sampled_from(schedulers)),
        flags=flags,
        persistence_timeout=draw(st.sampled_from([0, 1, 360, 2678400])),
        netmask=draw(st.none() | masks),
    )


@st.composite
def destinations(draw: st.DrawFn, family: int) -> Destination:
    method = draw(st.sampled_from(ForwardingMethod))
    mixed = method is ForwardingMethod.TUNNEL and draw(st.booleans())
    address = draw(addresses4 if (family == AF_INET) != mixed else addresses6)
    upper = draw(st.sampled_from([0, 10, 0xFFFFFFFF]))
    tunnel = (TunnelType.IPIP, 0, 0)
    if method is ForwardingMethod.TUNNEL:
        gue = st.tuples(st.just(TunnelType.GUE), st.integers(1, 65535), st.integers(0, 2))
        gre = st.tuples(st.just(TunnelType.GRE), st.just(0), st.integers(0, 1))
        tunnel = draw(st.just(tunnel) | gue | gre)
    return Destination(
        DestinationKey(address, draw(ports)),
        method,
        draw(st.sampled_from([0, 1, 2, 100, 0x7FFFFFFF])),
        upper,
        draw(st.integers(0, upper)),
        *tunnel,
    )


@st.composite
def tables(draw: st.DrawFn, schedulers: tuple[str, ...] = KNOWN_SCHEDULERS) -> Table:
    table: Table = {}
    for service in draw(st.lists(services(schedulers), max_size=4)):
        inside = draw(st.lists(destinations(service.key.family), max_size=4))
        table[service.key] = (service, {one.key: one for one in inside})
    return table
