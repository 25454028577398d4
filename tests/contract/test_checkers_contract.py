"""Every check against servers that refuse, hang, lie, trickle and flood: a clear verdict in time, each time.

The clocks are generous: a probe has a budget of a second or so, and the test allows it several more before it
calls the check late.  Nothing here depends on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeVar

import pytest

from pykeepalived.checkers.port import registry
from pykeepalived.health.settings import (
    CheckKind,
    Connection,
    HttpTarget,
    SmtpTarget,
    SslTarget,
    Target,
    TcpTarget,
    TlsOptions,
)
from pykeepalived.health.verdict import ProbeNotRunError, Verdict
from tests.support import loopback

T = TypeVar("T")
LOCALHOST = ip_address("127.0.0.1")
SHORT_NS = 300_000_000
LONG_NS = 20_000_000_000
STALL_ALLOWANCE_S = 5.0
PAGE = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nalive and well"


def connection(port: int) -> Connection:
    return Connection(LOCALHOST, port)


@dataclass(frozen=True)
class Case:
    """One kind of check: how to aim it, and what a good and a lying server do."""

    kind: CheckKind
    target: Callable[[Connection, int], Target]
    good: loopback.Behaviour
    phases: int
    wrong: loopback.Behaviour | None = None
    tls: bool = False
    greeting: bytes = b""
    """The begin of a well-formed answer; empty for a check that needs no answer."""

    @property
    def needs_answer(self) -> bool:
        return bool(self.greeting)


def http_target(to: Connection, phase_ns: int) -> HttpTarget:
    return HttpTarget(to, "/index.html", "www.example.net", phase_ns)


async def polite_mail_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220-mail.example.net ESMTP\r\n220 go ahead\r\n")
    assert b"HELO check.example.net\r\n" == await reader.readline()
    writer.write(b"250 pleased\r\n")
    assert b"QUIT\r\n" == await reader.readline()
    writer.write(b"221 bye\r\n")


async def busy_mail_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"421 too busy\r\n")


CASES = [
    Case(CheckKind.TCP, lambda to, _: TcpTarget(to), loopback.hanging_up, phases=1),
    Case(
        CheckKind.HTTP,
        http_target,
        loopback.answering(PAGE),
        phases=3,
        wrong=loopback.answering(PAGE.replace(b"200", b"503")),
        greeting=b"HTTP/1.1 200 OK\r\nServer: s\r\n",
    ),
    Case(
        CheckKind.SSL,
        lambda to, phase_ns: SslTarget(http_target(to, phase_ns)),
        loopback.answering(PAGE),
        phases=3,
        wrong=loopback.answering(PAGE.replace(b"200", b"503")),
        tls=True,
        greeting=b"HTTP/1.1 200 OK\r\nServer: s\r\n",
    ),
    Case(
        CheckKind.SMTP,
        lambda to, phase_ns: SmtpTarget(to, "check.example.net", phase_ns),
        polite_mail_server,
        phases=4,
        wrong=busy_mail_server,
        greeting=b"220-mail.example.net",
    ),
]
ANSWERED = [case for case in CASES if case.needs_answer]
# What has no connection that could hang or trickle: test_check_matrix, test_other_checks_contract and
# test_datagram_and_other_checks_in_time.
OTHERS = {CheckKind.DNS, CheckKind.UDP, CheckKind.PING, CheckKind.MISC, CheckKind.FILE, CheckKind.BFD}


def run(main: Awaitable[T]) -> T:
    async def limited() -> T:
        async with asyncio.timeout(60):
            return await main

    return asyncio.run(limited())


async def probe(case: Case, port: int, phase_ns: int) -> Verdict:
    """Probe, and check that it was done in time."""
    budget_ns = phase_ns * case.phases
    begun_at = time.monotonic_ns()
    verdict = await registry()[case.kind].probe(case.target(connection(port), phase_ns), begun_at + budget_ns)
    took_s = (time.monotonic_ns() - begun_at) / 1e9

    assert took_s < budget_ns / 1e9 + STALL_ALLOWANCE_S
    assert verdict.ok == (verdict.reason == "")
    return verdict


async def probe_server(case: Case, behaviour: loopback.Behaviour, phase_ns: int = LONG_NS) -> Verdict:
    async with loopback.tcp_server(behaviour, loopback.tls_context() if case.tls else None) as port:
        return await probe(case, port, phase_ns)


def ids(case: Case) -> str:
    return case.kind.value


@pytest.fixture(autouse=True)
def no_descriptor_is_left_open():
    before = set(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) <= len(before)


def test_every_kind_of_check_has_a_probe_and_a_case_here() -> None:
    assert set(CheckKind) == set(registry())
    assert set(CheckKind) - OTHERS == {case.kind for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=ids)
class TestEveryCheck:
    def test_a_good_server_passes(self, case: Case) -> None:
        assert Verdict(True) == run(probe_server(case, case.good))

    def test_an_unreachable_network_is_the_servers_fault(self, case: Case) -> None:
        # 255.255.255.255 as a TCP destination is refused with ENETUNREACH without any packet.
        target = case.target(Connection(ip_address("255.255.255.255"), 9), SHORT_NS)
        verdict = run(registry()[case.kind].probe(target, time.monotonic_ns() + LONG_NS))

        assert not verdict.ok

    def test_a_source_address_that_is_not_ours_says_nothing_about_the_server(self, case: Case) -> None:
        to = Connection(LOCALHOST, 9, bind_address=ip_address("192.0.2.77"))

        with pytest.raises(ProbeNotRunError, match="bind"):
            run(registry()[case.kind].probe(case.target(to, SHORT_NS), time.monotonic_ns() + LONG_NS))


@pytest.mark.parametrize("case", ANSWERED, ids=ids)
class TestChecksThatNeedAnAnswer:
    def test_a_server_that_hangs_up_fails_at_once(self, case: Case) -> None:
        verdict = run(probe_server(case, loopback.hanging_up))

        assert not verdict.ok
        assert "in time" not in verdict.reason

    def test_a_silent_server_times_out(self, case: Case) -> None:
        verdict = run(probe_server(case, loopback.silent, SHORT_NS))

        assert not verdict.ok
        assert "in time" in verdict.reason

    def test_a_reset_within_the_answer_fails_at_once(self, case: Case) -> None:
        verdict = run(probe_server(case, loopback.resetting_after(case.greeting)))

        assert not verdict.ok
        assert "in time" not in verdict.reason

    def test_half_an_answer_times_out(self, case: Case) -> None:
        assert not run(probe_server(case, loopback.stopping_after(case.greeting), SHORT_NS)).ok

    def test_a_slow_loris_is_not_waited_for(self, case: Case) -> None:
        assert not run(probe_server(case, loopback.dripping(case.greeting), SHORT_NS)).ok

    def test_endless_data_is_not_read_to_its_end(self, case: Case) -> None:
        assert not run(probe_server(case, loopback.endless(case.greeting), SHORT_NS)).ok

    def test_nonsense_fails(self, case: Case) -> None:
        verdict = run(probe_server(case, loopback.endless(b"\x16\x03\x01\x00nonsense\r\n\r\n"), SHORT_NS))

        assert not verdict.ok


WEB = [case for case in CASES if case.kind in (CheckKind.HTTP, CheckKind.SSL)]


@pytest.mark.parametrize("case", WEB, ids=ids)
class TestWebOnly:
    def test_an_endless_body_ends_the_check(self, case: Case) -> None:
        verdict = run(probe_server(case, loopback.endless(b"HTTP/1.1 200 OK\r\n\r\n"), SHORT_NS))

        assert not verdict.ok

    def test_a_dripping_body_ends_the_check(self, case: Case) -> None:
        verdict = run(probe_server(case, loopback.dripping(b"HTTP/1.1 200 OK\r\n\r\n"), SHORT_NS))

        assert not verdict.ok
        assert "body" in verdict.reason


class TestTlsOnly:
    CASE = next(case for case in CASES if case.tls)

    def ssl_probe(self, tls: TlsOptions, behaviour: loopback.Behaviour) -> Verdict:
        async def story() -> Verdict:
            async with loopback.tcp_server(behaviour, loopback.tls_context()) as port:
                target = SslTarget(http_target(connection(port), LONG_NS), tls)
                return await registry()[CheckKind.SSL].probe(target, time.monotonic_ns() + 3 * LONG_NS)

        return run(story())

    def test_a_plain_server_fails_the_handshake(self) -> None:
        async def story() -> Verdict:
            async with loopback.tcp_server(loopback.answering(PAGE, until=b"\x01")) as port:
                return await probe(self.CASE, port, LONG_NS)

        verdict = run(story())

        assert not verdict.ok
        assert "handshake" in verdict.line

    def test_a_server_that_never_shakes_hands_times_out(self) -> None:
        async def story() -> Verdict:
            async with loopback.tcp_server(loopback.silent) as port:
                return await probe(self.CASE, port, SHORT_NS)

        assert "handshake in time" in run(story()).reason

    def test_without_a_ca_any_certificate_will_do(self) -> None:
        assert Verdict(True) == self.ssl_probe(TlsOptions(), loopback.answering(PAGE))

    def test_a_certificate_of_the_configured_ca_passes(self) -> None:
        tls = TlsOptions(ca_file=str(loopback.TLS / "server.pem"))

        assert Verdict(True) == self.ssl_probe(tls, loopback.answering(PAGE))

    def test_a_certificate_of_another_ca_is_a_bad_verdict(self) -> None:
        verdict = self.ssl_probe(
            TlsOptions(ca_file=str(loopback.TLS / "other-ca.pem")), loopback.answering(PAGE)
        )

        assert not verdict.ok
        assert "CERTIFICATE_VERIFY_FAILED" in verdict.reason

    def test_credentials_that_cannot_be_read_say_nothing_about_the_server(self) -> None:
        with pytest.raises(ProbeNotRunError, match="credentials"):
            self.ssl_probe(TlsOptions(ca_file="/nonexistent/ca.pem"), loopback.answering(PAGE))

    def test_the_server_name_is_sent(self) -> None:
        seen: list[str | None] = []
        context = loopback.tls_context()
        context.sni_callback = lambda _socket, name, _context: seen.append(name)

        async def story() -> None:
            async with loopback.tcp_server(loopback.answering(PAGE), context) as port:
                target = SslTarget(http_target(connection(port), LONG_NS), TlsOptions("www.example.net"))
                await registry()[CheckKind.SSL].probe(target, time.monotonic_ns() + 3 * LONG_NS)

        run(story())

        assert ["www.example.net"] == seen
