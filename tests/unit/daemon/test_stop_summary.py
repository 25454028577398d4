"""The log of a stop: every server of some, a count of thousands, and never a lost notification."""

from __future__ import annotations

from ipaddress import ip_address

from pykeepalived.daemon.stop_summary import FIRST_LINES, MOST_LINES, summarised
from pykeepalived.lvs.events import Action, Log, ServerNotify, TableChanged
from pykeepalived.lvs.service import DestinationKey


def stop_of(servers: int) -> list[Action]:
    return [TableChanged(), *(Log(f"Shutting down service {n}") for n in range(servers))]


def test_each_of_some_servers_has_its_line() -> None:
    assert stop_of(MOST_LINES) == summarised(stop_of(MOST_LINES))


def test_thousands_are_counted_behind_the_first() -> None:
    count = Log(f"Shutting down {10_000 - FIRST_LINES} more services of virtual servers")

    assert [*stop_of(FIRST_LINES), count] == summarised(stop_of(10_000))


def test_notifications_between_the_lines_stay_in_order() -> None:
    key = DestinationKey(ip_address("192.0.2.1"), 80)
    told: list[Action] = [ServerNotify("pool", key, f"server {n}", False) for n in range(2)]
    actions = [told[0], *stop_of(5000), told[1]]

    assert told == [action for action in summarised(actions) if isinstance(action, ServerNotify)]
    assert told[1] == summarised(actions)[-1]
