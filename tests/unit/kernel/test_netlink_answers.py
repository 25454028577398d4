"""Answers to netlink requests: awaited without asking twice, and not for ever."""

import pytest

from pykeepalived.kernel.netlink import Pending, RequestSocket, message

UNKNOWN_KIND = 999


def test_a_kernel_that_does_not_answer_is_not_waited_for_without_end() -> None:
    requests = RequestSocket(timeout_seconds=0.05)
    unanswered = Pending(requests._socket, 7, 7)
    with pytest.raises(TimeoutError, match="does not answer"):
        unanswered.collect()
    requests.close()


def test_a_refusal_is_read_when_the_request_has_returned() -> None:
    requests = RequestSocket()
    refused = requests.run([message(UNKNOWN_KIND, 0, b"")])
    assert [0] == [one.index for one in refused]
    requests.close()
