"""AgentX, the protocol between an SNMP agent and its subagents (RFC 2741): what PDUs hold.

Their bytes are the business of :mod:`pykeepalived.wire.agentx_codec`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pykeepalived.base.errors import PykeepalivedError

Oid = tuple[int, ...]

VERSION = 1
HEADER_BYTES = 20
MAX_PAYLOAD_BYTES = 1 << 20
"""More than any request of a master agent needs; a longer PDU is not waited for."""
MAX_SUBIDS = 128
"""RFC 2741 section 5.1: an object identifier has at most this many parts."""


class MalformedError(PykeepalivedError):
    """Bytes that are no AgentX PDU."""


class Kind(enum.IntEnum):
    """``h.type`` (section 6.1)."""

    OPEN = 1
    CLOSE = 2
    REGISTER = 3
    UNREGISTER = 4
    GET = 5
    GET_NEXT = 6
    GET_BULK = 7
    TEST_SET = 8
    COMMIT_SET = 9
    UNDO_SET = 10
    CLEANUP_SET = 11
    NOTIFY = 12
    PING = 13
    INDEX_ALLOCATE = 14
    INDEX_DEALLOCATE = 15
    ADD_AGENT_CAPS = 16
    REMOVE_AGENT_CAPS = 17
    RESPONSE = 18


class Flag(enum.IntFlag):
    """``h.flags`` (section 6.1)."""

    INSTANCE_REGISTRATION = 0x01
    NEW_INDEX = 0x02
    ANY_INDEX = 0x04
    NON_DEFAULT_CONTEXT = 0x08
    NETWORK_BYTE_ORDER = 0x10


class Type(enum.IntEnum):
    """``v.type`` of a variable binding (section 5.4)."""

    INTEGER = 2
    OCTET_STRING = 4
    NULL = 5
    OBJECT_IDENTIFIER = 6
    IP_ADDRESS = 64
    COUNTER32 = 65
    GAUGE32 = 66
    TIME_TICKS = 67
    OPAQUE = 68
    COUNTER64 = 70
    NO_SUCH_OBJECT = 128
    NO_SUCH_INSTANCE = 129
    END_OF_MIB_VIEW = 130


class Error(enum.IntEnum):
    """``res.error`` (section 6.2.16; those below 256 are SNMP's)."""

    NONE = 0
    GENERAL = 5
    WRONG_TYPE = 7
    WRONG_VALUE = 10
    NO_CREATION = 11
    COMMIT_FAILED = 14
    UNDO_FAILED = 15
    NOT_WRITABLE = 17
    OPEN_FAILED = 256
    NOT_OPEN = 257
    INDEX_WRONG_TYPE = 258
    INDEX_ALREADY_ALLOCATED = 259
    INDEX_NONE_AVAILABLE = 260
    INDEX_NOT_ALLOCATED = 261
    UNSUPPORTED_CONTEXT = 262
    DUPLICATE_REGISTRATION = 263
    UNKNOWN_REGISTRATION = 264
    UNKNOWN_AGENT_CAPS = 265
    PARSE = 266
    REQUEST_DENIED = 267
    PROCESSING = 268


class CloseReason(enum.IntEnum):
    """``c.reason`` (section 6.2.2)."""

    OTHER = 1
    PARSE_ERROR = 2
    PROTOCOL_ERROR = 3
    TIMEOUTS = 4
    SHUTDOWN = 5
    BY_MANAGER = 6


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value; ``data`` is an int, bytes (IP_ADDRESS: four of them), an object identifier or None."""

    type: Type
    data: int | bytes | Oid | None = None


@dataclass(frozen=True, slots=True)
class VarBind:
    """A value and its name."""

    name: Oid
    value: Value


@dataclass(frozen=True, slots=True)
class SearchRange:
    """``start`` itself counts when ``include``; ``end`` (empty: none) never does."""

    start: Oid
    end: Oid = ()
    include: bool = False


# ---------------------------------------------------------------- bodies


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a session; ``timeout_s`` 0 leaves it to the master."""

    description: bytes
    id: Oid = ()
    timeout_s: int = 0


@dataclass(frozen=True, slots=True)
class Close:
    """End a session."""

    reason: int = CloseReason.SHUTDOWN


@dataclass(frozen=True, slots=True)
class Register:
    """This subtree is ours; a smaller ``priority`` wins."""

    subtree: Oid
    priority: int = 127
    timeout_s: int = 0


@dataclass(frozen=True, slots=True)
class Get:
    """The values of exactly these names."""

    ranges: tuple[SearchRange, ...]


@dataclass(frozen=True, slots=True)
class GetNext:
    """The first value in each range."""

    ranges: tuple[SearchRange, ...]


@dataclass(frozen=True, slots=True)
class GetBulk:
    """One value for the first ``non_repeaters`` ranges, up to ``max_repetitions`` for each other."""

    non_repeaters: int
    max_repetitions: int
    ranges: tuple[SearchRange, ...]


@dataclass(frozen=True, slots=True)
class TestSet:
    """Would these values be taken?"""

    bindings: tuple[VarBind, ...]


@dataclass(frozen=True, slots=True)
class Bare:
    """A PDU without a body that we look into: Ping, CommitSet, UndoSet, CleanupSet and foreign ones."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Notify:
    """A trap; the first binding is snmpTrapOID.0."""

    bindings: tuple[VarBind, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to any of them; ``index`` counts from 1 and names the binding that ``error`` is about."""

    error: int = 0
    index: int = 0
    bindings: tuple[VarBind, ...] = ()
    uptime_cs: int = 0


Body = Open | Close | Register | Get | GetNext | GetBulk | TestSet | Bare | Notify | Response


@dataclass(frozen=True, slots=True)
class Pdu:
    """One message; ``context`` is empty unless the default one was not meant."""

    body: Body
    session: int = 0
    transaction: int = 0
    packet: int = 0
    context: bytes = b""
