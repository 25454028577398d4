"""Virtual addresses in the kernel: added and removed in batches that were encoded beforehand.

A takeover sends the addresses in chunks of :data:`CHUNK`; when the send returns, the kernel holds them
and they may be announced.  Answers are read after the last chunk.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pykeepalived.kernel.netlink import (
    NLM_F_CREATE,
    NLM_F_REPLACE,
    RTM_DELADDR,
    RTM_NEWADDR,
    Pending,
    Refusal,
    RequestSocket,
    attribute,
    message,
)
from pykeepalived.vrrp.settings import VirtualAddress

CHUNK = 256
"""Addresses per send.  An announcement costs as much as an address, so the many come first and are announced
after them: the last address is there in half the time, and the last announcement leaves no later."""

FIRST_CHUNK = 1
"""Of a takeover, announced before the others: somebody is reachable again very soon, and the first call of
each kind, whose code and data no processor cache holds yet, is short."""

RTPROT_KEEPALIVED = 18
"""Marks our addresses (IFA_PROTO), so that one of ours is never taken for the host's own."""

_IFADDRMSG = struct.Struct("=BBBBI")
_CACHEINFO = struct.Struct("=IIII")
_U32 = struct.Struct("=I")
_FOREVER = 0xFFFFFFFF
_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL, _IFA_BROADCAST, _IFA_CACHEINFO, _IFA_FLAGS = 1, 2, 3, 4, 6, 8
_IFA_PROTO = 11

_ADD_DONE = frozenset({errno.EEXIST})
_DELETE_DONE = frozenset({errno.EADDRNOTAVAIL, errno.ENODEV})


def _identity(virtual: VirtualAddress, index: int) -> tuple[bytes, bytes, bytes]:
    """Fixed header without flags, IFA_LOCAL and IFA_ADDRESS: what the kernel finds an address by."""
    family = 2 if virtual.address.version == 4 else 10
    # struct ifaddrmsg has room for 8 bits of flags; all of them travel in IFA_FLAGS.
    fixed = _IFADDRMSG.pack(family, virtual.prefix_length, 0, virtual.scope, index)
    local = virtual.address.packed
    remote = local if virtual.peer is None else virtual.peer.packed
    return fixed, attribute(_IFA_LOCAL, local), attribute(_IFA_ADDRESS, remote)


def encode_add(virtual: VirtualAddress, index: int) -> bytes:
    """RTM_NEWADDR; one that exists takes on these attributes."""
    parts = [*_identity(virtual, index)]
    if virtual.broadcast is not None:
        parts.append(attribute(_IFA_BROADCAST, virtual.broadcast.packed))
    if virtual.label is not None:
        parts.append(attribute(_IFA_LABEL, virtual.label.encode() + b"\0"))
    # Of an IPv4 address the kernel keeps no more than a mark that nobody acts on; keepalived sends none.
    if virtual.preferred_lifetime is not None and virtual.address.version == 6:
        lifetimes = _CACHEINFO.pack(virtual.preferred_lifetime, _FOREVER, 0, 0)
        parts.append(attribute(_IFA_CACHEINFO, lifetimes))
    if virtual.flags:
        parts.append(attribute(_IFA_FLAGS, _U32.pack(virtual.flags)))
    parts.append(attribute(_IFA_PROTO, bytes([RTPROT_KEEPALIVED])))
    return message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, b"".join(parts))


def encode_delete(virtual: VirtualAddress, index: int) -> bytes:
    """RTM_DELADDR for exactly this address and prefix length."""
    return message(RTM_DELADDR, 0, b"".join(_identity(virtual, index)))


@dataclass(slots=True)
class _Encoded:
    """Both messages of one address; holding the address keeps its identity from being reused."""

    address: VirtualAddress
    index: int
    add: bytes
    delete: bytes | None = None

    def removal(self) -> bytes:
        """Made when it is needed, or prepared for: a start has others to make first."""
        if self.delete is None:
            self.delete = encode_delete(self.address, self.index)
        return self.delete


