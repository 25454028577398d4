"""Messages over a socket pair: order, size, a partner that is slow, and one that died."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pykeepalived.ipc import framing
from pykeepalived.ipc.framing import CHUNK_BYTES, Link, decode, encode, packets, socket_pair
from pykeepalived.ipc.messages import Message, RunScript, ScriptUser, Stop, VerdictChanged


def pair() -> tuple[Link, Link]:
    one, other = socket_pair()
    return Link(one), Link(other)


def everything(sender: Link, receiver: Link) -> list[Message]:
    got: list[Message] = []
    while True:
        sender.flush()
        part = receiver.receive(1000)
        got += part
        if not part and not sender.pending:
            return got


words = st.text(max_size=200)
messages = st.builds(VerdictChanged, words, words, st.booleans(), words) | st.builds(Stop, words)


@settings(max_examples=50)
@given(st.lists(messages, max_size=20))
def test_messages_arrive_whole_and_in_order(sent: list[Message]) -> None:
    sender, receiver = pair()
    for message in sent:
        sender.send(message)
    assert sent == everything(sender, receiver)
    sender.close()
    receiver.close()


@given(st.integers(0, 3), st.integers(-2, 2))
def test_packets_join_to_what_was_cut(chunks: int, difference: int) -> None:
    data = bytes(max(0, chunks * CHUNK_BYTES + difference))
    cut = packets(data)
    assert data == b"".join(packet[1:] for packet in cut)
    assert [1] * (len(cut) - 1) + [0] == [packet[0] for packet in cut]
    assert all(len(packet) <= CHUNK_BYTES + 1 for packet in cut)


def test_a_message_larger_than_any_socket_buffer_arrives() -> None:
    sender, receiver = pair()
    message = Stop("x" * 3_000_000)
    sender.send(message)
    assert sender.pending
    assert [message] == everything(sender, receiver)


def test_a_partner_that_does_not_read_makes_nobody_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_QUEUED_MESSAGES", 10)
    sender, receiver = pair()
    for number in range(2000):
        sender.send(Stop(f"{number}"))
    assert 0 < sender.dropped < 2000
    got = everything(sender, receiver)
    assert 2000 - sender.dropped == len(got)
    numbers = [int(message.reason) for message in got if isinstance(message, Stop)]
    assert sorted(numbers) == numbers
    assert 1999 == numbers[-1]


def test_large_messages_are_never_torn_by_dropping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_QUEUED_MESSAGES", 2)
    sender, receiver = pair()
    for letter in "abcdef":
        sender.send(Stop(letter * 300_000))
    got = everything(sender, receiver)
    assert all(len(set(message.reason)) == 1 for message in got if isinstance(message, Stop))
    assert ["a", "f"] == [m.reason[0] for m in (got[0], got[-1]) if isinstance(m, Stop)]


def test_the_end_of_a_partner_is_noticed() -> None:
    one, other = pair()
    one.close()
    assert [] == other.receive(10)
    assert other.closed


def test_sending_to_a_dead_partner_never_raises_and_is_counted() -> None:
    one, other = pair()
    other.close()
    one.send(Stop())
    one.send(Stop())
    assert 2 == one.dropped


def test_last_words_of_a_dead_partner_are_read_even_after_a_failed_send() -> None:
    one, other = pair()
    other.send(Stop("last words"))
    other.close()
    one.send(Stop("too late"))
    assert [Stop("last words")] == one.receive(10)
    assert one.closed


def test_last_words_of_a_partner_that_did_not_read_ours_are_heard() -> None:
    one, other = (Link(end) for end in socket_pair())
    one.send(Stop("never read"))
    other.send(Stop("one"))
    other.send(Stop("two"))
    other.close()
    assert [Stop("one"), Stop("two")] == one.receive(10)
    assert one.closed


def test_nobody_waits_for_a_message_that_does_not_come() -> None:
    one, other = pair()
    assert [] == one.receive(10)
    assert not one.closed
    del other


def test_the_limit_of_a_batch_leaves_the_rest_in_the_socket() -> None:
    sender, receiver = pair()
    for number in range(5):
        sender.send(Stop(str(number)))
    assert 2 == len(receiver.receive(2))
    assert 3 == len(receiver.receive(10))


def test_text_of_a_script_may_be_any() -> None:
    message = RunScript(("/bin/x", 'a "quoted"\nword', "ü"), ScriptUser(1, 2, (3, 4)), "n")
    assert message == decode(encode(message))


def test_ends_do_not_block_and_are_not_inherited() -> None:
    one, other = socket_pair()
    assert not one.getblocking()
    assert not one.get_inheritable()
    assert socket.SOCK_SEQPACKET == one.type
    one.close()
    other.close()
