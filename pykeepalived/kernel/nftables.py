"""Talking to nf_tables: one atomic batch, and what is in the kernel.

The messages are encoded by :mod:`pykeepalived.kernel.nft_messages`.  A batch is carried out as a whole or
not at all; when :meth:`NftSocket.apply` returns without a refusal, packets meet the new rules.  A table made
with ``owned=True`` lives as long as the socket that made it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from pykeepalived.kernel import nft_messages as nft
from pykeepalived.kernel.netlink import (
    NLM_F_ACK,
    NLM_F_DUMP,
    NLMSG_DONE,
    NLMSG_ERROR,
    RECEIVE_BYTES,
    Refusal,
    Reply,
    attributes,
    explanation,
    message,
    replies,
)
from pykeepalived.kernel.nft_messages import Family, Table

_NETLINK_NETFILTER = 12
_BATCH_BEGIN, _BATCH_END = 0x10, 0x11
_SOL_NETLINK, _NETLINK_CAP_ACK, _NETLINK_EXT_ACK = 270, 10, 11
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_BUFFER_BYTES = 8 << 20
_SEQUENCE_OFFSET, _FLAGS_OFFSET = 8, 6
_GENERIC_BYTES = 4
_ERRNO = struct.Struct("=i")
_U32 = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class TableInKernel:
    """A table as the kernel has it; ``owner`` is the netlink port of the socket that it lives with."""

    table: Table
    owner: int | None


class NftSocket:
    """One connection to nf_tables in the network namespace it was opened in.  Synchronous: the kernel
    has done a batch when the send returns.

    Raises OSError when the kernel has no nf_tables netlink.
    """

    def __init__(self, *, timeout_seconds: float = 1.0) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER
        )
        try:
            for option in (_NETLINK_CAP_ACK, _NETLINK_EXT_ACK):
                self._socket.setsockopt(_SOL_NETLINK, option, 1)
            # A batch is one datagram; without the capability the ordinary limit has to do.
            for option in (_SO_SNDBUFFORCE, _SO_RCVBUFFORCE):
                with contextlib.suppress(OSError):
                    self._socket.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
            self._socket.bind((0, 0))
            self._socket.settimeout(timeout_seconds)
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[0]
        """Our netlink port: what an owned table names as its owner."""
        self._sequence = 0

    def close(self) -> None:
        """Close the socket; the kernel removes the tables it owned."""
        self._socket.close()

    def apply(self, messages: Sequence[bytes]) -> list[Refusal]:
        """Carry out ``messages`` in order, all or none.

        Returns what the kernel refused (then nothing was done); ``index`` counts in ``messages``, -1 is
        the batch as a whole.  Raises OSError when it could not be sent.
        """
        if not messages:
            return []
        begin = self._sequence + 1
        parts = [_frame(_BATCH_BEGIN), *messages, _frame(_BATCH_END)]
        batch = bytearray().join(parts)
        at = 0
        for part in parts:
            self._sequence += 1
            struct.pack_into("=I", batch, at + _SEQUENCE_OFFSET, self._sequence)
            if self._sequence == begin + len(messages):
                # The end of a batch is acknowledged by recent kernels only: ask for the last command.
                flags = struct.unpack_from("=H", batch, at + _FLAGS_OFFSET)[0]
                struct.pack_into("=H", batch, at + _FLAGS_OFFSET, flags | NLM_F_ACK)
            at += len(part)
        self._socket.send(batch)
        return self._collect(begin, begin + len(messages))

    def _collect(self, begin: int, last: int) -> list[Refusal]:
        refused: list[Refusal] = []
        while True:
            for reply in replies(self._socket.recv(RECEIVE_BYTES)):
                if reply.kind != NLMSG_ERROR or not begin <= reply.sequence <= last:
                    continue  # the rest of a batch that failed as a whole
                code = -_ERRNO.unpack_from(reply.data, reply.start)[0]
                if code:
                    refused.append(Refusal(reply.sequence - begin - 1, code, explanation(reply, code)))
                if reply.sequence == last or (reply.sequence == begin and code):
                    return refused

    # ------------------------------------------------------------ what the kernel has

    def tables(self) -> list[TableInKernel]:
        """Every table of the namespace."""
        found = []
        for reply in self._dump(nft.GETTABLE, Family.UNSPECIFIED, b""):
            name, owner = "", None
            for kind, data in attributes(reply.data, reply.start + _GENERIC_BYTES, reply.end):
                if kind == 1:
                    name = data.rstrip(b"\0").decode(errors="surrogateescape")
                elif kind == 7:
                    owner = _U32.unpack(data)[0]
            with contextlib.suppress(ValueError):  # arp, bridge, netdev: not ours to judge
                found.append(TableInKernel(Table(Family(reply.data[reply.start]), name), owner))
        return found

    def remove_tables(self, *tables: Table) -> list[Refusal]:
        """Remove those of ``tables`` that exist; one of another living process is refused (EPERM)."""
        present = {held.table for held in self.tables()}
        return self.apply([nft.delete_table(table) for table in tables if table in present])

    def elements(self, table: Table, name: str) -> list[bytes]:
        """The keys in a set, in the kernel's order."""
        keys = []
        query = nft.text(1, table.name) + nft.text(2, name)
        for reply in self._dump(nft.GETSETELEM, table.family, query):
            for kind, data in attributes(reply.data, reply.start + _GENERIC_BYTES, reply.end):
                if kind == 3:
                    keys += [_key(data[start:end]) for start, end in _entries(data)]
        return keys

    def _dump(self, kind: int, family: Family, query: bytes) -> list[Reply]:
        self._sequence += 1
        question = bytearray(nft.request(kind, family, NLM_F_DUMP, query))
        struct.pack_into("=I", question, _SEQUENCE_OFFSET, self._sequence)
        self._socket.send(question)
        found: list[Reply] = []
        while True:
            for reply in replies(self._socket.recv(RECEIVE_BYTES)):
                if reply.sequence != self._sequence:
                    continue
                if reply.kind == NLMSG_DONE:
                    return found
                if reply.kind == NLMSG_ERROR:
                    code = -_ERRNO.unpack_from(reply.data, reply.start)[0]
                    if code == errno.ENOENT:
                        return []
                    raise OSError(code, os.strerror(code))
                found.append(reply)


def _frame(kind: int) -> bytes:
    """Begin or end of a batch."""
    return message(kind, 0, struct.pack(">BBH", 0, 0, nft.SUBSYSTEM))


def _entries(data: bytes) -> list[tuple[int, int]]:
    """Where each list element's content lies."""
    found, at = [], 0
    while at + 4 <= len(data):
        length = struct.unpack_from("=H", data, at)[0]
        if length < 4:
            break
        found.append((at + 4, at + length))
        at += (length + 3) & ~3
    return found


def _key(element: bytes) -> bytes:
    """NFTA_SET_ELEM_KEY of one element."""
    for kind, data in attributes(element, 0, len(element)):
        if kind == 1:
            return next((value for inner, value in attributes(data, 0, len(data)) if inner == 1), b"")
    return b""
