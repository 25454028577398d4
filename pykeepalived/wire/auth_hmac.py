"""The trailer that ``auth_hmac`` puts behind an advertisement: who sent it, unchanged, and when.

Source: draft-cassen-vrrp-auth-hmac as keepalived 2.4.2 and later speak it.  28 bytes behind the message::

    +--------+--------+------------+---------------------+-----------+---------+----------------+
    | type 1 | key id | reserved 0 | seconds since 1970  | 1/65536 s | counter | 16 bytes HMAC  |
    +--------+--------+------------+---------------------+-----------+---------+----------------+
    0        1        2            4                     8           10        12              28

The HMAC-SHA256, cut to 16 bytes, runs over 20 bytes that are not sent (family 4 or 6, version, VRID, 0 and
the source address left-aligned in 16), the message with its checksum read as zero, and the trailer with its
HMAC read as zero.  Seconds, fraction and counter are one 64-bit sequence number, compared as RFC 1982 has it.

Neither reads a clock: ``realtime_ns`` is given.
"""

from __future__ import annotations

import collections
import enum
import struct
from _operator import _compare_digest as compare_digest
from collections.abc import Mapping
from dataclasses import dataclass, field

TRAILER_LENGTH = 28
SENDERS_REMEMBERED = 4
"""Multicast senders whose last number is kept; only who knows a key gets into the table."""

_TYPE_SHA256 = 1
_HEAD = struct.Struct("!BBHQ")
_PSEUDO = struct.Struct("!BBBx16s")
_DIGEST_LENGTH = TRAILER_LENGTH - _HEAD.size
_CHECKSUM = slice(6, 8)
_NANOSECONDS = 1_000_000_000
_SEQUENCE_BITS = 64
_SEQUENCE_MASK = (1 << _SEQUENCE_BITS) - 1


class HmacMode(enum.Enum):
    """What is signed and what is let in; the three make it possible to introduce keys without a gap."""

    RECEIVE_ONLY = "receive-only"
    """Signs nothing, checks what is signed, lets in what is not."""
    PERMISSIVE = "permissive"
    """Signs, checks what is signed, lets in what is not."""
    ENFORCE = "enforce"
    """Signs, and lets in nothing else."""


class HmacResult(enum.Enum):
    """Outcome of a check; each but OK has its own counter."""

    OK = enum.auto()
    MISSING = enum.auto()
    MALFORMED = enum.auto()
    UNKNOWN_KEY = enum.auto()
    BAD_HMAC = enum.auto()
    STALE = enum.auto()
    REPLAY = enum.auto()


@dataclass(frozen=True, slots=True)
class HmacPolicy:
    """Keys by number, the one to sign with, and what counts as fresh.

    ``window_s`` is how far a sender's clock may be off; None (``anti_replay monotonic``): only growth counts.
    """

    keys: Mapping[int, bytes] = field(repr=False)
    active_key: int
    mode: HmacMode = HmacMode.ENFORCE
    window_s: int | None = 5

    @property
    def signs(self) -> bool:
        """Whether adverts are sent with a trailer."""
        return self.mode is not HmacMode.RECEIVE_ONLY


def is_after(one: int, other: int) -> bool:
    """Whether a sequence number comes after another one, across the wrap (RFC 1982)."""
    return 0 < (one - other) & _SEQUENCE_MASK < 1 << (_SEQUENCE_BITS - 1)


def sequence_at(realtime_ns: int) -> int:
    """The sequence number of a moment, counter 0."""
    seconds, rest = divmod(realtime_ns, _NANOSECONDS)
    return (seconds & 0xFFFFFFFF) << 32 | (rest << 16) // _NANOSECONDS << 16


def _seconds_between(one: int, other: int) -> int:
    """Difference of the second fields of two sequence numbers, as a signed 32-bit number."""
    difference = ((one >> 32) - (other >> 32)) & 0xFFFFFFFF
    return difference - (1 << 32) if difference >> 31 else difference


