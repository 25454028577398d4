"""Interfaces whose changes are delayed or that are polled."""

from __future__ import annotations

from pykeepalived.tracking.links import POLL_INTERVAL_NS, LinkStates
from pykeepalived.tracking.settings import LinkDelay, PolledLink

SECOND = 1_000_000_000
DELAYED = LinkDelay("eth0", down_ns=2 * SECOND, up_ns=SECOND)


def test_without_settings_netlink_alone_counts() -> None:
    links = LinkStates()
    assert not links.observed("eth0", False, 0)
    assert links.up("eth0") is None
    assert links.deadline is None


def test_a_change_counts_when_it_has_lasted() -> None:
    links = LinkStates([DELAYED])
    assert links.observed("eth0", True, 0)
    assert not links.observed("eth0", False, SECOND)
    assert links.up("eth0")
    assert 3 * SECOND == links.deadline
    assert [] == links.expired(3 * SECOND - 1)
    assert ["eth0"] == links.expired(3 * SECOND)
    assert links.up("eth0") is False


def test_a_change_that_comes_back_is_none() -> None:
    links = LinkStates([DELAYED])
    links.observed("eth0", True, 0)
    links.observed("eth0", False, SECOND)
    assert not links.observed("eth0", True, 2 * SECOND)
    assert links.deadline is None
    assert [] == links.expired(9 * SECOND)
    assert links.up("eth0")


def test_a_second_word_of_the_same_change_does_not_put_it_off() -> None:
    links = LinkStates([DELAYED])
    links.observed("eth0", True, 0)
    links.observed("eth0", False, SECOND)
    links.observed("eth0", False, 2 * SECOND)
    assert 3 * SECOND == links.deadline


def test_an_interface_that_was_never_up_comes_up_at_once() -> None:
    links = LinkStates([DELAYED])
    links.observed("eth0", False, 0)
    assert links.observed("eth0", True, 1)
    assert links.up("eth0")


def test_polls_are_due_every_second_and_count_at_once() -> None:
    links = LinkStates([LinkDelay("eth0", down_ns=SECOND)], [PolledLink("eth0")])
    assert links.poll_due(5)
    assert not links.poll_due(6)
    assert 5 + POLL_INTERVAL_NS == links.deadline
    assert links.poll_due(5 + POLL_INTERVAL_NS)
    links.observed("eth0", True, 7)
    assert links.observed("eth0", False, 8)


def test_a_reload_keeps_what_is_known_of_the_same_interface() -> None:
    links = LinkStates([DELAYED])
    links.observed("eth0", True, 0)
    links.configure([LinkDelay("eth0", down_ns=5 * SECOND)], [])
    assert links.up("eth0")
    links.configure([], [])
    assert links.up("eth0") is None
