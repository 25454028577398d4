"""``bfd_instance NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.trackers import bfd_header, close_bfd_instance
from pykeepalived.config.kinds.network import Ip
from pykeepalived.config.kinds.numbers import Bool, Decimal, Int, Uint
from pykeepalived.config.kinds.vrrp import WeightKind
from pykeepalived.config.schema import Alias, Bound, block, flag, keyword, named
from pykeepalived.config.values import IPAddress, Weight


@block(
    "bfd_instance",
    header=bfd_header,
    header_words="NAME",
    closing=close_bfd_instance,
)
class BfdInstance(Bound):
    """One BFD session; its name has at most 31 characters."""

    name: str = named(default="", doc="its name")
    neighbor_ip: IPAddress | None = keyword(
        "neighbor_ip",
        Ip(),
        aliases=(Alias("neighbour_ip"),),
        doc="Peer address; a malformed one drops the whole instance",
    )
    source_ip: IPAddress | None = keyword(
        "source_ip",
        Ip(),
        default_text="kernel choice",
        doc="Local address; family must equal the neighbour's or the instance is disabled",
    )
    min_rx: float = keyword(
        "min_rx",
        Decimal(1, 4294967, places=3),
        default=10.0,
        doc="Required minimum receive interval in ms (3 decimals)",
    )
    min_tx: float = keyword(
        "min_tx",
        Decimal(1, 4294967, places=3),
        default=10.0,
        doc="Desired minimum transmit interval in ms",
    )
    idle_tx: float = keyword(
        "idle_tx",
        Decimal(1000, 4294967, places=3),
        default=1000.0,
        doc="Transmit interval while not up, in ms",
    )
    multiplier: int = keyword(
        "multiplier",
        Uint(1, 255, exact=True),
        default=5,
        doc="Missed packets before the session is down",
    )
    passive: bool = flag(
        "passive",
        doc="Wait for the peer to start",
    )
    ttl: int | None = keyword(
        "ttl",
        Uint(1, 255, exact=True),
        default_text="255 IPv4 / 64 IPv6",
        doc="Outgoing TTL; same variable as hoplimit",
    )
    hoplimit: int | None = keyword(
        "hoplimit",
        Uint(1, 255, exact=True),
        default_text="255 IPv4 / 64 IPv6",
        doc="Outgoing hop limit; same variable as ttl",
    )
    max_hops: int = keyword(
        "max_hops",
        Int(-1, 255, exact=True),
        default=0,
        doc=(
            "Allowed drop of TTL on receipt (-1 or 255 disables the check); above ttl is reduced with an "
            "error"
        ),
    )
    multihop: bool = keyword(
        "multihop",
        Bool(),
        default=False,
        doc="Use UDP port 4784 in place of 3784",
    )
    weight: Weight | None = keyword(
        "weight",
        WeightKind(253),
        default_text="0",
        doc="Default tracking weight (read by the VRRP process only)",
    )
    vrrp: bool = flag(
        "vrrp",
        doc="Send events only to VRRP (both flags together = both)",
    )
    checker: bool = flag(
        "checker",
        doc="Send events only to the checker",
    )
