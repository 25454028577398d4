"""The sentences that say why an instance is in its state, and what would change it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pykeepalived.cli.status_explain import explain
from pykeepalived.cli.status_words import REFUSED, WHY
from pykeepalived.ipc.details import TransitionReport
from pykeepalived.ipc.messages import RouterState
from pykeepalived.vrrp.actions import Reason
from pykeepalived.vrrp.settings import SyncGroupSettings
from pykeepalived.wire.vrrp_receive import DiscardReason
from tests.support.status_parts import (
    NOW,
    REALTIME,
    SECOND,
    document,
    instance,
    peer,
    script,
    settings,
    stranger,
)

MASTER = RouterState.MASTER
FAULT = RouterState.FAULT


def said(*instances: Any, name: str = "VI_1", **more: Any) -> str:
    text = explain(document(*instances, **more), name)
    assert text is not None
    return text


def test_a_backup_names_its_master_and_compares_the_priorities() -> None:
    one = instance(effective_priority=120, detail={"trackers": (script(),)})

    text = said(one)

    assert "VI_1 (VRID 51 on eth0) is Backup, for 5.0s now." in text
    expected = "192.0.2.1 advertises priority 150, more than its own 120 = 100 + 20 (script chk succeeded)"
    assert f"{expected}; last heard 0.4s ago." in text


def test_a_backup_says_when_it_takes_over() -> None:
    text = said(instance())

    # Version 3: three adverts of 1 s and (256 - 100) / 256 s.
    assert "It takes over when no advert comes for 3.61 s (from now on: 3.00 s)" in text
    assert "It preempts a Master whose priority is below 100." in text


def test_what_the_kernel_refuses_is_said_with_its_reason_and_blamed_on_nobody() -> None:
    refused = (("198.51.100.1/32 dev eth0", "Permission denied"),)
    text = said(instance("VI_1", MASTER, detail={"refused": refused, "refused_in_all": 1}), held=frozenset())

    assert "The kernel refuses 198.51.100.1/32 dev eth0: Permission denied. It is tried again" in text
    assert "somebody has removed" not in text


def test_an_equal_master_stays() -> None:
    assert "Who is Master stays so among equals" in said(instance(master_priority=100))


def test_nopreempt_is_named() -> None:
    text = said(instance(master_priority=90), routers=(settings(preempt_mode=False),))

    assert "advertises priority 90, less than its own 100" in text
    assert "nopreempt forbids it to take over" in text
    assert "Whatever its priority, it does not preempt (nopreempt)." in text


def test_preempt_delay_is_counted_down() -> None:
    text = said(instance(master_priority=90, detail={"preempt_at": NOW + 7 * SECOND}))

    assert "It takes over in 7.00 s, when preempt_delay has passed." in text


def test_without_any_master_it_waits() -> None:
    text = said(instance(master_address=""))

    assert "It has heard no Master since it is Backup. Its own priority is 100." in text
    assert "preempts" not in text


def test_a_backup_that_its_group_holds_back_says_who() -> None:
    group = SyncGroupSettings("G1", ("VI_1", "VI_2"))
    one, other = instance(detail={"wants_master": True}), instance("VI_2")

    expected = "waits for the others of sync group G1: VI_2 is BACKUP."
    assert expected in said(one, other, groups=(group,))


def test_what_a_script_would_change_is_reckoned() -> None:
    one = instance(
        master_priority=110,
        detail={
            "trackers": (script(status=0), script("low", 5, 0), script("vital", 0), script("new", 9, None))
        },
    )
    text = said(one)

    assert 'With "script chk succeeded" its priority would be 120, above the Master\'s 110.' in text
    assert 'With "script low succeeded" its priority would be 105, not above the Master\'s 110.' in text
    assert 'It goes into Fault when interface eth0 goes down or "script vital failed".' in text
    assert "new" not in text.partition("would change")[2]


def test_a_priority_keeps_within_its_limits() -> None:
    one = instance(effective_priority=1, detail={"trackers": (script(weight=-200, status=0),)})

    assert "1 = 100 - 200 (script chk failed) = -100, and the limits are 1 and 254" in said(one)


def test_reverse_turns_the_sign_around() -> None:
    reverse = script(weight=-20, status=1, points=-20, reverse=True)  # "weight 20 reverse"
    one = instance(effective_priority=80, detail={"trackers": (reverse,)})

    assert 'With "script chk failed" its priority would be 100' in said(one)


def test_a_master_says_what_ends_it() -> None:
    text = said(instance(state=MASTER, effective_priority=120, detail={"trackers": (script(),)}))

    assert "It advertises priority 120 = 100 + 20 (script chk succeeded) every 1 s." in text
    assert "Nobody else advertises this virtual router." in text
    assert "An advert with a priority above 120 or with 120 from an address above 192.0.2.2 makes it" in text
    assert 'With "script chk failed" its priority would be 100.' in text


def test_a_master_knows_whom_it_would_fall_below() -> None:
    one = instance(
        state=MASTER,
        effective_priority=120,
        detail={"trackers": (script(),), "peers": (peer(priority=110, ago=40), peer("192.0.2.3", 150, 50))},
    )

    expected = "its priority would be 100, below that of 192.0.2.1 (which had 110 40.0s ago)."
    assert expected in said(one)


def test_the_owner_gives_way_to_nobody() -> None:
    text = said(instance(state=MASTER, effective_priority=255), routers=(settings(priority=255),))

    assert "It owns its addresses (priority 255): only a fault or a stop ends this." in text
    assert "An advert with" not in text


def test_a_second_master_is_told() -> None:
    text = said(instance(state=MASTER, detail={"peers": (peer(priority=90),)}))

    assert "192.0.2.1 is Master, too: it advertises priority 90 (ours is higher)" in text
    assert "Nobody else" not in text


@pytest.mark.parametrize(
    "changes", [{"ago": 20.0}, {"priority": 0}], ids=["silent for long", "has released it"]
)
def test_a_master_of_the_past_is_no_second_one(changes: dict[str, Any]) -> None:
    text = said(instance(state=MASTER, detail={"peers": (peer(**changes),)}))

    assert "Master, too" not in text


def test_a_master_remembers_who_was_before() -> None:
    stopped, silent = peer(ago=30, priority=0), peer("192.0.2.3", 150, 50)

    assert "; 192.0.2.1 did last, 30.0s ago, to say that it stops." in said(
        instance(state=MASTER, detail={"peers": (silent, stopped)})
    )
    assert "; 192.0.2.3 did last, 50.0s ago with priority 150." in said(
        instance(state=MASTER, detail={"peers": (silent,)})
    )


def test_a_better_router_that_fell_silent_may_be_behind_a_firewall() -> None:
    hint = "`pykeepalived sniff -i eth0` tells whether its adverts arrive here and a firewall drops them"

    assert hint in said(instance(state=MASTER, detail={"peers": (peer(priority=150, ago=50),)}))
    assert hint not in said(instance(state=MASTER, detail={"peers": (peer(priority=90, ago=50),)}))
    assert hint not in said(instance(state=MASTER, detail={"peers": (peer(priority=0, ago=50),)}))


def test_refused_packets_tell_what_differs() -> None:
    text = said(instance(state=MASTER, detail={"peers": (stranger(),)}))

    assert "Packets of 192.0.2.9 are refused because the password differs (auth_pass)" in text
    assert "(3 auth_failure; the last 0.4s ago: authentication failed). 192.0.2.9 may be Master, too." in text
    assert "Nobody else" not in text


def test_what_was_refused_long_ago_is_history() -> None:
    assert "refused" not in said(instance(detail={"peers": (peer(), stranger(ago=100))}))


def test_a_fault_names_every_cause() -> None:
    text = said(instance(state=FAULT, detail={"faults": ("interface eth0 down", "script chk failed")}))

    assert "It takes no part because of this: interface eth0 down." in text
    assert "It takes no part because of this: script chk failed." in text
    assert "takes over" not in text


def test_a_fault_of_the_group_is_traced_to_its_member() -> None:
    group = SyncGroupSettings("G1", ("VI_1", "VI_2"))
    one = instance(state=FAULT, detail={"faults": ("sync group G1",)})
    other = instance("VI_2", state=FAULT, detail={"faults": ("interface eth9 down", "sync group G1")})

    expected = "It takes no part because VI_2 of its sync group G1 cannot: interface eth9 down."
    assert expected in said(one, other, groups=(group,))


def test_a_sync_group_is_explained_by_its_members() -> None:
    group = SyncGroupSettings("G1", ("VI_1", "VI_2"))
    one = instance(detail={"wants_master": True})
    other = instance("VI_2", state=FAULT, detail={"faults": ("interface eth9 down", "sync group G1")})

    assert [
        "Sync group G1 is INIT. Its members change state together:",
        "- VI_1 is BACKUP and waits for the others.",
        "- VI_2 is FAULT: interface eth9 down.",
    ] == said(one, other, instance("VI_3"), groups=(group,), name="G1").splitlines()


def test_who_has_not_begun_says_what_it_waits_for() -> None:
    one = instance(state=RouterState.INIT, detail={"awaited": ("script chk not known yet",)})

    assert "It has not begun yet and waits for: script chk not known yet." in said(one)


def test_the_last_change_is_told_with_its_reason() -> None:
    change = TransitionReport(
        REALTIME,
        "MASTER",
        "BACKUP",
        Reason.HIGHER_PRIORITY.value,
        100,
        "192.0.2.1 has priority 150, ours is 100",
    )

    expected = "because an advert with a higher priority came (192.0.2.1 has priority 150, ours is 100)."
    assert expected in said(instance(detail={"transitions": (change,)}))


def test_an_address_that_is_missing_or_too_many_is_told() -> None:
    address = "198.51.100.1"

    assert f"does not have {address}/32 dev eth0" in said(instance(state=MASTER), held=set())
    assert f"has {address}/32 dev eth0 although it is not Master" in said(instance(), held={address})
    for fine in (
        said(instance(), held=set()),
        said(instance(state=MASTER), held={address}),
        said(instance()),
    ):
        assert address not in fine


def test_an_interface_that_is_not_tracked_causes_no_fault() -> None:
    text = said(instance(), routers=(settings(track_interface=False),))

    assert "Fault" not in text


def test_very_many_trackers_are_cut() -> None:
    one = instance(detail={"trackers": tuple(script(f"chk{number}", 1) for number in range(40))})

    assert 12 == said(one).count('With "')
    assert "28 more tracked things: see status VI_1." in said(one)


def test_an_unknown_instance_is_none() -> None:
    assert explain(document(instance()), "VI_2") is None


def test_every_reason_and_every_discard_has_words() -> None:
    assert set(Reason) == set(WHY)
    assert set(DiscardReason) == set(REFUSED)


def test_nothing_is_said_of_details_that_did_not_come() -> None:
    assert "VI_1" in said(replace(instance(), detail=None))