def _digest(key: bytes, message: bytes, source: bytes, head: bytes) -> bytes:
    # Here, because few routers sign and OpenSSL, which comes with it, costs every start 3 ms.
    import hmac

    family = 4 if len(source) == 4 else 6
    pseudo = _PSEUDO.pack(family, message[0] >> 4, message[1], source)
    blank = (message[: _CHECKSUM.start], b"\0\0", message[_CHECKSUM.stop :], head, bytes(_DIGEST_LENGTH))
    return hmac.new(key, b"".join((pseudo, *blank)), "sha256").digest()[:_DIGEST_LENGTH]


class HmacSigner:
    """Trailers of one sender, with numbers that grow."""

    __slots__ = ("_last", "policy")

    def __init__(self, policy: HmacPolicy, last: int = 0) -> None:
        self.policy = policy
        self._last = last

    def trailer(self, message: bytes, source: bytes, realtime_ns: int) -> bytes:
        """What goes behind ``message``, whose checksum does not matter: one for the copies to all peers."""
        policy = self.policy
        head = _HEAD.pack(_TYPE_SHA256, policy.active_key, 0, self._next(realtime_ns))
        return head + _digest(policy.keys[policy.active_key], message, source, head)

    def _next(self, realtime_ns: int) -> int:
        clock = sequence_at(realtime_ns)
        window_s = self.policy.window_s
        if is_after(clock, self._last):
            self._last = clock
        elif window_s is not None and _seconds_between(self._last, clock) > window_s:
            # The clock was set back: numbers of the future would be stale to everybody.
            self._last = clock
        else:
            self._last = (self._last + 1) & _SEQUENCE_MASK
        return self._last


class HmacVerifier:
    """Checks the trailers of one virtual router's senders and remembers the last number of each.

    ``senders`` bounds the memory; the one that was not heard for the longest time is forgotten first.
    """

    __slots__ = ("_marks", "policy", "senders")

    def __init__(self, policy: HmacPolicy, senders: int = SENDERS_REMEMBERED) -> None:
        self.policy = policy
        self.senders = senders
        self._marks: collections.OrderedDict[bytes, int] = collections.OrderedDict()

    def check(
        self, message: bytes, trailer: bytes, source: bytes, realtime_ns: int
    ) -> tuple[HmacResult, int]:
        """Judge a trailer (empty: there was none); also returns the key id, or the seconds it is off.

        What is old is found before the HMAC is computed, so that a flood of old packets costs little; a mark
        only moves after it.
        """
        policy = self.policy
        if not trailer:
            missing = HmacResult.MISSING if policy.mode is HmacMode.ENFORCE else HmacResult.OK
            return missing, 0
        kind, key_id, reserved, sequence = _HEAD.unpack_from(trailer)
        if kind != _TYPE_SHA256 or reserved:
            return HmacResult.MALFORMED, kind
        clock = sequence_at(realtime_ns)
        if policy.window_s is not None:
            off = _seconds_between(clock, sequence)
            if abs(off) > policy.window_s:
                return HmacResult.STALE, off
        key = policy.keys.get(key_id)
        if key is None:
            return HmacResult.UNKNOWN_KEY, key_id
        expected = _digest(key, message, source, trailer[: _HEAD.size])
        if not compare_digest(trailer[_HEAD.size :], expected):
            return HmacResult.BAD_HMAC, key_id
        return self._remember(source, sequence, clock), key_id

    def _remember(self, source: bytes, sequence: int, clock: int) -> HmacResult:
        mark = self._marks.get(source)
        window_s = self.policy.window_s
        if mark is not None and window_s is not None and abs(_seconds_between(clock, mark)) > window_s:
            # It orders only what the window refuses anyway; a sender whose clock was set back recovers.
            mark = None
        if mark is not None and not is_after(sequence, mark):
            return HmacResult.REPLAY
        self._marks[source] = sequence
        self._marks.move_to_end(source)
        if len(self._marks) > self.senders:
            self._marks.popitem(last=False)
        return HmacResult.OK
