"""In what order the actions of many routers leave the process."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from pykeepalived.daemon import vrrp_actions
from pykeepalived.daemon.vrrp_actions import Dispatcher, Runtime
from pykeepalived.vrrp.actions import PublicState, Reason, SendAdvertisement, StateChanged
from pykeepalived.vrrp.log import Log, LogEvent, LogLevel
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(vrrp_actions, "write", lambda line: said.append(f"log {line.name}"))
    return said


def dispatcher(happened: list[str]) -> Dispatcher:
    settings = [RouterSettings(name, "eth0", vrid) for vrid, name in ((1, "A"), (2, "B"))]
    transport, channels = Mock(), Mock()
    transport.send = lambda name, _priority: happened.append(f"advert {name}")
    channels.announce = lambda message: happened.append(f"tell {message.name}")
    channels.checker = None
    others: dict[str, Any] = dict.fromkeys(("addresses", "frames", "owned", "firewall", "announcer"), Mock())
    return Dispatcher(
        routers={one.name: Runtime(one, VirtualRouter(one)) for one in settings},
        transport=transport,
        channels=channels,
        post=Mock(),
        **others,
    )


def become_master(to: Dispatcher, name: str) -> None:
    to.perform(
        [
            (name, Log(LogLevel.INFO, LogEvent.ENTERING_STATE, name)),
            (name, SendAdvertisement(100)),
            (name, StateChanged(PublicState.BACKUP, PublicState.MASTER, Reason.STARTUP)),
        ]
    )


def test_at_a_start_no_advert_waits_for_what_is_told_of_the_routers_before_it(happened: list[str]) -> None:
    many = dispatcher(happened)

    with many.telling.last():
        become_master(many, "A")
        become_master(many, "B")

    assert ["advert A", "advert B", "tell A", "log A", "tell B", "log B"] == happened


def test_one_router_is_told_of_at_once(happened: list[str]) -> None:
    one = dispatcher(happened)
    with one.telling.last():
        pass

    become_master(one, "A")

    assert ["advert A", "tell A", "log A"] == happened


def test_what_was_held_is_told_also_when_the_start_fails(happened: list[str]) -> None:
    broken = dispatcher(happened)

    with pytest.raises(ZeroDivisionError), broken.telling.last():
        become_master(broken, "A")
        raise ZeroDivisionError

    assert ["advert A", "tell A", "log A"] == happened
