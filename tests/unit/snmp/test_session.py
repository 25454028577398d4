"""An AgentX session: opening, registering, answering, pinging, and losing the master (RFC 2741)."""

from __future__ import annotations

from typing import Any, cast

import pytest

from pykeepalived.ipc.management import Adjustable, SettingChange
from pykeepalived.snmp.mib import Column, Mib, Table, integer
from pykeepalived.snmp.session import (
    ANSWERS_AT_ONCE,
    MAX_BINDINGS,
    MAX_RANGES,
    PATIENCE_NS,
    PING_NS,
    SNMP_TRAP_OID,
    Action,
    Apply,
    Connect,
    Disconnect,
    Log,
    Send,
    Session,
    Stage,
    Trap,
)
from pykeepalived.wire import agentx
from pykeepalived.wire.agentx import Error, Kind, Pdu, Response, SearchRange, Type, Value, VarBind
from pykeepalived.wire.agentx_codec import encode, take
from tests.unit.snmp.tables import MIB, ROOT

S = 1_000_000_000
OTHER = (1, 3, 6, 1, 2, 1, 68)


def sent(actions: list[Action]) -> list[Pdu]:
    pdus = []
    for action in actions:
        if isinstance(action, Send):
            pdu, _ = take(action.data)
            assert pdu is not None
            pdus.append(pdu)
    return pdus


def opened(*subtrees: agentx.Oid, now: int = 0) -> Session:
    session = Session("unix:/m", subtrees, now)
    session.tick(now)
    (request,) = sent(session.connected(now))
    for pdu in sent(session.received(encode(Pdu(Response(), 9, 0, request.packet)), now)):
        session.received(encode(Pdu(Response(), 9, 0, pdu.packet)), now)
    return session


def ask(session: Session, body: agentx.Body, *, context: bytes = b"", mib: Mib = MIB) -> Response:
    assert [] == session.received(encode(Pdu(body, 9, 77, 5, context)), 0)
    (answer,) = sent(session.answer(mib))
    assert (9, 77, 5) == (answer.session, answer.transaction, answer.packet)
    assert isinstance(answer.body, Response)
    return answer.body


def test_it_connects_opens_and_registers_each_subtree() -> None:
    session = Session("unix:/m", (ROOT, OTHER), 0)
    assert [Connect()] == session.tick(0)
    (request,) = sent(session.connected(0))
    assert isinstance(request.body, agentx.Open)
    actions = session.received(encode(Pdu(Response(), 9, 0, request.packet)), 0)
    assert [agentx.Register(ROOT), agentx.Register(OTHER)] == [pdu.body for pdu in sent(actions)]
    assert {9} == {pdu.session for pdu in sent(actions)}
    assert Stage.OPEN is session.stage


def test_a_subtree_that_somebody_else_has_is_named_and_the_others_are_served() -> None:
    session = Session("unix:/m", (ROOT, OTHER), 0)
    session.tick(0)
    (request,) = sent(session.connected(0))
    first, _ = sent(session.received(encode(Pdu(Response(), 9, 0, request.packet)), 0))
    (line,) = session.received(encode(Pdu(Response(Error.DUPLICATE_REGISTRATION), 9, 0, first.packet)), 0)
    assert isinstance(line, Log) and "from somebody else already" in line.text
    assert Stage.OPEN is session.stage


def test_values_are_got_by_name() -> None:
    response = ask(opened(ROOT), agentx.Get((SearchRange((*ROOT, 1, 2, 7)), SearchRange((*ROOT, 1, 9, 7)))))
    assert (VarBind((*ROOT, 1, 2, 7), integer(70)),) == response.bindings[:1]
    assert Type.NO_SUCH_OBJECT is response.bindings[1].value.type


def test_bulk_goes_row_by_row_until_the_end() -> None:
    ranges = (SearchRange((*ROOT, 1, 1)), SearchRange((*ROOT, 1, 2)), SearchRange((*ROOT, 1, 3)))
    response = ask(opened(ROOT), agentx.GetBulk(1, 2, ranges))
    names = [binding.name[len(ROOT) :] for binding in response.bindings]
    assert [(1, 2, 3), (1, 2, 3), (1, 3, 3), (1, 2, 7), (2, 1, 0)] == names


