"""What ``status`` prints: the tables, and what needs attention."""

from __future__ import annotations

import pytest

from pykeepalived.cli.status_text import attention, in_full, overview
from pykeepalived.cli.status_words import clock, duration, printable, seconds
from pykeepalived.daemon.reload_record import ReloadRecord, reload_record
from pykeepalived.ipc.details import ClaimReport, ServerReport, ServiceReport, TransitionReport
from pykeepalived.ipc.messages import (
    BfdSnapshot,
    BfdSnapshots,
    Process,
    RouterState,
    VerdictChanged,
)
from pykeepalived.vrrp.actions import Reason
from pykeepalived.vrrp.settings import SyncGroupSettings
from tests.support.status_parts import NOW, REALTIME, document, instance, peer, script, stranger

MASTER = RouterState.MASTER
SERVICE = "[192.0.2.1]:tcp:80"
UP = ServerReport("[10.0.0.1]:tcp:80", True, 3, 3)
DOWN = ServerReport("[10.0.0.2]:tcp:80", False, 2, 2)


def service(**changes: object) -> ServiceReport:
    fields: dict[str, object] = {
        "service": SERVICE, "present": True, "quorum_up": True, "quorum": 1, "hysteresis": 0,
        "alive_weight": 3, "owners": ("VI_1",), "servers": (UP, DOWN),
    }  # fmt: skip
    return ServiceReport(**(fields | changes))  # type: ignore[arg-type]


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_an_instance_is_a_line() -> None:
    text = overview(
        document(instance("VI_2", MASTER), instance(effective_priority=80), held={"198.51.100.1"})
    )

    assert "VI_2 MASTER 5.0s 100 eth0 51 - this one 1/1" in lines(text)
    assert "VI_1 BACKUP 5.0s 80 (100) eth0 51 - 192.0.2.1 (150) 1/1" in lines(text)


def test_a_service_is_a_line_and_so_are_its_servers() -> None:
    verdict = VerdictChanged(SERVICE, DOWN.server, False, "Connection refused")
    text = overview(document(services=(service(),), verdicts=(verdict,)))

    assert f"{SERVICE} up 3 (quorum 1)" in lines(text)
    assert f"{UP.server} up 3" in lines(text)
    assert f"{DOWN.server} DOWN 2 Connection refused" in lines(text)


def test_a_drained_server_has_its_weight_to_come_beside() -> None:
    made = document(services=(service(servers=(ServerReport("[10.0.0.3]:tcp:80", True, 0, 4),)),))
    made["services"][0]["servers"][0]["drained"] = True

    assert "[10.0.0.3]:tcp:80 drained 0 of 4" in lines(overview(made))


def test_a_service_whose_instance_is_not_master_says_so() -> None:
    text = overview(document(services=(service(present=False),)))

    assert f"{SERVICE} up 3 (quorum 1) not in the table: VI_1 is not Master" in lines(text)


def test_a_lost_quorum_needs_attention() -> None:
    made = document(services=(service(quorum_up=False, sorry="[10.0.0.9]:tcp:80"),))

    assert [f"{SERVICE} has no quorum: 1 of 2 down; [10.0.0.9]:tcp:80 answers instead"] == attention(made)


def test_groups_and_sessions_have_tables() -> None:
    group = SyncGroupSettings("G1", ("VI_1", "VI_2"))
    session = BfdSnapshot("B1", "10.0.0.3", "Up", "Up", True, 0, 0, 1, 2, 10**7, 10**7, 3 * 10**7, 5, 5, 0)
    text = overview(document(instance(), groups=(group,), other=(BfdSnapshots(1, (session,)),)))

    assert "G1 INIT VI_1, VI_2" in lines(text)
    assert "B1 10.0.0.3 Up 30 ms" in lines(text)


def test_a_daemon_without_anything_says_so() -> None:
    assert "No VRRP instance, virtual server or BFD session is configured." in overview(document())


def test_a_process_that_does_not_answer_is_told() -> None:
    text = overview(document(silent=frozenset({Process.VRRP})))

    assert "! Keepalived_vrrp does not answer" in text
    assert "is configured" not in text


def test_what_a_silent_process_said_last_is_told() -> None:
    made = document(instance("VI_1", MASTER), silent=frozenset({Process.VRRP}))
    made["instances"].clear()

    assert [
        "Keepalived_vrrp does not answer",
        "VI_1 was MASTER when it was last heard of, 5.0s ago",
    ] == attention(made)


def test_when_all_is_well_nothing_needs_attention() -> None:
    assert [] == attention(document(instance(), instance("VI_2", MASTER), services=(service(),)))


def test_what_is_wrong_with_an_instance_needs_attention() -> None:
    rival = instance(
        "VI_1", MASTER, detail={"peers": (peer(priority=90), stranger(auth_failure=2, checksum=9))}
    )
    fault = instance("VI_2", RouterState.FAULT, detail={"faults": ("interface eth0 down",)})
    early = instance("VI_3", RouterState.INIT, detail={"awaited": ("script chk not known yet",)})

    assert [
        "VI_1 is Master, and the kernel does not have 198.51.100.1/32 dev eth0",
        "VI_1: 192.0.2.1 is Master, too",
        "VI_1 refuses packets of 192.0.2.9 because their checksum is wrong",
        "VI_2: interface eth0 down",
        "VI_3 waits for: script chk not known yet",
    ] == attention(document(rival, fault, early, held=set()))


