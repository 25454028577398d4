"""AgentX PDUs to and from bytes (RFC 2741 sections 5 and 6).

Both directions and both byte orders, so that a test can play the master agent.  What a master sends is not
trusted: whatever does not fit its own lengths is MalformedError, and nothing is ever read beyond a PDU.
"""

from __future__ import annotations

import struct

from pykeepalived.wire.agentx import (
    HEADER_BYTES,
    MAX_PAYLOAD_BYTES,
    MAX_SUBIDS,
    VERSION,
    Bare,
    Body,
    Close,
    Flag,
    Get,
    GetBulk,
    GetNext,
    Kind,
    MalformedError,
    Notify,
    Oid,
    Open,
    Pdu,
    Register,
    Response,
    SearchRange,
    TestSet,
    Type,
    Value,
    VarBind,
)

_INTERNET = (1, 3, 6, 1)
"""What a prefix byte of an object identifier stands after (section 5.1)."""
_U32 = 0xFFFFFFFF

# ---------------------------------------------------------------- to bytes


def encode(pdu: Pdu) -> bytes:
    """A PDU in network byte order."""
    kind, payload = _encode_body(pdu.body)
    flags = Flag.NETWORK_BYTE_ORDER
    if pdu.context:
        flags |= Flag.NON_DEFAULT_CONTEXT
        payload = _octets(pdu.context) + payload
    return (
        struct.pack(">BBBxIIII", VERSION, kind, flags, pdu.session, pdu.transaction, pdu.packet, len(payload))
        + payload
    )


def _encode_body(body: Body) -> tuple[Kind, bytes]:
    match body:
        case Open():
            return Kind.OPEN, struct.pack(">Bxxx", body.timeout_s) + _oid(body.id) + _octets(body.description)
        case Close():
            return Kind.CLOSE, struct.pack(">Bxxx", body.reason)
        case Register():
            return Kind.REGISTER, struct.pack(">BBxx", body.timeout_s, body.priority) + _oid(body.subtree)
        case Get():
            return Kind.GET, _ranges(body.ranges)
        case GetNext():
            return Kind.GET_NEXT, _ranges(body.ranges)
        case GetBulk():
            counts = struct.pack(">HH", body.non_repeaters, body.max_repetitions)
            return Kind.GET_BULK, counts + _ranges(body.ranges)
        case TestSet():
            return Kind.TEST_SET, _bindings(body.bindings)
        case Notify():
            return Kind.NOTIFY, _bindings(body.bindings)
        case Response():
            head = struct.pack(">IHH", body.uptime_cs & _U32, body.error, body.index)
            return Kind.RESPONSE, head + _bindings(body.bindings)
        case Bare():
            return body.kind, b""


def _oid(oid: Oid, include: bool = False) -> bytes:
    prefix, rest = 0, oid
    if len(oid) > len(_INTERNET) and oid[: len(_INTERNET)] == _INTERNET and 0 < oid[len(_INTERNET)] < 256:
        prefix, rest = oid[len(_INTERNET)], oid[len(_INTERNET) + 1 :]
    return struct.pack(f">BBBx{len(rest)}I", len(rest), prefix, include, *rest)


