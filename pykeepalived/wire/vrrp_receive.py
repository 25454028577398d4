"""The receive ladder: what a packet must pass before it may touch a virtual router.

The rungs are tried in a fixed order and the first that fails names the :class:`DiscardReason`.  Nothing is
read before its presence is known, and no byte string raises.  Source: RFC 9568 section 7.1 with errata 8299
and 8301, RFC 3768 section 7.1, RFC 2338 section 7.1.  The order is that of the RFCs except that the virtual
router is looked up first: without it nobody can say which version or time-to-live would be right.

Bytes behind a message belong to no version of the RFCs: they are tolerated and, over IPv4, not summed; with
``auth_hmac`` those of the right length are its trailer.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.base.units import NANOSECONDS_PER_CENTISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.wire.ah import AH_LENGTH, AhResult, check_ah
from pykeepalived.wire.auth_hmac import (
    SENDERS_REMEMBERED,
    TRAILER_LENGTH,
    HmacPolicy,
    HmacResult,
    HmacVerifier,
)
from pykeepalived.wire.checksum import ones_sum, pseudo_header_sum
from pykeepalived.wire.ip import PROTOCOL_AH, PROTOCOL_VRRP
from pykeepalived.wire.vrrp import (
    AUTHENTICATION_LENGTH,
    FIXED,
    FIXED_LENGTH,
    HOP_LIMIT,
    MAX_INTERVAL_CS,
    Advertisement,
    AuthenticationType,
    ChecksumForm,
    IPAddress,
    split_addresses,
)


class DiscardReason(enum.Enum):
    """One rung each, in the order of the ladder: (counter label, text, statistic it belongs to).

    The statistic is the name in ``keepalived.stats``/JSON and the MIBs (RFC 2787, RFC 6527); None where
    those have no counter.
    """

    IP_HEADER = ("ip_header", "not a whole IPv4 packet ({found} bytes)", "packet_len_err")
    PROTOCOL = ("protocol", "IP protocol {found}, not {expected}", None)
    OWN_PACKET = ("own_packet", "sent by our own address", None)
    TOO_SHORT = ("too_short", "{found} bytes are no VRRP message", "packet_len_err")
    DESTINATION = ("destination", "sent to a group or to us alone, and we expect the other", "addr_list_err")
    UNKNOWN_VRID = ("unknown_vrid", "virtual router id {found} is not ours here", "vrid_err")
    HOP_LIMIT = ("hop_limit", "TTL or hop limit {found}, must be {expected}", "ip_ttl_err")
    VERSION = ("version", "VRRP version {found}, we use {expected}", "vers_err")
    TYPE = ("type", "VRRP packet type {found}, only {expected} is known", "invalid_type_rcvd")
    NO_ADDRESS = ("no_address", "advertises no address", "addr_list_err")
    INCOMPLETE = ("incomplete", "{found} bytes, its address count needs {expected}", "packet_len_err")
    HMAC_MISSING = ("hmac_missing", "no authentication trailer", "auth_ext_missing")
    HMAC_MALFORMED = ("hmac_malformed", "malformed authentication trailer", "auth_ext_malformed")
    HMAC_UNKNOWN_KEY = ("hmac_unknown_key", "authentication key id {found} unknown", "auth_ext_unknown_key")
    HMAC_INVALID = ("hmac_invalid", "invalid authentication HMAC", "auth_ext_invalid_hmac")
    HMAC_STALE = (
        "hmac_stale",
        "stale authentication trailer, its clock is {found} s off and {expected} s are allowed",
        "auth_ext_stale",
    )
    HMAC_REPLAY = ("hmac_replay", "replayed authentication trailer", "auth_ext_replay")
    CHECKSUM = ("checksum", "invalid checksum {found:#06x}", "chk_err")
    ZERO_INTERVAL = ("zero_interval", "advertisement interval 0", "advert_interval_err")
    UNKNOWN_AUTH_TYPE = (
        "unknown_auth_type",
        "authentication type {found} does not exist",
        "invalid_authtype",
    )
    AUTH_TYPE_MISMATCH = (
        "auth_type_mismatch",
        "authentication type {found}, ours {expected}",
        "authtype_mismatch",
    )
    AUTH_FAILURE = ("auth_failure", "authentication failed", "auth_failure")
    AH_HEADER = ("ah_header", "malformed authentication header", "auth_failure")
    AH_REPLAY = ("ah_replay", "sequence number {found} is not above {expected}", "auth_failure")
    INTERVAL_MISMATCH = (
        "interval_mismatch",
        "advertisement interval {found} s, ours {expected} s",
        "advert_interval_err",
    )
    UNKNOWN_PEER = ("unknown_peer", "not one of the unicast peers", None)

    def __init__(self, label: str, text: str, statistic: str | None) -> None:
        self.label = label
        self.text = text
        self.statistic = statistic


@dataclass(frozen=True, slots=True)
class Discard:
    """A packet that was not let through.

    ``vrid`` is known from UNKNOWN_VRID on, ``source`` from OWN_PACKET on.  ``found`` and ``expected`` are
    what the reason's text speaks of.
    """

    reason: DiscardReason
    vrid: int | None = None
    source: IPAddress | None = None
    found: int = 0
    expected: int = 0

    @property
    def detail(self) -> str:
        """The reason in words; made only when somebody wants to read it."""
        return self.reason.text.format(found=self.found, expected=self.expected)


@dataclass(frozen=True, slots=True)
class ReceivePolicy:
    """What one virtual router lets in.

    ``address_bytes`` is the packed expected address list.  ``interval_s`` is compared in version 2 only.
    ``password`` is the PASS text or AH key.  ``multicast`` asks for TTL 255.  ``peers`` are the packed
    addresses of unicast peers with the lowest and highest TTL; ``only_peers`` refuses everybody else.
    ``hmac`` is for the trailer of ``auth_hmac``.  With ``old_unicast_group``, a packed multicast group,
    checksums made with it are right too (``old_unicast_checksum``).
    """

    vrid: int
    version: int
    address_bytes: bytes
    interval_s: int = 1
    authentication: AuthenticationType = AuthenticationType.NONE
    password: bytes = field(default=b"", repr=False)
    multicast: bool = True
    peers: Mapping[bytes, tuple[int, int]] = field(default_factory=dict)
    only_peers: bool = False
    hmac: HmacPolicy | None = None
    old_unicast_group: bytes = b""

    @property
    def padded_password(self) -> bytes:
        """The Authentication Data that PASS wants to see."""
        return self.password[:AUTHENTICATION_LENGTH].ljust(AUTHENTICATION_LENGTH, b"\0")


@functools.lru_cache(maxsize=1024)
def _address4(packed: bytes) -> IPv4Address:
    return IPv4Address(packed)


@functools.lru_cache(maxsize=1024)
def _address6(packed: bytes) -> IPv6Address:
    return IPv6Address(packed)


@functools.lru_cache(maxsize=1024)
def _same_addresses(received: bytes, expected: bytes, family: int) -> bool:
    """Order does not matter: keepalived and FRR send their own order."""
    return set(split_addresses(received, family)) == set(split_addresses(expected, family))


class Receiver:
    """The ladder of one receive socket: one family, the virtual routers that share the socket.

    ``own_addresses`` are packed addresses that we send from.  Keeps no state but the last sequence numbers
    per virtual router.  ``realtime_ns`` is only asked about the age of what is signed.
    """

    def __init__(
        self,
        family: int,
        policies: Mapping[int, ReceivePolicy],
        own_addresses: frozenset[bytes] = frozenset(),
        realtime_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        self.family = family
        self.policies = dict(policies)
        self.own_addresses = own_addresses
        self._realtime_ns = realtime_ns
        self._sequences: dict[int, int] = {}
        self._verifiers: dict[int, HmacVerifier] = {}

    def receive_ipv4(self, packet: bytes) -> Advertisement | Discard:
        """Judge what an IPv4 raw socket delivered: header and payload."""
        size = len(packet)
        if size < 20:
            return Discard(DiscardReason.IP_HEADER, found=size)
        header_length = (packet[0] & 0x0F) << 2
        end = packet[2] << 8 | packet[3]
        if packet[0] >> 4 != 4 or not 20 <= header_length <= end <= size:
            return Discard(DiscardReason.IP_HEADER, found=size)
        source = packet[12:16]
        protocol = packet[9]
        if protocol == PROTOCOL_VRRP:
            return self._judge(
                packet[header_length:end], source, packet[16:20], packet[8], AuthenticationType.NONE
            )
        if protocol == PROTOCOL_AH:
            return self._receive_ah(packet[:end], header_length, source)
        return Discard(
            DiscardReason.PROTOCOL, source=_address4(source), found=protocol, expected=PROTOCOL_VRRP
        )

    def receive_ipv6(
        self, message: bytes, source: bytes, destination: bytes, hop_limit: int
    ) -> Advertisement | Discard:
        """Judge what an IPv6 raw socket delivered: the message, and packed addresses from ancillary data."""
        if len(source) != 16 or len(destination) != 16:
            return Discard(DiscardReason.IP_HEADER, found=len(source))
        return self._judge(message, source, destination, hop_limit, AuthenticationType.NONE)

    def _judge(
        self,
        message: bytes,
        source_bytes: bytes,
        destination_bytes: bytes,
        hop_limit: int,
        carried: AuthenticationType,
    ) -> Advertisement | Discard:
        """The rungs that concern VRRP itself.  ``carried`` is AH when an authentication header was found."""
        family = self.family
        source: IPAddress = _address4(source_bytes) if family == 4 else _address6(source_bytes)
        if source_bytes in self.own_addresses:
            return Discard(DiscardReason.OWN_PACKET, source=source)
        size = len(message)
        if size < FIXED_LENGTH:
            return Discard(DiscardReason.TOO_SHORT, source=source, found=size, expected=FIXED_LENGTH)
        first, vrid, priority, count, interval_field, found_sum = FIXED.unpack_from(message)
        policy = self.policies.get(vrid)
        if policy is None:
            return Discard(DiscardReason.UNKNOWN_VRID, vrid, source, vrid)

        to_group = destination_bytes[0] >> 4 == 0xE if family == 4 else destination_bytes[0] == 0xFF
        if to_group != policy.multicast:
            return Discard(DiscardReason.DESTINATION, vrid, source)
        if policy.multicast:
            if hop_limit != HOP_LIMIT:
                return Discard(DiscardReason.HOP_LIMIT, vrid, source, hop_limit, HOP_LIMIT)
        else:
            limits = policy.peers.get(source_bytes)
            if limits is not None and not limits[0] <= hop_limit <= limits[1]:
                return Discard(DiscardReason.HOP_LIMIT, vrid, source, hop_limit, limits[0])
        version = policy.version
        if first >> 4 != version:
            return Discard(DiscardReason.VERSION, vrid, source, first >> 4, version)
        if first & 0x0F != 1:
            return Discard(DiscardReason.TYPE, vrid, source, first & 0x0F, 1)
        if count == 0 and policy.address_bytes:  # who has no address itself can't expect any
            return Discard(DiscardReason.NO_ADDRESS, vrid, source)
        end_of_addresses = FIXED_LENGTH + count * (4 if family == 4 else 16)
        end = end_of_addresses + (AUTHENTICATION_LENGTH if version == 2 else 0)
        if size < end:
            return Discard(DiscardReason.INCOMPLETE, vrid, source, size, end)

        if policy.hmac is not None:
            refused = self._refuse_unsigned(policy, policy.hmac, message, end, source_bytes)
            if refused is not None:
                return replace(refused, source=source)
        form = _checksum_form(policy, message, end, source_bytes, destination_bytes)
        if form is None:
            return Discard(DiscardReason.CHECKSUM, vrid, source, found_sum)

        if version == 3:
            if carried is AuthenticationType.AH:
                return Discard(DiscardReason.AUTH_TYPE_MISMATCH, vrid, source, carried)
            interval_ns = (interval_field & MAX_INTERVAL_CS) * NANOSECONDS_PER_CENTISECOND
            if not interval_ns:
                return Discard(DiscardReason.ZERO_INTERVAL, vrid, source)
        else:
            refused = _refuse_v2(policy, message, vrid, source, end_of_addresses, carried)
            if refused is not None:
                return refused
            interval_ns = (interval_field & 0xFF) * NANOSECONDS_PER_SECOND
        if policy.only_peers and source_bytes not in policy.peers:
            return Discard(DiscardReason.UNKNOWN_PEER, vrid, source)

        addresses = message[FIXED_LENGTH:end_of_addresses]
        expected = policy.address_bytes
        return Advertisement(
            version,
            vrid,
            priority,
            interval_ns,
            source,
            addresses,
            addresses == expected or _same_addresses(addresses, expected, family),
            form,
        )

    def _refuse_unsigned(
        self, policy: ReceivePolicy, hmac: HmacPolicy, message: bytes, end: int, source_bytes: bytes
    ) -> Discard | None:
        """The trailer of ``auth_hmac``, before any field counts."""
        vrid = policy.vrid
        if not policy.multicast and source_bytes not in policy.peers and len(message) > end:
            return Discard(DiscardReason.UNKNOWN_PEER, vrid)
        verifier = self._verifiers.get(vrid)
        if verifier is None:
            verifier = self._verifiers[vrid] = HmacVerifier(hmac)
        verifier.policy = hmac
        verifier.senders = max(SENDERS_REMEMBERED, len(policy.peers))
        trailer = message[end:] if len(message) == end + TRAILER_LENGTH else b""
        result, found = verifier.check(message[:end], trailer, source_bytes, self._realtime_ns())
        if result is HmacResult.OK:
            return None
        return Discard(_HMAC_REASONS[result], vrid, None, found, hmac.window_s or 0)

    def _receive_ah(self, packet: bytes, header_length: int, source_bytes: bytes) -> Advertisement | Discard:
        """Protocol 51: an authentication header, then VRRP (RFC 2338 section 5.3.6)."""
        source = _address4(source_bytes)
        start = header_length + AH_LENGTH
        if len(packet) < start + FIXED_LENGTH:
            found = len(packet) - header_length
            return Discard(DiscardReason.TOO_SHORT, source=source, found=found, expected=start)
        verdict = self._judge(packet[start:], source_bytes, packet[16:20], packet[8], AuthenticationType.AH)
        if isinstance(verdict, Discard):
            return verdict
        vrid = verdict.vrid
        last = self._sequences.get(vrid, 0)
        result, sequence = check_ah(packet, header_length, self.policies[vrid].password, last)
        if result is AhResult.MALFORMED:
            return Discard(DiscardReason.AH_HEADER, vrid, source)
        if result is AhResult.BAD_DIGEST:
            return Discard(DiscardReason.AUTH_FAILURE, vrid, source)
        if result is AhResult.REPLAY:
            return Discard(DiscardReason.AH_REPLAY, vrid, source, sequence, last)
        self._sequences[vrid] = sequence
        return verdict

    def ah_sequence(self, vrid: int) -> int:
        """The highest sequence number accepted for ``vrid``.

        Senders of one virtual router share one count, as with keepalived: who takes over goes on above it.
        """
        return self._sequences.get(vrid, 0)

    def forget_ah_sequence(self, vrid: int) -> None:
        """Accept any next number: the sender fell silent and may count from one again after its restart."""
        self._sequences.pop(vrid, None)


_HMAC_REASONS = {
    HmacResult.MISSING: DiscardReason.HMAC_MISSING,
    HmacResult.MALFORMED: DiscardReason.HMAC_MALFORMED,
    HmacResult.UNKNOWN_KEY: DiscardReason.HMAC_UNKNOWN_KEY,
    HmacResult.BAD_HMAC: DiscardReason.HMAC_INVALID,
    HmacResult.STALE: DiscardReason.HMAC_STALE,
    HmacResult.REPLAY: DiscardReason.HMAC_REPLAY,
}


def _checksum_form(
    policy: ReceivePolicy, message: bytes, end: int, source: bytes, destination: bytes
) -> ChecksumForm | None:
    """Which of the forms that are right here the checksum has; None: it is wrong."""
    if len(source) == 16:
        # The checksum of the whole payload, which the sender's kernel may have made (RFC 8200 section 8.1).
        own_sum = ones_sum(message) + pseudo_header_sum(source, destination, PROTOCOL_VRRP, len(message))
        return None if own_sum % 0xFFFF else ChecksumForm.PSEUDO_HEADER
    own_sum = ones_sum(message if len(message) == end else message[:end])
    if not own_sum:
        return ChecksumForm.MESSAGE
    if policy.version == 3:
        if not (own_sum + pseudo_header_sum(source, destination, PROTOCOL_VRRP, end)) % 0xFFFF:
            return ChecksumForm.PSEUDO_HEADER
        group = policy.old_unicast_group
        if group and not (own_sum + pseudo_header_sum(source, group, PROTOCOL_VRRP, end)) % 0xFFFF:
            return ChecksumForm.OLD_UNICAST
    return None


def _refuse_v2(
    policy: ReceivePolicy,
    message: bytes,
    vrid: int,
    source: IPAddress,
    end_of_addresses: int,
    carried: AuthenticationType,
) -> Discard | None:
    """Authentication and interval, which only version 2 judges."""
    found_type, interval = message[4], message[5]
    if interval == 0:
        return Discard(DiscardReason.ZERO_INTERVAL, vrid, source)
    expected_type = policy.authentication
    if found_type > AuthenticationType.AH:
        return Discard(DiscardReason.UNKNOWN_AUTH_TYPE, vrid, source, found_type, expected_type)
    if found_type != expected_type:
        return Discard(DiscardReason.AUTH_TYPE_MISMATCH, vrid, source, found_type, expected_type)
    if (found_type == AuthenticationType.AH) != (carried is AuthenticationType.AH):
        return Discard(DiscardReason.AUTH_TYPE_MISMATCH, vrid, source, found_type, expected_type)
    if found_type == AuthenticationType.PASS:
        data = message[end_of_addresses : end_of_addresses + AUTHENTICATION_LENGTH]
        if data != policy.padded_password:
            return Discard(DiscardReason.AUTH_FAILURE, vrid, source)
    if interval != policy.interval_s:
        return Discard(DiscardReason.INTERVAL_MISMATCH, vrid, source, interval, policy.interval_s)
    return None
