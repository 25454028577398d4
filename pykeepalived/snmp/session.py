"""One session with the master agent (RFC 2741): who says what when.  Pure.

The process feeds in what happened and carries out what comes back.  Requests wait in ``waiting`` until the
process has a state that is fresh enough and calls :meth:`Session.answer`.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.ipc.management import SettingChange
from pykeepalived.snmp.mib import Mib, Write
from pykeepalived.wire import agentx
from pykeepalived.wire.agentx import Body, Error, Kind, Oid, Pdu, Response, SearchRange, VarBind
from pykeepalived.wire.agentx_codec import encode, take

PING_NS = 15 * NANOSECONDS_PER_SECOND
"""How long a master may be silent before it is asked whether it is there, as in net-snmp."""
PATIENCE_NS = 5 * NANOSECONDS_PER_SECOND
"""How long an answer of the master may take, and connecting to it."""
FIRST_PAUSE_NS = NANOSECONDS_PER_SECOND
LONGEST_PAUSE_NS = 15 * NANOSECONDS_PER_SECOND
MAX_WAITING = 1000
MAX_TRAPS = 1000
"""Traps kept while there is no master: the oldest go first."""
MAX_RANGES = 1000
"""Names in one request; snmpd asks for some dozens at most."""
MAX_BINDINGS = 1000
"""Values in one answer to GetBulk; a master that asks for more gets the rest with its next request."""
ANSWERS_AT_ONCE = 16

DESCRIPTION = b"Keepalived"
"""What keepalived calls itself to the master."""

SNMP_TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
"""snmpTrapOID.0 (RFC 3418)."""


class Stage(enum.Enum):
    """How far a session has come."""

    PAUSING = "pausing"
    CONNECTING = "connecting"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect to the master; tell ``connected`` or ``lost``."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes to the master."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Close the connection; ``lost`` need not be told."""


@dataclass(frozen=True, slots=True)
class Log:
    """A line for the log."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A manager set these."""

    changes: tuple[SettingChange, ...]


Action = Connect | Send | Disconnect | Log | Apply


@dataclass(frozen=True, slots=True)
class Trap:
    """A notification: its name and what goes with it."""

    name: Oid
    bindings: tuple[VarBind, ...]