@pytest.mark.parametrize(
    ("times", "expected"), [(1, " ago: "), (2, " for the 2nd time: "), (11, " 11th "), (23, " 23rd ")]
)
def test_an_address_that_was_put_back_needs_attention_for_a_minute(times: int, expected: str) -> None:
    now = {"put_back": times, "put_back_at": NOW - 5 * 10**9}
    before = {"put_back": times, "put_back_at": NOW - 61 * 10**9}

    (line,) = attention(document(instance("VI_1", MASTER, detail=now)))
    assert line.startswith("VI_1: an address was added again 5.0s ago")
    assert expected in line
    assert [] == attention(document(instance("VI_1", MASTER, detail=before)))


def test_what_the_kernel_refuses_needs_attention_once() -> None:
    refused = (("198.51.100.1/32 dev eth0", "Permission denied"), ("route 203.0.113.0/28", "no way"))
    made = document(
        instance("VI_1", MASTER, detail={"refused": refused, "refused_in_all": 5}), held=frozenset()
    )

    assert [
        "VI_1: the kernel refuses 198.51.100.1/32 dev eth0: Permission denied",
        "VI_1: the kernel refuses route 203.0.113.0/28: no way",
        "VI_1: the kernel refuses 3 more of its addresses, routes and rules",
    ] == attention(made)


def test_another_host_with_an_address_of_a_master_needs_attention() -> None:
    since = {"claims": (ClaimReport("192.0.2.1/24", "eth0", "52:54:00:aa:bb:cc", 2, NOW - 3 * 10**9),)}
    before = {"claims": (ClaimReport("192.0.2.1/24", "eth0", "", 2, NOW - 60 * 10**9),)}

    expected = "192.0.2.1/24 dev eth0 is used by 52:54:00:aa:bb:cc as well, who last said so 3.0s ago"
    assert [f"VI_1: {expected}"] == attention(document(instance("VI_1", MASTER, detail=since)))
    assert [] == attention(document(instance("VI_1", MASTER, detail=before)))
    assert expected not in overview(document(instance("VI_1", detail=since)))


def test_a_refused_reload_needs_attention_and_a_good_one_does_not() -> None:
    reasons = ["x.conf:3: unknown word", "x.conf:9: bad number"]
    refused = document(last_reload=reload_record(REALTIME, reasons))

    expected = (
        f"the reload of {clock(REALTIME / 10**9)} was refused, what ran before goes on: x.conf:3: unknown"
    )
    (line,) = attention(refused)
    assert line.startswith(expected)
    assert line.endswith(" (and 1 more)")
    assert [] == attention(document(last_reload=ReloadRecord(REALTIME)))


def test_what_needs_attention_may_come_first() -> None:
    made = document(instance("VI_1", RouterState.FAULT, detail={"faults": ("interface eth0 down",)}))

    assert "! VI_1: interface eth0 down" == lines(overview(made))[-1]
    assert "! VI_1: interface eth0 down" == lines(overview(made, noted_first=True))[2]


def test_an_instance_in_full_has_all_there_is() -> None:
    change = TransitionReport(REALTIME, "INIT", "BACKUP", Reason.STARTUP.value, 100)
    one = instance(
        effective_priority=120,
        detail={
            "trackers": (script(), script("vital", 0, group="G1"), script("late", 3, None)),
            "peers": (peer(), stranger()),
            "peers_left_out": 4,
            "discards": (("auth_failure", 3),),
            "transitions": (change,),
        },
    )
    text = lines(in_full(document(one, held=set())["instances"][0]))

    assert "router VRID 51 on eth0, VRRPv3 over IPv4, an advert every 1 s, from 192.0.2.2" in text
    assert "priority 120 = 100 + 20 (script chk succeeded)" in text
    assert "master 192.0.2.1 with priority 150, heard 0.4s ago" in text
    assert "script chk succeeded +20 +20 -" in text
    assert "script vital succeeded fault +0 G1" in text
    assert "script late not known yet +3 not known -" in text
    assert "198.51.100.1/32 dev eth0 no" in text
    assert "192.0.2.1 7 0.4s 1 s 150 pseudo-header - -" in text
    assert "192.0.2.9 0 - - - - 3 auth_failure 0.4s ago: authentication failed" in text
    assert "and 4 more" in text
    assert "adverts 12 sent, 34 received" in text
    assert "mastership 2 times gained, 1 times lost" in text
    assert "refused 3 auth_failure" in text
    assert f"{clock(REALTIME / 10**9)} INIT -> BACKUP, priority 100, it was started" in text


def test_no_reason_of_a_server_reaches_the_terminal_as_a_command() -> None:
    verdict = VerdictChanged(SERVICE, DOWN.server, False, "says \033[2J\r\x9b")
    text = printable(overview(document(services=(service(),), verdicts=(verdict,))))

    assert not any((ord(one) < 32 and one != "\n") or one == "\x9b" for one in text)
    assert "says" in text


def test_an_address_in_the_wrong_place_stands_out() -> None:
    (one,) = document(instance(state=MASTER), held=set())["instances"]

    assert "198.51.100.1/32 dev eth0 ! no, and should be" in lines(in_full(one))


@pytest.mark.parametrize(
    ("expected", "given"),
    [("-", None), ("0.0s", -3.0), ("4.2s", 4.2), ("3m10s", 190), ("5h02m", 18120), ("1d01h", 90000)],
)
def test_durations_are_short(expected: str, given: float | None) -> None:
    assert expected == duration(given)


@pytest.mark.parametrize(("expected", "given"), [("0.008 s", 0.0084), ("3.61 s", 3.609), ("40 s", 40.2)])
def test_seconds_are_as_exact_as_wanted(expected: str, given: float) -> None:
    assert expected == seconds(given)
