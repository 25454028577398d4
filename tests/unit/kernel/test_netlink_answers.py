"""Answers to netlink requests: awaited without asking twice, and not for ever."""

import pytest

from pykeepalived.kernel.netlink import Pending, RequestSocket, message

UNKNOWN_KIND = 999


def test_a_kernel_that_does_not_answer_is_not_waited_for_without_end() -> None:
    requests = RequestSocket(timeout_seconds=0.05)
    unanswered = Pending(requests, 7, 7)
    with pytest.raises(TimeoutError, match="does not answer"):
        unanswered.collect()
    requests.close()


def test_a_refusal_is_read_when_the_request_has_returned() -> None:
    requests = RequestSocket()
    refused = requests.run([message(UNKNOWN_KIND, 0, b"")])
    assert [0] == [one.index for one in refused]
    requests.close()


def test_many_refusals_find_room_in_a_small_buffer() -> None:
    requests = RequestSocket()
    requests.set_buffer(1, forced=False)
    wrong = [message(UNKNOWN_KIND, 0, b"")] * 300
    assert list(range(300)) == [one.index for one in requests.run(wrong)]
    requests.close()


def test_batches_whose_answers_nobody_has_read_yet_leave_room_for_more() -> None:
    requests = RequestSocket()
    requests.set_buffer(10_000, forced=False)
    pending = [requests.send([message(UNKNOWN_KIND, 0, b"")] * 5) for _ in range(40)]
    assert [[0, 1, 2, 3, 4]] * 40 == [[one.index for one in batch.collect()] for batch in pending]
    requests.close()


def test_answers_may_be_read_in_any_order() -> None:
    requests = RequestSocket()
    first, second = (requests.send([message(UNKNOWN_KIND, 0, b"")] * count) for count in (2, 3))
    assert (3, 2, 2) == (len(second.collect()), len(first.collect()), len(first.collect()))
    requests.close()
