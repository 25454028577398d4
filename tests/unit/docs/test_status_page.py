"""docs/status.md shows what the commands print, and describes every field of the document and every metric.

``UPDATE_GOLDEN=1`` writes the examples anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.cli.status_explain import explain
from pykeepalived.cli.status_metrics import metrics
from pykeepalived.cli.status_text import in_full, overview
from pykeepalived.daemon.reload_record import ReloadRecord
from pykeepalived.ipc.details import ServerReport, ServiceReport, TransitionReport
from pykeepalived.ipc.messages import (
    BfdSnapshot,
    BfdSnapshots,
    RouterState,
    VerdictChanged,
)
from pykeepalived.vrrp.actions import Reason
from pykeepalived.vrrp.settings import SyncGroupSettings, UnicastPeer, VirtualAddress
from tests.support.status_parts import REALTIME, document, instance, peer, script, settings, stranger

PAGE = Path(__file__).parents[3] / "docs/status.md"
SERVICE = "[198.51.100.1]:tcp:80"
TRACKER = script("chk_haproxy")
FAILED = script("chk_haproxy", status=0)


def site() -> dict[str, Any]:
    """A router that is Master of one instance and Backup of another, and refuses a stranger."""
    virtual = VirtualAddress(IPv4Address("203.0.113.7"), 24, "eth1")
    second = settings("VI_2", interface="eth1", vrid=52, addresses=(virtual,))
    started = TransitionReport(REALTIME - 5 * 10**9, "INIT", "BACKUP", Reason.STARTUP.value, 100)
    servers = (
        ServerReport("[10.0.0.1]:tcp:80", False, 3, 3),
        ServerReport("[10.0.0.2]:tcp:80", True, 2, 2),
    )
    return document(
        instance("VI_1", RouterState.MASTER, effective_priority=120, detail={"trackers": (TRACKER,)}),
        instance(
            "VI_2",
            master_priority=110,
            detail={
                "trackers": (FAILED,),
                "peers": (peer(priority=110), stranger(auth_failure=6)),
                "transitions": (started,),
            },
        ),
        routers=(settings("VI_1"), second),
        services=(ServiceReport(SERVICE, True, True, 1, 0, 2, ("VI_1",), "", servers),),
        verdicts=(VerdictChanged(SERVICE, "[10.0.0.1]:tcp:80", False, "Connection refused"),),
        held={"198.51.100.1"},
        last_reload=ReloadRecord(REALTIME - 50 * 10**9),
    )


def _undated(text: str) -> str:
    """Without the time zone's idea of when that was."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2027-01-15 07:59:55", text)


def examples() -> list[str]:
    made = site()
    explanation = explain(made, "VI_2")
    assert explanation is not None
    return [overview(made), _undated(in_full(made["instances"][1])), _undated(explanation)]


def test_the_page_shows_what_the_commands_print() -> None:
    page = PAGE.read_text(encoding="utf-8")
    starts = ("Daemon of ", "VI_2\n", "VI_2 (VRID")
    for start, text in zip(starts, examples(), strict=True):
        (block,) = [
            block for block in re.findall(r"^```\n(.*?)^```", page, re.M | re.S) if block.startswith(start)
        ]
        if os.environ.get("UPDATE_GOLDEN"):
            page = page.replace(block, text)
            PAGE.write_text(page, encoding="utf-8")
        else:
            assert text == block


def _fields(value: Any, path: str = "") -> Iterator[str]:
    """``instances[].priority.base`` for every field; what is below counters and the like is not a field."""
    match value:
        case dict() if path.rpartition(".")[2] in ("counters", "discards", "checksum_forms", "processes"):
            yield path
        case dict():
            for name, part in value.items():
                yield from _fields(part, f"{path}.{name}" if path else name)
        case list() if value and isinstance(value[0], dict):
            yield from _fields(value[0], f"{path}[]")
        case _:
            yield path


@pytest.fixture(scope="module")
def fields() -> set[str]:
    """Of a document that has one of everything."""
    session = BfdSnapshot("B1", "10.0.0.3", "Up", "Up", True, 0, 0, 1, 2, 10**7, 10**7, 3 * 10**7, 5, 5, 0)
    change = TransitionReport(REALTIME, "INIT", "BACKUP", Reason.STARTUP.value, 100, "why")
    service = ServiceReport(SERVICE, True, True, 1, 0, 3, (), "", (ServerReport("a", True, 1, 1),))
    one = instance(detail={"trackers": (TRACKER,), "peers": (peer(),), "transitions": (change,)})
    router = settings(peers=(UnicastPeer(IPv4Address("10.0.0.4")),))
    made = document(
        one, routers=(router,), groups=(SyncGroupSettings("G1", ("VI_1",)),), services=(service,),
        other=(BfdSnapshots(1, (session,)),), held=set(), last_reload=ReloadRecord(1),
    )  # fmt: skip
    return set(_fields(made))


def test_every_field_of_the_document_is_described_and_no_other(fields: set[str]) -> None:
    page = PAGE.read_text(encoding="utf-8").partition("## The document")[2].partition("\n## ")[0]
    described: set[str] = set()
    for prefix, rows in re.findall(r"^### (.*?)\n(.*?)(?=^###|\Z)", page, re.M | re.S):
        for cell in re.findall(r"^\| (`.*?) \|", rows, re.M):
            path = prefix.strip("`") if "`" in prefix else ""
            described |= {f"{path}.{name}".lstrip(".") for name in re.findall(r"`([^`]+)`", cell)}
    assert fields == described


def test_every_metric_is_described() -> None:
    page = PAGE.read_text(encoding="utf-8").partition("## Metrics")[2]
    session = BfdSnapshot("B1", "10.0.0.3", "Up", "Up", True, 0, 0, 1, 2, 10**7, 10**7, 3 * 10**7, 5, 5, 0)
    made = site()
    made["bfd"] = document(other=(BfdSnapshots(1, (session,)),))["bfd"]
    made["instances"][0]["discards"] = {"checksum": 1}
    names = set(re.findall(r"^# TYPE pykeepalived_(\S+)", metrics(made), re.M))

    rows = re.findall(r"^\| (`.*?) \|", page, re.M)
    assert names == {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}
