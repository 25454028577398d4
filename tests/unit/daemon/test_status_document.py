"""The status document: what is reckoned in it, and that every part arrives."""

from __future__ import annotations

import json
from ipaddress import IPv4Address

import pytest

from pykeepalived.ipc.details import ServerReport, ServiceReport
from pykeepalived.ipc.messages import Process, RouterState, VerdictChanged
from pykeepalived.vrrp.settings import (
    Authentication,
    AuthenticationKind,
    Hmac,
    HmacKey,
    RouterSettings,
    VirtualAddress,
)
from pykeepalived.vrrp.virtual_link import VirtualLink
from tests.support.status_parts import NOW, SECOND, document, instance, peer, settings

SERVICE = "[192.0.2.1]:tcp:80"


def virtual(interface: str, **changes: bool) -> VirtualAddress:
    return VirtualAddress(IPv4Address("198.51.100.9"), 32, interface, **changes)  # type: ignore[arg-type]


def test_it_is_plain_json() -> None:
    made = document(instance(), instance("VI_2", RouterState.MASTER))

    assert made == json.loads(json.dumps(made))


def test_the_down_interval_follows_the_masters_interval_and_our_priority() -> None:
    slow = instance("VI_1", master_adver_interval_ns=2 * SECOND, effective_priority=128)
    old = instance("VI_2", effective_priority=128)

    (three, two) = document(slow, old, routers=(settings("VI_1"), settings("VI_2", version=2)))["instances"]

    # Three intervals and the skew: 128/256 of the Master's interval, in version 2 of a second.
    assert (7.0, 3.5) == (three["master_down_interval_s"], two["master_down_interval_s"])


def test_what_is_left_never_is_negative() -> None:
    (one,) = document(instance(detail={"master_down_at": NOW - SECOND, "preempt_at": NOW + SECOND}))[
        "instances"
    ]

    assert (0.0, 1.0) == (one["master_down_in_s"], one["preempt_in_s"])


def test_the_silence_of_the_master_is_that_of_its_ledger() -> None:
    peers = (peer("192.0.2.3", ago=0.1), peer(ago=0.7))
    (one,) = document(instance(detail={"peers": peers}))["instances"]

    assert 0.7 == one["master"]["silent_s"]
    assert [0.1, 0.7] == [each["silent_s"] for each in one["peers"]]


def test_a_master_follows_no_master() -> None:
    (one,) = document(instance(state=RouterState.MASTER, master_address="192.0.2.2"))["instances"]

    assert one["master"] is None
    assert one["master_down_in_s"] is None


@pytest.mark.parametrize(
    ("expected", "router"),
    [
        (["eth0"], settings()),
        ([], settings(track_interface=False)),
        (["eth0", "eth1"], settings(addresses=(virtual("eth1"),))),
        (["eth0"], settings(addresses=(virtual("eth1", no_track=True),))),
        (["eth0", "eth2"], settings(needed_interfaces=("eth2",))),
        (["eth0"], settings(addresses=(virtual("vrrp.51"),), links=(VirtualLink("vrrp.51", "eth0", 4),))),
    ],
    ids=["its own", "not tracked", "of an address", "no_track", "of a route", "made by itself"],
)
def test_the_interfaces_it_needs(expected: list[str], router: RouterSettings) -> None:
    (one,) = document(instance(), routers=(router,))["instances"]

    assert expected == one["needs_interfaces"]


@pytest.mark.parametrize(
    ("expected", "router"),
    [
        (None, settings()),
        ("PASS", settings(authentication=Authentication(AuthenticationKind.PASS, b"secret1"))),
        ("HMAC", settings(hmac=Hmac((HmacKey(1, b"x" * 32),), 1))),
    ],
)
def test_authentication_is_named_and_no_secret_told(expected: str | None, router: RouterSettings) -> None:
    made = document(instance(), routers=(router,))

    assert expected == made["instances"][0]["authentication"]
    assert "secret1" not in json.dumps(made)
    assert "xxxx" not in json.dumps(made)


def test_a_server_that_is_down_has_its_reason_and_one_that_is_up_has_none() -> None:
    servers = (ServerReport("a", True, 1, 1), ServerReport("b", False, 1, 1))
    verdicts = (
        VerdictChanged(SERVICE, "a", True, "old news"),
        VerdictChanged(SERVICE, "b", False, "timeout"),
        VerdictChanged("another", "a", False, "of another service"),
    )
    report = ServiceReport(SERVICE, True, True, 1, 0, 1, (), "", servers)

    (service,) = document(services=(report,), verdicts=verdicts)["services"]

    assert [(None, False), ("timeout", False)] == [
        (each["reason"], each["drained"]) for each in service["servers"]
    ]


def test_an_instance_that_a_reload_took_away_meanwhile_is_left_out() -> None:
    gone = document(instance("VI_9"))
    assert ["VI_9"] == [one["name"] for one in gone["instances"]]

    assert [] == document(instance("VI_9"), removed={"VI_9"})["instances"]


def test_who_does_not_answer_is_named_and_what_it_said_last_is_there() -> None:
    made = document(instance(), silent=frozenset({Process.CHECKER}))

    assert ["Keepalived_healthcheckers"] == made["daemon"]["silent"]
    assert [("instance", "VI_1", "BACKUP", 5.0)] == [
        (one["kind"], one["name"], one["state"], one["for_s"]) for one in made["last_known"]
    ]
