"""The values that a keyword or a value line can have, as frozen dataclasses.

A value says what was written, in the units that were written (seconds, not nanoseconds); it never says what
follows from it.  ``statement`` fields remember where a value line stood and take no part in comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.syntax.nodes import Statement

IPAddress = IPv4Address | IPv6Address


DEFAULT_USER = "keepalived_script"
"""Whom keepalived takes for scripts when there is such a user and nobody else was named."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs a script: ``USER [[:]GROUP]``.

    ``supplementary`` is set by the ``:`` form: the supplementary groups of the user are taken along.
    """

    user: str
    group: str | None = None
    supplementary: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """A command line: ``argv`` after quotes and escapes, ``command`` the word as written, without quotes."""

    command: str
    argv: tuple[str, ...]
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Fifo:
    """A named pipe and the account that owns it."""

    path: str
    user: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``IP [PORT]``; ``port`` None means: the port of the enclosing service."""

    address: IPAddress
    port: int | None = None


@dataclass(frozen=True, slots=True)
class MailServer:
    """``HOST-OR-IP [PORT]`` of a mail relay."""

    host: str
    port: int = 25


@dataclass(frozen=True, slots=True)
class Weight:
    """``INT [reverse]``: a priority adjustment; ``reverse`` turns its sign around."""

    value: int
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Forwarding:
    """``NAT | DR | TUN [type ipip|gue|gre] [port N] [nocsum|csum|remcsum]``."""

    method: str
    tunnel_type: str | None = None
    port: int | None = None
    checksum: str | None = None


FOREVER = 0xFFFFFFFF
"""The lifetime in seconds that the kernel takes for no limit (INFINITY_LIFE_TIME)."""


@dataclass(frozen=True, slots=True)
class AddressLine:
    """One line of virtual_ipaddress, virtual_ipaddress_excluded or static_ipaddress.

    ``broadcast`` is an address, ``"+"`` (host bits set), ``"-"`` (host bits clear) or None.
    ``scope`` is the kernel's number.  ``preferred_lft`` is in seconds or FOREVER; None, not written, means
    forever (but 0 for an IPv6 /128, as the kernel then never picks it as a source).  ``dad`` asks for
    duplicate address detection.
    """

    address: IPAddress
    prefix_length: int
    dev: str | None = None
    scope: int | None = None
    broadcast: IPv4Address | str | None = None
    label: str | None = None
    peer: IPAddress | None = None
    home: bool = False
    dad: bool = False
    mngtmpaddr: bool = False
    noprefixroute: bool = False
    autojoin: bool = False
    no_track: bool = False
    preferred_lft: int | None = None
    track_group: str | None = None
    use_vmac: bool = False
    statement: Statement | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix_length}"


@dataclass(frozen=True, slots=True)
class OptionLine:
    """A route or rule line as option → words, in the order written.

    ``options`` holds (option, words) pairs with aliases replaced by the first name; the destination of a
    route is the option ``to``.  ``family`` is 4 or 6.
    """

    family: int
    options: tuple[tuple[str, tuple[str, ...]], ...]
    statement: Statement | None = field(default=None, compare=False, repr=False)

    def get(self, option: str) -> tuple[str, ...] | None:
        """The words of ``option``, or None when it was not written."""
        for name, words in self.options:
            if name == option:
                return words
        return None


@dataclass(frozen=True, slots=True)
class RouteLine(OptionLine):
    """One line of static_routes or virtual_routes.  Each ``nexthop`` is an option of its own."""


@dataclass(frozen=True, slots=True)
class RuleLine(OptionLine):
    """One line of static_rules or virtual_rules."""


@dataclass(frozen=True, slots=True)
class TrackEntry:
    """``NAME [weight INT [reverse|noreverse]]``; None means: as the tracked object says."""

    name: str
    weight: int | None = None
    reverse: bool | None = None
    statement: Statement | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PeerEntry:
    """``IP [min_ttl N] [max_ttl N]`` of unicast_peer."""

    address: IPAddress
    min_ttl: int | None = None
    max_ttl: int | None = None
    statement: Statement | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A line that holds one name: a group member, an interface, a mail recipient."""

    name: str
    statement: Statement | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class LinkbeatEntry:
    """``IFNAME [MII|ETHTOOL|IOCTL]`` of linkbeat_interfaces."""

    interface: str
    method: str | None = None
    statement: Statement | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DelayEntry:
    """``IFNAME DOWN [UP]`` of interface_up_down_delays, in seconds."""

    interface: str
    down: float = 0.0
    up: float = 0.0
    statement: Statement | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ServiceGroupEntry:
    """One line of a virtual_server_group: an address or a range ``first`` to ``last``, or a firewall mark."""

    first: IPAddress | None = None
    last: IPAddress | None = None
    port: int | None = None
    fwmark: int | None = None
    family: int | None = None
    text: str = ""
    statement: Statement | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SyncDaemon:
    """``lvs_sync_daemon``: the kernel's connection synchronisation."""

    interface: str
    instance: str | None = None
    sync_id: int | None = None
    maxlen: int | None = None
    port: int | None = None
    ttl: int | None = None
    group: IPAddress | None = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """``lvs_timeouts`` in seconds; None leaves the kernel's value."""

    tcp: int | None = None
    tcpfin: int | None = None
    udp: int | None = None


@dataclass(frozen=True, slots=True)
class ExtraInterfaces:
    """``[all] SECONDS``: gratuitous ARP on the interfaces of addresses that are not the instance's own."""

    interval: int
    all: bool = False


@dataclass(frozen=True, slots=True)
class Vmac:
    """``use_vmac``: a macvlan of its own.  ``mac`` has 5 octets (the VRID is appended) or 6."""

    name: str | None = None
    mac: bytes | None = None
    netlink_notify: bool = False
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Ipvlan:
    """``use_ipvlan``: an ipvlan of its own."""

    name: str | None = None
    mode: str | None = None
    address: IPAddress | None = None
    prefix_length: int | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class HmacKey:
    """``key ID VALUE`` of auth_hmac; ``secret`` is None when the value is a file that was not read."""

    id: int
    value: str
    secret: bytes | None = None


@dataclass(frozen=True, slots=True)
class InitFile:
    """``init_file [INT] [overwrite]``."""

    value: int = 0
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """``process NAME [ARG…]`` of vrrp_track_process."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HexPattern:
    """Octets with a mask: a 0 nibble in ``mask`` is a wildcard digit."""

    value: bytes
    mask: bytes