def _octets(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


def _ranges(ranges: tuple[SearchRange, ...]) -> bytes:
    return b"".join(_oid(one.start, one.include) + _oid(one.end) for one in ranges)


def _bindings(bindings: tuple[VarBind, ...]) -> bytes:
    return b"".join(map(_binding, bindings))


def _binding(binding: VarBind) -> bytes:
    value = binding.value
    head = struct.pack(">Hxx", value.type) + _oid(binding.name)
    match value.data:
        case None:
            return head
        case bytes(data):
            return head + _octets(data)
        case int(number):
            return head + _number(value.type, number)
        case oid:
            return head + _oid(oid)


def _number(kind: Type, number: int) -> bytes:
    """Counters wrap as SNMP's do; the others are held at their limits."""
    if kind is Type.COUNTER64:
        return struct.pack(">Q", number & 0xFFFFFFFFFFFFFFFF)
    if kind is Type.INTEGER:
        return struct.pack(">i", max(-(1 << 31), min(number, (1 << 31) - 1)))
    if kind is Type.GAUGE32:
        return struct.pack(">I", max(0, min(number, _U32)))
    return struct.pack(">I", number & _U32)


# ---------------------------------------------------------------- from bytes


def take(buffer: bytes | bytearray) -> tuple[Pdu | None, int]:
    """The first PDU of a stream and how many bytes it took; ``(None, 0)`` while it is not complete."""
    if len(buffer) < HEADER_BYTES:
        if buffer and buffer[0] != VERSION:
            raise MalformedError(f"AgentX version {buffer[0]}, and not {VERSION}")
        return None, 0
    version, kind, flags = buffer[0], buffer[1], buffer[2]
    if version != VERSION:
        raise MalformedError(f"AgentX version {version}, and not {VERSION}")
    order = ">" if flags & Flag.NETWORK_BYTE_ORDER else "<"
    session, transaction, packet, length = struct.unpack_from(f"{order}IIII", buffer, 4)
    if length > MAX_PAYLOAD_BYTES or length % 4:
        raise MalformedError(f"an AgentX PDU with {length} bytes of payload")
    end = HEADER_BYTES + length
    if len(buffer) < end:
        return None, 0
    reader = _Reader(bytes(buffer[HEADER_BYTES:end]), order)
    context = reader.octets() if flags & Flag.NON_DEFAULT_CONTEXT else b""
    body = _decode_body(kind, reader)
    return Pdu(body, session, transaction, packet, context), end


def _decode_body(kind: int, reader: _Reader) -> Body:
    match kind:
        case Kind.OPEN:
            timeout, _, _, _ = reader.take(4)
            id_, _ = reader.oid()
            return Open(reader.octets(), id_, timeout)
        case Kind.CLOSE:
            return Close(reader.take(4)[0])
        case Kind.REGISTER:
            timeout, priority, _, _ = reader.take(4)
            return Register(reader.oid()[0], priority, timeout)
        case Kind.GET:
            return Get(reader.ranges())
        case Kind.GET_NEXT:
            return GetNext(reader.ranges())
        case Kind.GET_BULK:
            non_repeaters, max_repetitions = reader.unpack("HH")
            return GetBulk(non_repeaters, max_repetitions, reader.ranges())
        case Kind.TEST_SET:
            return TestSet(reader.bindings())
        case Kind.NOTIFY:
            return Notify(reader.bindings())
        case Kind.RESPONSE:
            uptime, error, index = reader.unpack("IHH")
            return Response(error, index, reader.bindings(), uptime)
        case _:
            try:
                return Bare(Kind(kind))
            except ValueError:
                raise MalformedError(f"AgentX PDU type {kind}") from None


class _Reader:
    """Reads one payload from front to back."""

    def __init__(self, data: bytes, order: str) -> None:
        self._data = data
        self._order = order
        self._at = 0

    def take(self, count: int) -> bytes:
        data = self._data[self._at : self._at + count]
        if len(data) < count:
            raise MalformedError(f"an AgentX PDU that ends {count - len(data)} bytes too early")
        self._at += count
        return data

    def unpack(self, form: str) -> tuple[int, ...]:
        form = self._order + form
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def oid(self) -> tuple[Oid, bool]:
        """An object identifier and its ``include``."""
        count, prefix, include, _ = self.take(4)
        if count > MAX_SUBIDS:
            raise MalformedError(f"an object identifier of {count} parts")
        rest = self.unpack(f"{count}I")
        return ((*_INTERNET, prefix, *rest) if prefix else rest), bool(include)

    def octets(self) -> bytes:
        (length,) = self.unpack("I")
        data = self.take(length)
        self.take(-length % 4)
        return data

    def ranges(self) -> tuple[SearchRange, ...]:
        found = []
        while self._at < len(self._data):
            start, include = self.oid()
            found.append(SearchRange(start, self.oid()[0], include))
        return tuple(found)

    def bindings(self) -> tuple[VarBind, ...]:
        found = []
        while self._at < len(self._data):
            (number, _) = self.unpack("HH")
            try:
                kind = Type(number)
            except ValueError:
                raise MalformedError(f"a value of type {number}") from None
            name, _ = self.oid()
            found.append(VarBind(name, Value(kind, self._data_of(kind))))
        return tuple(found)

    def _data_of(self, kind: Type) -> int | bytes | Oid | None:
        match kind:
            case Type.INTEGER:
                return self.unpack("i")[0]
            case Type.COUNTER32 | Type.GAUGE32 | Type.TIME_TICKS:
                return self.unpack("I")[0]
            case Type.COUNTER64:
                return self.unpack("Q")[0]
            case Type.OCTET_STRING | Type.OPAQUE | Type.IP_ADDRESS:
                return self.octets()
            case Type.OBJECT_IDENTIFIER:
                return self.oid()[0]
            case _:
                return None
