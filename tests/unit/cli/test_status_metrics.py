"""Metrics of a status document: names, labels and values, and the form that scrapers insist on."""

from __future__ import annotations

import re

import pytest

from pykeepalived.cli.status_metrics import metrics, unreachable
from pykeepalived.daemon.reload_record import ReloadRecord
from pykeepalived.ipc.details import ServerReport, ServiceReport
from pykeepalived.ipc.messages import BfdSnapshot, BfdSnapshots, Process, RouterState
from pykeepalived.vrrp.settings import SyncGroupSettings
from tests.support.status_parts import REALTIME, document, instance, script, settings

SERVICE = "[192.0.2.1]:tcp:80"
SERVER = ServerReport("[10.0.0.1]:tcp:80", True, 3, 3)
DOWN = ServerReport("[10.0.0.2]:tcp:80", False, 2, 2)
_SAMPLE = re.compile(
    r'([a-z_][a-z0-9_]*)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? (\S+)'
)


def everything() -> str:
    session = BfdSnapshot("B1", "10.0.0.3", "Up", "Up", True, 0, 0, 1, 2, 10**7, 10**7, 3 * 10**7, 5, 5, 0)
    service = ServiceReport(SERVICE, True, True, 1, 0, 3, ("VI_1",), "", (SERVER, DOWN))
    return metrics(
        document(
            instance(detail={"trackers": (script(),), "discards": (("checksum", 3), ("auth_failure", 4))}),
            instance("VI_2", RouterState.MASTER),
            groups=(SyncGroupSettings("G1", ("VI_2",)),),
            services=(service,),
            other=(BfdSnapshots(1, (session,)),),
            held={"198.51.100.1"},
        )
    )


@pytest.mark.parametrize(
    "line",
    [
        "pykeepalived_up 1",
        'pykeepalived_process_answers{process="Keepalived_vrrp"} 1',
        'pykeepalived_vrrp_info{vrrp_instance="VI_2",interface="eth0",vrid="51",family="4",'
        'sync_group="G1"} 1',
        'pykeepalived_vrrp_state{vrrp_instance="VI_1",state="BACKUP"} 1',
        'pykeepalived_vrrp_state{vrrp_instance="VI_1",state="MASTER"} 0',
        'pykeepalived_vrrp_state{vrrp_instance="VI_2",state="MASTER"} 1',
        'pykeepalived_vrrp_priority{vrrp_instance="VI_1"} 100',
        'pykeepalived_vrrp_master_priority{vrrp_instance="VI_1"} 150',
        'pykeepalived_vrrp_last_transition_timestamp_seconds{vrrp_instance="VI_1"} 1799999995',
        'pykeepalived_vrrp_addresses{vrrp_instance="VI_1"} 1',
        'pykeepalived_vrrp_addresses_in_kernel{vrrp_instance="VI_2"} 1',
        'pykeepalived_vrrp_adverts_sent_total{vrrp_instance="VI_1"} 12',
        'pykeepalived_vrrp_adverts_received_total{vrrp_instance="VI_1"} 34',
        'pykeepalived_vrrp_became_master_total{vrrp_instance="VI_1"} 2',
        'pykeepalived_vrrp_refused_packets_total{vrrp_instance="VI_1"} 7',
        'pykeepalived_vrrp_refused_packets_total{vrrp_instance="VI_2"} 0',
        'pykeepalived_vrrp_refused_packets_by_reason_total{vrrp_instance="VI_1",reason="auth_failure"} 4',
        'pykeepalived_vrrp_tracker_points{vrrp_instance="VI_1",kind="script",name="chk"} 20',
        'pykeepalived_service_quorum_up{service="[192.0.2.1]:tcp:80"} 1',
        'pykeepalived_service_alive_weight{service="[192.0.2.1]:tcp:80"} 3',
        'pykeepalived_server_up{service="[192.0.2.1]:tcp:80",server="[10.0.0.2]:tcp:80"} 0',
        'pykeepalived_server_weight{service="[192.0.2.1]:tcp:80",server="[10.0.0.1]:tcp:80"} 3',
        'pykeepalived_bfd_session_up{session="B1",neighbor="10.0.0.3"} 1',
    ],
)
def test_a_metric_has_its_value(line: str) -> None:
    assert line in everything().splitlines()


def test_every_line_has_the_form_that_scrapers_read() -> None:
    declared: dict[str, str] = {}
    seen: set[str] = set()
    current = ""
    for line in everything().splitlines():
        if line.startswith("# HELP "):
            continue
        if line.startswith("# TYPE "):
            _, _, current, kind = line.split()
            assert current not in declared, "samples of a metric stand together"
            declared[current] = kind
            continue
        match = _SAMPLE.fullmatch(line)
        assert match is not None, line
        float(match[3])
        assert current == match[1]
        assert match[0].rpartition(" ")[0] not in seen, "a sample comes once"
        seen.add(match[0].rpartition(" ")[0])
    assert all(kind in ("gauge", "counter") for kind in declared.values())
    assert all(name.endswith("_total") for name, kind in declared.items() if kind == "counter")
    assert {"gauge"} == {kind for name, kind in declared.items() if not name.endswith("_total")}


def test_names_cannot_break_out_of_their_label() -> None:
    text = metrics(document(instance('a"b\\c'), routers=(settings('a"b\\c'),)))

    assert 'pykeepalived_vrrp_priority{vrrp_instance="a\\"b\\\\c"} 100' in text.splitlines()


def test_what_is_not_known_is_left_out() -> None:
    text = metrics(document(instance(state=RouterState.MASTER)))

    assert "addresses_in_kernel" not in text
    assert "master_priority" not in text
    assert "service" not in text


def test_a_process_that_does_not_answer_is_zero() -> None:
    text = metrics(document(silent=frozenset({Process.VRRP})))

    assert 'pykeepalived_process_answers{process="Keepalived_vrrp"} 0' in text.splitlines()


@pytest.mark.parametrize(("expected", "reasons"), [(1, ()), (0, ("x.conf:3: unknown word",))])
def test_the_last_reload_is_good_or_not(expected: int, reasons: tuple[str, ...]) -> None:
    text = metrics(document(last_reload=ReloadRecord(REALTIME, reasons)))

    assert f"pykeepalived_last_reload_successful {expected}" in text.splitlines()
    assert "pykeepalived_last_reload_timestamp_seconds 1800000000" in text.splitlines()


def test_a_daemon_that_does_not_answer_is_down() -> None:
    assert "pykeepalived_up 0" in unreachable().splitlines()
