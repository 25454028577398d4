"""Generic netlink against the running kernel's own controller family, which needs no privilege."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import pytest

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.kernel.genl import (
    BATCH,
    CTRL_ATTR_FAMILY_NAME,
    CTRL_CMD_GETFAMILY,
    GENL_ID_CTRL,
    GenlSocket,
    attribute,
    attributes,
    nested,
)

KNOWN = (CTRL_CMD_GETFAMILY, attribute(CTRL_ATTR_FAMILY_NAME, b"nlctrl\0"))
UNKNOWN = (CTRL_CMD_GETFAMILY, attribute(CTRL_ATTR_FAMILY_NAME, b"no-such-family\0"))


@pytest.fixture
def controller() -> Iterator[GenlSocket]:
    socket = GenlSocket("nlctrl", 2)
    yield socket
    socket.close()


def test_attributes_are_padded_and_read_back() -> None:
    data = attribute(1, b"abc") + nested(2, attribute(3, b"\x07"))

    assert 20 == len(data)
    found = attributes(data)
    assert (b"abc", b"\x07") == (bytes(found[1]), bytes(attributes(found[2])[3]))


@pytest.mark.parametrize("data", [b"\x03\0\x01\0", b"\x09\0\x01\0abcd"], ids=["too short", "too long"])
def test_a_broken_attribute_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="netlink attribute"):
        attributes(data)


def test_a_family_that_the_kernel_lacks_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        GenlSocket("no-such-family")


def test_the_controller_resolves_itself(controller: GenlSocket) -> None:
    answer = attributes(controller.request(*KNOWN))

    assert GENL_ID_CTRL == int.from_bytes(answer[1], "little")


def test_a_dump_gives_many_messages(controller: GenlSocket) -> None:
    names = [bytes(attributes(message)[2]) for message in controller.dump(CTRL_CMD_GETFAMILY)]

    assert b"nlctrl\0" in names


def test_a_refused_request_raises(controller: GenlSocket) -> None:
    with pytest.raises(KernelRefusedError) as caught:
        controller.request(*UNKNOWN)
    assert errno.ENOENT == caught.value.errno


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1, 3 * BATCH + 7])
def test_each_refusal_of_a_batch_is_told_apart_and_the_rest_is_carried_out(
    controller: GenlSocket, count: int
) -> None:
    bad = {0, count // 2, count - 1}
    commands = [UNKNOWN if index in bad else KNOWN for index in range(count)]

    assert dict.fromkeys(bad, errno.ENOENT) == controller.execute(commands)


def test_the_socket_is_usable_after_refusals_and_answers_of_a_batch(controller: GenlSocket) -> None:
    controller.execute([KNOWN, UNKNOWN, KNOWN])

    assert controller.request(*KNOWN)
    assert {} == controller.execute([KNOWN] * 5)
    assert {} == controller.execute([])