class Session:
    """Reaches the master at ``address`` (for the log) and registers ``subtrees`` there."""

    def __init__(self, address: str, subtrees: Sequence[Oid], now: int) -> None:
        self._address = address
        self._subtrees = tuple(subtrees)
        self.stage = Stage.PAUSING
        self._buffer = bytearray()
        self.waiting: deque[Pdu] = deque()
        self._traps: deque[Trap] = deque(maxlen=MAX_TRAPS)
        self._session = 0
        self._packet = 0
        self._asked: dict[int, Body] = {}
        self._next_at = now
        self._pause_ns = FIRST_PAUSE_NS
        self._complained = False
        self._tested: tuple[int, tuple[Write, ...]] | None = None
        """The transaction that was found good last, and what it does."""

    @property
    def deadline(self) -> int | None:
        """When ``tick`` has something to do."""
        return None if self.stage is Stage.CLOSED else self._next_at

    # ------------------------------------------------------------ connection

    def tick(self, now: int) -> list[Action]:
        """Time went by."""
        if now < self._next_at:
            return []
        match self.stage:
            case Stage.PAUSING:
                self.stage = Stage.CONNECTING
                self._next_at = now + PATIENCE_NS
                return [Connect()]
            case Stage.CONNECTING | Stage.OPENING:
                return [Disconnect(), *self.lost("no answer", now)]
            case Stage.OPEN:
                if self._asked:
                    return [Disconnect(), *self.lost("no answer", now)]
                return [self._ask(agentx.Bare(Kind.PING), now)]
            case Stage.CLOSED:
                return []

    def connected(self, now: int) -> list[Action]:
        """The connection stands."""
        self.stage = Stage.OPENING
        self._asked.clear()
        self._buffer.clear()
        self._session = 0
        return [self._ask(agentx.Open(DESCRIPTION), now)]

    def lost(self, why: str, now: int) -> list[Action]:
        """The connection could not be made, or broke."""
        if self.stage is Stage.CLOSED:
            return []
        actions: list[Action] = []
        if self.stage is Stage.OPEN:
            actions.append(Log("warning", f"SNMP master agent {self._address} is gone: {why}"))
        elif not self._complained:
            actions.append(
                Log("warning", f"cannot reach the SNMP master agent {self._address}: {why}; trying on")
            )
            self._complained = True
        self.stage = Stage.PAUSING
        self._next_at = now + self._pause_ns
        self._pause_ns = min(self._pause_ns * 2, LONGEST_PAUSE_NS)
        self.waiting.clear()
        self._asked.clear()
        self._buffer.clear()
        return actions

    def close(self, now: int) -> list[Action]:
        """Say goodbye; nothing happens afterwards."""
        actions: list[Action] = []
        if self.stage is Stage.OPEN:
            actions.append(self._ask(agentx.Close(agentx.CloseReason.SHUTDOWN), now))
        if self.stage is not Stage.PAUSING:
            actions.append(Disconnect())
        self.stage = Stage.CLOSED
        return actions

    # ------------------------------------------------------------ what comes in

    def received(self, data: bytes, now: int) -> list[Action]:
        """Bytes of the master."""
        self._buffer += data
        actions: list[Action] = []
        while self.stage in (Stage.OPENING, Stage.OPEN):
            try:
                pdu, taken = take(self._buffer)
            except agentx.MalformedError as problem:
                goodbye = Pdu(agentx.Close(agentx.CloseReason.PARSE_ERROR), self._session)
                actions += [Send(encode(goodbye)), Disconnect(), *self.lost(str(problem), now)]
                break
            if pdu is None:
                break
            del self._buffer[:taken]
            actions += self._take(pdu, now)
        return actions

    def _take(self, pdu: Pdu, now: int) -> list[Action]:
        match pdu.body:
            case Response() as response:
                return self._answered(pdu.session, pdu.packet, response, now)
            case agentx.Close(reason=reason):
                return [Disconnect(), *self.lost(f"it closed the session (reason {reason})", now)]
            case agentx.Bare(kind=Kind.CLEANUP_SET):
                self._tested = None
                return []  # the only PDU without a response (RFC 2741 section 7.2.4.4)
            case _ if self.stage is Stage.OPEN and pdu.session == self._session:
                self._next_at = now + PING_NS if not self._asked else self._next_at
                if len(self.waiting) < MAX_WAITING:
                    self.waiting.append(pdu)
                    return []
                return [_reply(pdu, Response(Error.PROCESSING))]
            case _:
                return [_reply(pdu, Response(Error.NOT_OPEN))]

    def _answered(self, session: int, packet: int, response: Response, now: int) -> list[Action]:
        asked = self._asked.pop(packet, None)
        self._next_at = now + (PATIENCE_NS if self._asked else PING_NS)
        match asked:
            case agentx.Open() if response.error:
                return [Disconnect(), *self.lost(f"it refused the session ({response.error})", now)]
            case agentx.Open():
                return self._opened(session, now)
            case agentx.Register(subtree=subtree) if response.error:
                return [Log("warning", _refusal(subtree, response.error))]
            case agentx.Bare() if response.error:
                return [Disconnect(), *self.lost(f"it does not know this session ({response.error})", now)]
            case _:
                return []

    def _opened(self, session: int, now: int) -> list[Action]:
        self.stage = Stage.OPEN
        self._session = session
        self._pause_ns = FIRST_PAUSE_NS
        self._complained = False
        registrations = [self._ask(agentx.Register(subtree), now) for subtree in self._subtrees]
        return [
            Log("info", f"connected to the SNMP master agent {self._address}"),
            *registrations,
            *self._send_traps(now),
        ]

    # ------------------------------------------------------------ answers

    def asks_below(self, root: Oid) -> bool:
        """Whether a request that waits begins below this subtree."""
        return any(
            one.start[: len(root)] == root
            for pdu in self.waiting
            if isinstance(pdu.body, agentx.Get | agentx.GetNext | agentx.GetBulk)
            for one in pdu.body.ranges
        )

    def answer(self, mib: Mib) -> list[Action]:
        """Answer the requests that have waited longest, as many as take no noticeable time."""
        pdus = [self.waiting.popleft() for _ in range(min(len(self.waiting), ANSWERS_AT_ONCE))]
        actions: list[Action] = []
        for pdu in pdus:
            match pdu.body:
                case agentx.TestSet(bindings=bindings) if not pdu.context:
                    actions.append(_reply(pdu, self._test(pdu.transaction, bindings, mib)))
                case agentx.Bare(kind=Kind.COMMIT_SET | Kind.UNDO_SET as kind) if not pdu.context:
                    actions += self._settle(pdu, undo=kind is Kind.UNDO_SET)
                case _:
                    actions.append(_reply(pdu, _response(pdu, mib)))
        return actions

    # ------------------------------------------------------------ writing

    def _test(self, transaction: int, bindings: Sequence[VarBind], mib: Mib) -> Response:
        """All of them or none (RFC 2741 section 7.2.4.1)."""
        self._tested = None
        writes = []
        for index, binding in enumerate(bindings, 1):
            write = mib.test(binding)
            if not isinstance(write, Write):
                return Response(write, index)
            writes.append(write)
        self._tested = (transaction, tuple(writes))
        return Response()

    def _settle(self, pdu: Pdu, *, undo: bool) -> list[Action]:
        """CommitSet, or UndoSet after it: of the transaction that was tested last, no other."""
        if self._tested is None or self._tested[0] != pdu.transaction:
            return [_reply(pdu, Response(Error.UNDO_FAILED if undo else Error.COMMIT_FAILED, 1))]
        writes = self._tested[1]
        changes = [write.undo for write in reversed(writes)] if undo else [write.change for write in writes]
        return [Apply(tuple(changes)), _reply(pdu, Response())]

    # ------------------------------------------------------------ traps

    def notify(self, traps: Iterable[Trap], now: int) -> list[Action]:
        """Send traps, or keep them until there is a master."""
        self._traps.extend(traps)
        return self._send_traps(now) if self.stage is Stage.OPEN else []

    def _send_traps(self, now: int) -> list[Action]:
        actions: list[Action] = []
        while self._traps:
            trap = self._traps.popleft()
            name = VarBind(SNMP_TRAP_OID, agentx.Value(agentx.Type.OBJECT_IDENTIFIER, trap.name))
            actions.append(self._ask(agentx.Notify((name, *trap.bindings)), now))
        return actions

    def _ask(self, body: Body, now: int) -> Send:
        if not self._asked:
            self._next_at = now + PATIENCE_NS
        self._packet = (self._packet + 1) & 0xFFFFFFFF
        self._asked[self._packet] = body
        return Send(encode(Pdu(body, self._session, 0, self._packet)))


