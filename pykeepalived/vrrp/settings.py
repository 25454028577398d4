"""What one virtual router and one sync group are told to do.

Settings are complete: every default of the configuration language is already applied (``plan.vrrp``).
They hold only ints, strings, bools, bytes, enums, ipaddress objects, tuples and other settings, so that
``ipc`` can carry them and reload can compare them with ``==``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.vrrp.routing import Route, Routing, Rule
from pykeepalived.vrrp.virtual_link import LinkKind, VirtualLink

IPAddress = IPv4Address | IPv6Address

PRIORITY_OWNER = 255
"""The router whose own addresses these are (RFC 9568 section 5.2.4)."""
PRIORITY_RELEASE = 0
"""Sent by a Master that stops (RFC 9568 section 5.2.4)."""


MULTICAST_GROUP_4 = IPv4Address("224.0.0.18")
MULTICAST_GROUP_6 = IPv6Address("ff02::12")


IFA_F_NODAD = 0x02
"""``linux/if_addr.h``: no duplicate address detection."""


class InitialState(enum.Enum):
    """Keyword ``state``.  Whoever is not the address owner starts as Backup in any case."""

    MASTER = "MASTER"
    BACKUP = "BACKUP"


class AuthenticationKind(enum.IntEnum):
    """Auth Type of VRRPv2 (RFC 2338 section 5.3.6)."""

    NONE = 0
    PASS = 1
    AH = 2


@dataclass(frozen=True, slots=True)
class Authentication:
    """VRRPv2 authentication; ``password`` is at most 8 bytes for PASS and is padded by the codec."""

    kind: AuthenticationKind = AuthenticationKind.NONE
    password: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class HmacKey:
    """A shared key of 32 to 64 bytes and the number (1 to 255) that adverts name it by."""

    id: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hmac:
    """``auth_hmac``: ``mode`` is the keyword's word, ``window_s`` None is ``anti_replay monotonic``."""

    keys: tuple[HmacKey, ...]
    active_key: int
    mode: str = "enforce"
    window_s: int | None = 5


@dataclass(frozen=True, slots=True)
class VirtualAddress:
    """One address that follows mastership.

    ``interface`` is the device it is put on.  ``scope`` is the kernel's number (0 global, 253 link, 254
    host) and ``flags`` the kernel's IFA_F_* bits.  ``preferred_lifetime`` is in seconds; None is forever.
    ``no_track``: its removal by somebody else is not followed.
    """

    address: IPAddress
    prefix_length: int
    interface: str
    label: str | None = None
    scope: int = 0
    broadcast: IPv4Address | None = None
    peer: IPAddress | None = None
    flags: int = 0
    preferred_lifetime: int | None = None
    no_track: bool = False

    @property
    def detects_duplicates(self) -> bool:
        """Whether the kernel asks the segment for other owners before it uses the address."""
        return self.address.version == 6 and not self.flags & IFA_F_NODAD

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix_length}"


@dataclass(frozen=True, slots=True)
class UnicastPeer:
    """Another router of a unicast instance and the TTL range that its adverts may arrive with."""

    address: IPAddress
    min_ttl: int = 0
    max_ttl: int = 255


@dataclass(frozen=True, slots=True)
class AnnounceSettings:
    """Rounds of gratuitous ARP and unsolicited neighbour advertisements.

    Defaults are keepalived's: 5 at once, 5 more after 5 s, no periodic refresh.  ``garp_interval_ns`` and
    ``gna_interval_ns`` are the gaps between two frames of one interface.  Every ``extra_interval_ns`` (0:
    never) one address is announced on each interface that adverts do not go through, so that switches do not
    forget where it is: on those that the router made, with ``extra_all`` on those of all its addresses.
    """

    master_delay_ns: int = 5 * NANOSECONDS_PER_SECOND
    master_repeat: int = 5
    refresh_ns: int = 0
    refresh_repeat: int = 1
    lower_priority_delay_ns: int = 5 * NANOSECONDS_PER_SECOND
    lower_priority_repeat: int = 5
    garp_interval_ns: int = 0
    gna_interval_ns: int = 0
    extra_interval_ns: int = 0
    extra_all: bool = False


