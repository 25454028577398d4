"""What a session is told once: values only, every default applied."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """One ``bfd_instance``.

    ``desired_min_tx_ns`` is how often we want to send while Up, ``idle_tx_ns`` while not Up (a second or
    more, RFC 5880 section 6.8.3), ``required_min_rx_ns`` how often we can stand to receive.  The neighbour
    gives up on us after ``multiplier`` missed packets.  A ``passive`` side sends nothing before it has heard
    something.

    ``source`` None: the kernel chooses.  ``hop_limit`` is what we send with; a packet with less than
    ``lowest_hop_limit`` is not believed (RFC 5082; 0: anything goes).  ``for_vrrp`` and ``for_checker`` say
    who is told of the session's state.
    """

    name: str
    neighbor: IPAddress
    source: IPAddress | None = None
    desired_min_tx_ns: int = 10_000_000
    required_min_rx_ns: int = 10_000_000
    idle_tx_ns: int = 1_000_000_000
    multiplier: int = 5
    passive: bool = False
    multihop: bool = False
    hop_limit: int = 255
    lowest_hop_limit: int = 255
    for_vrrp: bool = True
    for_checker: bool = True

    @property
    def path(self) -> tuple[IPAddress, IPAddress | None, bool]:
        """What the session is about.  Another path is another session, whatever its name."""
        return self.neighbor, self.source, self.multihop