@dataclass(frozen=True, slots=True)
class AddressRefusal:
    """The kernel did not do what was asked for one address."""

    address: VirtualAddress
    errno: int
    text: str

    def __str__(self) -> str:
        return f"{self.address} dev {self.address.interface}: {self.text}"


class AddressTable:
    """Adds and removes virtual addresses.

    ``index_of`` gives the index of an interface by name, None while there is none.  Encoded messages are
    kept per address; :meth:`forget` drops them when an interface was made anew with another index.
    """

    def __init__(self, requests: RequestSocket, index_of: Callable[[str], int | None]) -> None:
        self._requests = requests
        self._index_of = index_of
        # By identity: hashing a settings object would cost as much as encoding it.
        self._encoded: dict[int, _Encoded] = {}

    def prepare(self, addresses: Iterable[VirtualAddress]) -> None:
        """Encode these ahead, and drop what was kept for others.

        An address of an interface that does not exist yet is left out.
        """
        wanted = list(addresses)
        keep = {id(virtual) for virtual in wanted}
        self._encoded = {key: kept for key, kept in self._encoded.items() if key in keep}
        for virtual in wanted:
            if id(virtual) not in self._encoded:
                self._encode(virtual)

    def prepare_removals(self) -> None:
        """Encode ahead how each of these is removed, too."""
        for encoded in self._encoded.values():
            encoded.removal()

    def forget(self, interface: str) -> None:
        """The interface has another index now, or none."""
        self._encoded = {
            key: kept for key, kept in self._encoded.items() if kept.address.interface != interface
        }

    def add(self, addresses: Sequence[VirtualAddress]) -> Batch:
        """Send one chunk; when this returns the kernel holds the addresses it did not refuse."""
        return self._send(addresses, _ADD_DONE, removing=False)

    def remove(self, addresses: Sequence[VirtualAddress]) -> list[AddressRefusal]:
        """Remove addresses; one that is not there is not an error."""
        refused: list[AddressRefusal] = []
        for start in range(0, len(addresses), CHUNK):
            refused += self._send(addresses[start : start + CHUNK], _DELETE_DONE, removing=True).collect()
        return refused

    def _send(self, addresses: Sequence[VirtualAddress], done: frozenset[int], *, removing: bool) -> Batch:
        sent: list[VirtualAddress] = []
        messages: list[bytes] = []
        refused: list[AddressRefusal] = []
        kept_of = self._encoded.get
        for virtual in addresses:
            encoded = kept_of(id(virtual))
            if encoded is None or encoded.address is not virtual:
                encoded = self._encode(virtual)
            if encoded is not None:
                sent.append(virtual)
                messages.append(encoded.removal() if removing else encoded.add)
            elif errno.ENODEV not in done:
                refused.append(AddressRefusal(virtual, errno.ENODEV, "no such interface"))
        return Batch(sent, self._requests.send(messages) if messages else None, done, refused)

    def _encode(self, virtual: VirtualAddress) -> _Encoded | None:
        index = self._index_of(virtual.interface)
        if index is None:
            return None
        encoded = _Encoded(virtual, index, encode_add(virtual, index))
        self._encoded[id(virtual)] = encoded
        return encoded


class Batch:
    """One chunk that was sent; its answers are still to be read."""

    __slots__ = ("_addresses", "_done", "_pending", "_refused")

    def __init__(
        self,
        addresses: Sequence[VirtualAddress],
        pending: Pending | None,
        done: frozenset[int],
        refused: list[AddressRefusal],
    ) -> None:
        self._addresses = addresses
        self._pending = pending
        self._done = done
        self._refused = refused

    def collect(self) -> list[AddressRefusal]:
        """Read the answers: what the kernel refused.  To be called once, in the order of sending."""
        if self._pending is None:
            return self._refused
        answers: list[Refusal] = self._pending.collect()
        return self._refused + [
            AddressRefusal(self._addresses[answer.index], answer.errno, answer.text)
            for answer in answers
            if answer.errno not in self._done
        ]