def test_bulk_has_a_bound_of_its_own() -> None:
    response = ask(opened(ROOT), agentx.GetBulk(0, 65535, (SearchRange((1, 3)),)))
    assert Type.END_OF_MIB_VIEW is response.bindings[-1].value.type
    one = Column(1, "n", lambda row: integer(row))
    long = Mib((Table(ROOT, (one,), lambda _: [((n,), n) for n in range(9999)]),), cast(Any, None))
    many = (SearchRange(ROOT),) * 3
    bindings = ask(opened(ROOT), agentx.GetBulk(0, 65535, many), mib=long).bindings
    assert MAX_BINDINGS - 3 < len(bindings) <= MAX_BINDINGS


def test_too_many_names_at_once_are_refused() -> None:
    ranges = (SearchRange(ROOT),) * (MAX_RANGES + 1)
    for body in (agentx.Get(ranges), agentx.GetNext(ranges), agentx.GetBulk(0, 1, ranges)):
        assert Response(Error.PROCESSING) == ask(opened(ROOT), body)


def test_many_requests_are_answered_by_and_by() -> None:
    session = opened(ROOT)
    session.received(encode(Pdu(agentx.Get((SearchRange(ROOT),)), 9, 1, 2)) * (ANSWERS_AT_ONCE + 1), 0)
    assert [ANSWERS_AT_ONCE, 1, 0] == [len(sent(session.answer(MIB))) for _ in range(3)]


SMALL = (*ROOT, 1, 3, 3)


def wish(value: int, name: agentx.Oid = SMALL) -> VarBind:
    return VarBind(name, integer(value))


def settle(session: Session, kind: Kind, transaction: int = 77) -> list[Action]:
    session.received(encode(Pdu(agentx.Bare(kind), 9, transaction, 5)), 0)
    return session.answer(MIB)


def priorities(*values: int) -> Apply:
    return Apply(tuple(SettingChange(Adjustable.PRIORITY, "row 3", value) for value in values))


def errors(actions: list[Action]) -> list[int]:
    return [pdu.body.error for pdu in sent(actions) if isinstance(pdu.body, Response)]


def test_what_is_set_is_applied_at_commit_and_taken_back_at_undo() -> None:
    session = opened(ROOT)
    assert Response() == ask(session, agentx.TestSet((wish(8), wish(9))))
    new, old = (
        [SettingChange(Adjustable.PRIORITY, "row 3", value) for value in values]
        for values in ((8, 9), (3, 3))
    )
    committed = settle(session, Kind.COMMIT_SET)
    assert (Apply(tuple(new)), [Error.NONE]) == (committed[0], errors(committed))
    undone = settle(session, Kind.UNDO_SET)
    assert (Apply(tuple(old)), [Error.NONE]) == (undone[0], errors(undone))


@pytest.mark.parametrize(
    ("binding", "error"),
    [
        (wish(1, (*ROOT, 1, 2, 7)), Error.NOT_WRITABLE),
        (wish(1, (1, 3, 6, 1)), Error.NOT_WRITABLE),
        (wish(1, (*ROOT, 1, 3, 4)), Error.NO_CREATION),
        (wish(1, (*ROOT, 1, 3, 7)), Error.NO_CREATION),
        (VarBind(SMALL, Value(Type.OCTET_STRING, b"4")), Error.WRONG_TYPE),
        (wish(100), Error.WRONG_VALUE),
    ],
)
def test_of_several_all_are_set_or_none(binding: VarBind, error: Error) -> None:
    session = opened(ROOT)
    assert Response(error, 2) == ask(session, agentx.TestSet((wish(8), binding)))
    assert [Error.COMMIT_FAILED] == errors(settle(session, Kind.COMMIT_SET))


def test_a_commit_is_of_the_transaction_that_was_tested_last() -> None:
    session = opened(ROOT)
    assert [Error.COMMIT_FAILED] == errors(settle(session, Kind.COMMIT_SET))
    assert Response() == ask(session, agentx.TestSet((wish(8),)))
    assert [Error.COMMIT_FAILED] == errors(settle(session, Kind.COMMIT_SET, transaction=78))
    assert [] == session.received(encode(Pdu(agentx.Bare(Kind.CLEANUP_SET), 9, 77, 5)), 0)
    assert [Error.UNDO_FAILED] == errors(settle(session, Kind.UNDO_SET))