def _reply(pdu: Pdu, response: Response) -> Send:
    return Send(encode(Pdu(response, pdu.session, pdu.transaction, pdu.packet)))


def _response(pdu: Pdu, mib: Mib) -> Response:
    if pdu.context:
        return Response(Error.UNSUPPORTED_CONTEXT)
    match pdu.body:
        case agentx.Get(ranges=ranges) | agentx.GetNext(ranges=ranges) | agentx.GetBulk(ranges=ranges) if (
            len(ranges) > MAX_RANGES
        ):
            return Response(Error.PROCESSING)
        case agentx.Get(ranges=ranges):
            return Response(bindings=tuple(mib.get(one.start) for one in ranges))
        case agentx.GetNext(ranges=ranges):
            return Response(bindings=tuple(mib.after(one.start, one.end, one.include) for one in ranges))
        case agentx.GetBulk(non_repeaters=single, max_repetitions=most, ranges=ranges):
            return Response(bindings=tuple(_bulk(mib, ranges, single, most)))
        case _:
            return Response(Error.PARSE)


def _bulk(mib: Mib, ranges: Sequence[SearchRange], single: int, most: int) -> Iterable[VarBind]:
    """RFC 2741 section 7.2.3.4: row by row over the repeated ranges, until all of them are at their ends."""
    for one in ranges[:single]:
        yield mib.after(one.start, one.end, one.include)
    repeated = list(ranges[single:])
    for _ in range(min(most, max(1, MAX_BINDINGS // max(1, len(repeated))))):
        row = [mib.after(one.start, one.end, one.include) for one in repeated]
        yield from row
        if all(binding.value.type is agentx.Type.END_OF_MIB_VIEW for binding in row):
            return
        repeated = [SearchRange(binding.name, one.end) for one, binding in zip(repeated, row, strict=True)]


def _refusal(subtree: Oid, error: int) -> str:
    name = ".".join(map(str, subtree))
    if error == Error.DUPLICATE_REGISTRATION:
        return f"the SNMP master agent has .{name} from somebody else already; it is not served by us"
    return f"the SNMP master agent does not let us serve .{name} (error {error})"