@dataclass(frozen=True, slots=True)
class RouterSettings:
    """One virtual router (``vrrp_instance``).

    ``family`` is 4 or 6, like ``.version`` of an address; ``version`` is the protocol's, 2 or 3.
    ``source_address`` is the configured one (``mcast_src_ip``, ``unicast_src_ip``); None means the primary
    (v6: link-local) address of ``interface``.  A router with ``peers`` or ``unicast`` never multicasts.
    ``hop_limit`` is the TTL of sent adverts.  ``down_timer_adverts`` adverts may be lost before a takeover.
    ``old_unicast_checksum``: unicast peers use the checksum of keepalived before 1.3.6.
    ``receive_buffer_bytes`` and so many times the MTU are at least what its socket can hold unread (0: enough
    for anybody).
    ``quickest_peer_priority`` is that of the peer that takes over first when we oversleep.
    ``follows_services``: virtual servers live on these addresses, so that a takeover applies them first.
    ``track_interface``: the router is in Fault while ``interface`` is down (not ``dont_track_primary``), and
    so it is while one of ``needed_interfaces`` is, which its routes, rules or static entries need.
    ``links`` are interfaces that the router makes for itself; ``advert_interface`` is the one of them that
    adverts go through, empty when that is ``interface``.
    """

    name: str
    interface: str
    vrid: int
    family: int = 4
    version: int = 2
    priority: int = 100
    initial_state: InitialState = InitialState.BACKUP
    advertisement_interval_ns: int = NANOSECONDS_PER_SECOND
    preempt_mode: bool = True
    preempt_delay_ns: int = 0
    accept_mode: bool = True
    addresses: tuple[VirtualAddress, ...] = ()
    excluded_addresses: tuple[VirtualAddress, ...] = ()
    authentication: Authentication = Authentication()
    source_address: IPAddress | None = None
    track_source_address: bool = False
    multicast_group: IPAddress = MULTICAST_GROUP_4
    unicast: bool = False
    peers: tuple[UnicastPeer, ...] = ()
    check_unicast_source: bool = False
    hop_limit: int = 255
    checksum_without_pseudo_header: bool = False
    down_timer_adverts: int = 3
    lower_prio_no_advert: bool = False
    higher_prio_send_advert: bool = False
    owner_ignore_adverts: bool = False
    skip_check_adv_addr: bool = False
    strict_mode: bool = False
    track_interface: bool = True
    promote_secondaries: bool = False
    follows_services: bool = False
    announce: AnnounceSettings = AnnounceSettings()
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()
    needed_interfaces: tuple[str, ...] = ()
    links: tuple[VirtualLink, ...] = ()
    advert_interface: str = ""
    hmac: Hmac | None = None
    old_unicast_checksum: bool = False
    quickest_peer_priority: int = 254
    receive_buffer_bytes: int = 0
    receive_buffer_mtus: int = 0

    @property
    def speaking_interface(self) -> str:
        """Where adverts are sent and heard."""
        return self.advert_interface or self.interface

    @property
    def speaks_by_vmac(self) -> bool:
        """Whether adverts leave with the virtual MAC address: through a macvlan of our own."""
        return any(
            link.name == self.advert_interface and link.kind is LinkKind.MACVLAN for link in self.links
        )

    @property
    def address_owner(self) -> bool:
        """Whether the addresses are this router's own (priority 255)."""
        return self.priority == PRIORITY_OWNER

    @property
    def all_addresses(self) -> tuple[VirtualAddress, ...]:
        """What follows mastership: advertised and excluded addresses, in the order of the file."""
        return self.addresses + self.excluded_addresses

    @property
    def extra_addresses(self) -> tuple[VirtualAddress, ...]:
        """What is announced for the sake of switches: one address per interface without adverts."""
        ours = {link.name for link in self.links}
        found: dict[str, VirtualAddress] = {}
        for virtual in self.all_addresses:
            if virtual.interface == self.speaking_interface:
                continue
            if self.announce.extra_all or virtual.interface in ours:
                found.setdefault(virtual.interface, virtual)
        return tuple(found.values())

    @property
    def routing(self) -> tuple[Routing, ...]:
        """Routes, then rules: the order in which they are taken."""
        return self.routes + self.rules


@dataclass(frozen=True, slots=True)
class SyncGroupSettings:
    """Routers that change state together (``vrrp_sync_group``); members are router names."""

    name: str
    members: tuple[str, ...]
