"""Each kind of check against each way to fail, as one table: what the verdict says.

What goes beyond the table (resets, slow loris, endless data, certificates, masks, weights) is in the files
beside this one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from pykeepalived.checkers.bfd import verdict_of
from pykeepalived.checkers.port import registry
from pykeepalived.health.settings import (
    CheckKind,
    Connection,
    DnsTarget,
    FileTarget,
    MiscTarget,
    PingTarget,
    Target,
    UdpTarget,
)
from pykeepalived.health.verdict import ProbeNotRunError
from tests.contract.test_checkers_contract import CASES
from tests.contract.test_other_checks_contract import (
    LOCALHOST,
    LONG_NS,
    SHORT_NS,
    dns_answer,
    probe,
    run,
    udp_server,
)
from tests.support import loopback

COLUMNS = "refuse", "time-out", "slow", "wrong answer", "cancel"
GOOD, ENDS = "good", "ends at once, no verdict"
NOT = ""
"""This cannot happen to it: TCP_CHECK hears no answer, an echo is right or none, a file and a session of BFD
are looked at in no time."""

TABLE = {
    # kind:          refuse                 time-out                  slow  wrong answer             cancel
    CheckKind.TCP:  ("Connection refused",  "no answer in time",      NOT,  NOT,                     ENDS),
    CheckKind.HTTP: ("Connection refused",  "no connection in time",  GOOD, "503",                   ENDS),
    CheckKind.SSL:  ("Connection refused",  "no connection in time",  GOOD, "503",                   ENDS),
    CheckKind.SMTP: ("Connection refused",  "no connection in time",  GOOD, "421",                   ENDS),
    CheckKind.DNS:  ("Connection refused",  "no answer in time",      GOOD, "SERVFAIL",              ENDS),
    CheckKind.UDP:  ("Connection refused",  "no reply in time",       GOOD, "reply",                 ENDS),
    CheckKind.PING: (NOT,                   "no answer in time",      NOT,  NOT,                     ENDS),
    CheckKind.MISC: ("cannot be run",       "it took too long",       GOOD, "exited with status 3",  ENDS),
    CheckKind.FILE: (NOT,                   NOT,                      NOT,  "number",                NOT),
    CheckKind.BFD:  (NOT,                   NOT,                      NOT,  "BFD session b is down", NOT),
}  # fmt: skip
TCP_CASES = {case.kind: case for case in CASES}
REQUEST = b"ping"


@contextlib.asynccontextmanager
async def connected(kind: CheckKind, what: str, phase_ns: int) -> AsyncIterator[Target]:
    """Kinds over TCP."""
    case = TCP_CASES[kind]

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        await case.good(reader, writer)

    if what in ("slow", "wrong answer"):
        behaviour = slow if what == "slow" else case.wrong
        assert behaviour is not None
        async with loopback.tcp_server(behaviour, loopback.tls_context() if case.tls else None) as port:
            yield case.target(Connection(LOCALHOST, port), phase_ns)
        return
    with loopback.closed_port() if what == "refuse" else loopback.full_backlog() as port:
        yield case.target(Connection(LOCALHOST, port), phase_ns)


@contextlib.asynccontextmanager
async def over_udp(kind: CheckKind, what: str) -> AsyncIterator[Target]:
    def target(to: Connection) -> Target:
        if kind is CheckKind.DNS:
            return DnsTarget(to)
        return UdpTarget(to, REQUEST, require_reply=True, reply=b"pong", reply_mask=b"\xff" * 4)

    def right(data: bytes) -> bytes:
        return dns_answer(data) if kind is CheckKind.DNS else b"pong"

    def wrong(data: bytes) -> bytes:
        return dns_answer(data, flags=0x8182) if kind is CheckKind.DNS else b"gone"

    if what == "refuse":
        with loopback.closed_port() as port:
            yield target(Connection(LOCALHOST, port))
    elif what == "slow":
        async with udp_server(lambda data: [right(data)], after_s=0.05) as to:
            yield target(to)
    else:
        async with udp_server(lambda data: [wrong(data)] if what == "wrong answer" else []) as to:
            yield target(to)


def alone(kind: CheckKind, what: str, folder: Path) -> Target:
    """Kinds that ask no server."""
    if kind is CheckKind.PING:
        return PingTarget(Connection(LOCALHOST, 0))
    if kind is CheckKind.FILE:
        (folder / "number").write_text("7")
        return FileTarget(str(folder / "number"), base=1, weight=0)
    if what == "refuse":
        return MiscTarget((str(folder / "missing"),))
    seconds = {"slow": "sleep 0.05", "wrong answer": "exit 3"}.get(what, "exec sleep 1000")
    return MiscTarget(("/bin/sh", "-c", seconds))


@contextlib.asynccontextmanager
async def faced_with(kind: CheckKind, what: str, folder: Path, phase_ns: int) -> AsyncIterator[Target]:
    if kind in TCP_CASES:
        async with connected(kind, what, phase_ns) as target:
            yield target
    elif kind in (CheckKind.DNS, CheckKind.UDP):
        async with over_udp(kind, what) as target:
            yield target
    else:
        yield alone(kind, what, folder)


async def said(kind: CheckKind, what: str, folder: Path) -> str:
    if kind is CheckKind.BFD:
        return verdict_of("b", False).reason
    limit_ns = SHORT_NS if what == "time-out" else LONG_NS
    async with faced_with(kind, what, folder, limit_ns) as target:
        task: asyncio.Task[Any] = asyncio.create_task(probe(kind, target, limit_ns))
        if what == "cancel":
            await asyncio.sleep(0.05)
            task.cancel()
        try:
            verdict = await task
        except asyncio.CancelledError:
            return ENDS
        except ProbeNotRunError as problem:
            return str(problem)
    assert verdict.ok == (not verdict.reason)
    return verdict.reason or GOOD


@pytest.fixture(autouse=True)
def no_descriptor_is_left_open() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) <= before


def cells() -> list[Any]:
    marks = {CheckKind.PING: [pytest.mark.root]}  # or ping sockets, which few systems allow everybody
    return [
        pytest.param(kind, what, words, id=f"{kind.value}-{what}", marks=marks.get(kind, []))
        for kind, row in TABLE.items()
        for what, words in zip(COLUMNS, row, strict=True)
        if words != NOT
    ]


@pytest.mark.parametrize(("kind", "what", "words"), cells())
def test_the_verdict(
    kind: CheckKind, what: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind is CheckKind.PING:  # this host answers: answers are those of nobody
        monkeypatch.setattr("pykeepalived.checkers.ping.is_reply", lambda *_, **__: False)

    assert words in run(said(kind, what, tmp_path))


def test_every_kind_has_a_row() -> None:
    assert set(registry()) == set(CheckKind) == set(TABLE)