def test_other_contexts_are_refused() -> None:
    request = agentx.Get((SearchRange((*ROOT, 1, 2, 7)),))
    assert Response(Error.UNSUPPORTED_CONTEXT) == ask(opened(ROOT), request, context=b"vrf")


def test_a_request_of_another_session_is_refused_at_once() -> None:
    request = Pdu(agentx.Get((SearchRange(ROOT),)), 8, 1, 2)
    (answer,) = sent(opened(ROOT).received(encode(request), 0))
    assert Response(Error.NOT_OPEN) == answer.body


def test_a_silent_master_is_asked_and_then_left() -> None:
    session = opened(ROOT)
    assert PING_NS == session.deadline
    (ping,) = sent(session.tick(PING_NS))
    assert agentx.Bare(Kind.PING) == ping.body
    actions = session.tick(PING_NS + PATIENCE_NS)
    assert Disconnect() == actions[0]
    assert Stage.PAUSING is session.stage
    assert [Connect()] == session.tick(PING_NS + PATIENCE_NS + S)


def test_a_ping_that_is_answered_keeps_the_session() -> None:
    session = opened(ROOT)
    (ping,) = sent(session.tick(PING_NS))
    session.received(encode(Pdu(Response(), 9, 0, ping.packet)), PING_NS + S)
    assert PING_NS + S + PING_NS == session.deadline
    assert Stage.OPEN is session.stage


def test_a_master_that_is_not_there_is_named_once_and_tried_less_and_less() -> None:
    session = Session("unix:/m", (ROOT,), 0)
    now, pauses, lines = 0, [], []
    for _ in range(6):
        assert [Connect()] == session.tick(now)
        lines += session.lost("No such file or directory", now)
        assert session.deadline is not None
        pauses.append((session.deadline - now) // S)
        now = session.deadline
    assert [1, 2, 4, 8, 15, 15] == pauses
    assert 1 == len(lines)


def test_bytes_that_are_no_agentx_end_the_connection() -> None:
    session = opened(ROOT)
    actions = session.received(b"\x02garbage", 0)
    (goodbye,) = sent(actions)
    assert agentx.Close(agentx.CloseReason.PARSE_ERROR) == goodbye.body
    assert Disconnect() in actions
    assert Stage.PAUSING is session.stage


def test_traps_wait_for_a_master_and_name_themselves_first() -> None:
    session = Session("unix:/m", (), 0)
    trap = Trap((*ROOT, 0, 1), (VarBind((*ROOT, 1, 2), integer(5)),))
    assert [] == session.notify([trap], 0)
    session.tick(0)
    (request,) = sent(session.connected(0))
    (notify,) = sent(session.received(encode(Pdu(Response(), 9, 0, request.packet)), 0))
    name = VarBind(SNMP_TRAP_OID, Value(Type.OBJECT_IDENTIFIER, (*ROOT, 0, 1)))
    assert agentx.Notify((name, *trap.bindings)) == notify.body


def test_every_trap_has_its_time_to_be_answered() -> None:
    session = opened(ROOT)
    (first,) = sent(session.notify([Trap(ROOT, ())], PING_NS - 1))
    assert PING_NS - 1 + PATIENCE_NS == session.deadline
    (second,) = sent(session.notify([Trap(ROOT, ())], PING_NS))
    session.received(encode(Pdu(Response(), 9, 0, first.packet)), PING_NS + S)
    assert PING_NS + S + PATIENCE_NS == session.deadline
    session.received(encode(Pdu(Response(), 9, 0, second.packet)), PING_NS + S)
    assert PING_NS + S + PING_NS == session.deadline


def test_it_says_goodbye() -> None:
    session = opened(ROOT)
    actions = session.close(0)
    assert [agentx.Close(agentx.CloseReason.SHUTDOWN)] == [pdu.body for pdu in sent(actions)]
    assert Disconnect() == actions[-1]
    assert session.deadline is None


def test_pdus_may_arrive_in_pieces() -> None:
    session = opened(ROOT)
    data = encode(Pdu(agentx.Get((SearchRange((*ROOT, 1, 2, 7)),)), 9, 1, 2)) * 2
    for at in range(len(data)):
        session.received(data[at : at + 1], 0)
    assert 2 == len(sent(session.answer(MIB)))
