"""Messages over AF_UNIX SOCK_SEQPACKET: chunks, a bounded queue, and a closed partner.

A message is the JSON array ``[class name, {fields}]``, cut into packets of at most CHUNK_BYTES because a
packet has to fit into the socket's send buffer.  The first byte of a packet says whether more follows.
Nothing in here ever waits, and a partner that is gone or does not read never raises.
"""

from __future__ import annotations

import json
import socket
from collections import deque

from pykeepalived.ipc.codec import CodecError, codec_for
from pykeepalived.ipc.messages import Message

CHUNK_BYTES = 32 * 1024
MAX_MESSAGE_BYTES = 256 * 1024 * 1024
"""Beyond this a received message is an error of ours: the plan of 100,000 instances is smaller."""
MAX_QUEUED_MESSAGES = 10_000
"""What is kept for a partner that does not read; then the oldest is dropped."""

_MORE = b"\x01"
_LAST = b"\x00"

_MESSAGES = codec_for(Message)


def encode(message: Message) -> bytes:
    """A message as bytes."""
    return json.dumps(_MESSAGES.encode(message), separators=(",", ":")).encode()


def decode(data: bytes) -> Message:
    """The message that was encoded; CodecError when the bytes are none."""
    try:
        return _MESSAGES.decode(json.loads(data))  # type: ignore[no-any-return]
    except (ValueError, TypeError, KeyError) as problem:
        raise CodecError(f"not a message: {problem}") from problem


def packets(data: bytes) -> deque[bytes]:
    """Cut into packets, each with its leading byte."""
    cut = range(0, len(data), CHUNK_BYTES)
    parts = [data[start : start + CHUNK_BYTES] for start in cut] or [b""]
    return deque([_MORE + part for part in parts[:-1]] + [_LAST + parts[-1]])


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends, non-blocking, not inherited by executed programs."""
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in pair:
        end.setblocking(False)
    return pair


class Link:
    """One end: message queue out, message assembly in."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._outgoing: deque[deque[bytes]] = deque()
        self._parts: list[bytes] = []
        self._part_bytes = 0
        self._broken = False
        self._reset = False
        self.closed = False
        self.dropped = 0

    @property
    def pending(self) -> bool:
        """Whether something waits for the partner to read."""
        return bool(self._outgoing) and not self.closed

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self.closed = True
        self._outgoing.clear()
        self._socket.close()

    def send(self, message: Message) -> None:
        """Queue, and send what goes without waiting; what a dead partner will not get counts as dropped."""
        self.send_encoded(encode(message))

    def send_encoded(self, data: bytes) -> None:
        """As :meth:`send`, for a message that several partners get and that was encoded once."""
        if self.closed or self._broken:
            self.dropped += 1
            return
        self._outgoing.append(packets(data))
        if len(self._outgoing) > MAX_QUEUED_MESSAGES:
            # The first may have left in part: dropping that one would garble the stream.
            del self._outgoing[1]
            self.dropped += 1
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as it goes."""
        while self._outgoing:
            message = self._outgoing[0]
            while message:
                try:
                    self._socket.send(message[0])
                except (BlockingIOError, InterruptedError):
                    return
                except OSError:
                    # The partner is gone, but what it said last may still be read.
                    self._broken = True
                    self._drop_outgoing()
                    return
                message.popleft()
            self._outgoing.popleft()

    def receive(self, limit: int) -> list[Message]:
        """Whole messages that have arrived, at most ``limit``; sets ``closed`` at the end of the stream."""
        messages: list[Message] = []
        while len(messages) < limit and not self.closed:
            try:
                packet = self._socket.recv(CHUNK_BYTES + 1)
            except (BlockingIOError, InterruptedError):
                break
            except ConnectionResetError:
                # The partner ended before it had read everything.  The kernel says so once, and before what
                # the partner said last, which is still to be read.
                if not self._reset:
                    self._reset = True
                    continue
                packet = b""
            except OSError:
                packet = b""
            if not packet:
                self._lost()
                break
            self._parts.append(packet[1:])
            self._part_bytes += len(packet) - 1
            if self._part_bytes > MAX_MESSAGE_BYTES:
                raise CodecError(f"a message of more than {MAX_MESSAGE_BYTES} bytes")
            if packet[:1] == _LAST:
                data, self._parts, self._part_bytes = b"".join(self._parts), [], 0
                messages.append(decode(data))
        return messages

    def _lost(self) -> None:
        self.closed = True
        self._drop_outgoing()

    def _drop_outgoing(self) -> None:
        self.dropped += len(self._outgoing)
        self._outgoing.clear()
