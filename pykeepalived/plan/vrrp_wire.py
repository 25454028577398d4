"""Settings of a virtual router -> what its packets look like and which packets it lets in. Pure.

The vrrp process and the simulator use these, so that a simulated packet passes the ladder of a real one.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.plan.vrrp_hmac import hmac_policy
from pykeepalived.vrrp.settings import RouterSettings
from pykeepalived.wire.vrrp import AdvertisementEncoder, AuthenticationType, ChecksumForm
from pykeepalived.wire.vrrp_receive import ReceivePolicy

IPAddress = IPv4Address | IPv6Address


def is_unicast(settings: RouterSettings) -> bool:
    """Adverts go to peers, not to the group."""
    return settings.unicast or bool(settings.peers)


def destinations(settings: RouterSettings) -> list[IPAddress]:
    """Whom each advertisement is sent to: every peer, or the group."""
    if is_unicast(settings):
        return [peer.address for peer in settings.peers]
    return [settings.multicast_group]


def receive_policy(settings: RouterSettings, *, only_peers: bool) -> ReceivePolicy:
    """What this router lets in."""
    return ReceivePolicy(
        vrid=settings.vrid,
        version=settings.version,
        address_bytes=b"".join(held.address.packed for held in settings.addresses),
        interval_s=max(1, settings.advertisement_interval_ns // NANOSECONDS_PER_SECOND),
        authentication=AuthenticationType(settings.authentication.kind),
        password=settings.authentication.password,
        multicast=not is_unicast(settings),
        peers={peer.address.packed: (peer.min_ttl, peer.max_ttl) for peer in settings.peers},
        only_peers=only_peers or (is_unicast(settings) and settings.check_unicast_source),
        hmac=hmac_policy(settings.hmac),
        old_unicast_group=settings.multicast_group.packed if settings.old_unicast_checksum else b"",
    )


def advertisement_encoder(
    settings: RouterSettings, source: IPAddress, destination: IPAddress
) -> AdvertisementEncoder:
    """The advertisements of this router from ``source`` to ``destination``, whatever their priority."""
    without = settings.checksum_without_pseudo_header
    return AdvertisementEncoder(
        version=settings.version,
        vrid=settings.vrid,
        interval_ns=settings.advertisement_interval_ns,
        addresses=[held.address for held in settings.addresses],
        source=source,
        destination=settings.multicast_group if settings.old_unicast_checksum else destination,
        form=ChecksumForm.MESSAGE if without else ChecksumForm.PSEUDO_HEADER,
        authentication=AuthenticationType(settings.authentication.kind),
        password=settings.authentication.password,
        least=min(1, len(settings.addresses)),
    )
