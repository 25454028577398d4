"""DNS_CHECK, UDP_CHECK, PING_CHECK, MISC_CHECK and FILE_CHECK against what they check, good and bad."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import struct
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from ipaddress import ip_address
from typing import Any, TypeVar

import pytest

from pykeepalived.checkers.dns import query
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
from pykeepalived.health.verdict import ProbeNotRunError, Verdict
from tests.support import loopback

T = TypeVar("T")
LOCALHOST = ip_address("127.0.0.1")
SHORT_NS = 300_000_000
LONG_NS = 20_000_000_000
Answer = Callable[[bytes], list[bytes]]


def run(main: Coroutine[Any, Any, T]) -> T:
    async def limited() -> T:
        async with asyncio.timeout(60):
            return await main

    return asyncio.run(limited())


async def probe(kind: CheckKind, target: Target, budget_ns: int = LONG_NS) -> Verdict:
    return await registry()[kind].probe(target, time.monotonic_ns() + budget_ns)


@contextlib.asynccontextmanager
async def udp_server(answer: Answer, after_s: float = 0.0) -> AsyncIterator[Connection]:
    """Answers each datagram with those that ``answer`` gives, after a while."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            for reply in answer(data):
                asyncio.get_running_loop().call_later(after_s, self.transport.sendto, reply, addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Server, local_addr=("127.0.0.1", 0)
    )
    try:
        yield Connection(LOCALHOST, transport.get_extra_info("sockname")[1])
    finally:
        transport.close()


@contextlib.contextmanager
def closed_udp_port():
    """A port that nobody listens on: the number of a TCP socket that is only bound."""
    with loopback.closed_port() as port:
        yield Connection(LOCALHOST, port)


def dns_answer(data: bytes, *, number: int | None = None, flags: int = 0x8180) -> bytes:
    found = struct.unpack_from("!H", data)[0] if number is None else number
    return struct.pack("!HH", found, flags) + data[4:]


class TestDns:
    def check(self, answer: Answer, budget_ns: int = LONG_NS, **settings: Any) -> Verdict:
        async def story() -> Verdict:
            async with udp_server(answer) as to:
                return await probe(CheckKind.DNS, DnsTarget(to, **settings), budget_ns)

        return run(story())

    def test_the_question_is_encoded_as_rfc_1035_says(self) -> None:
        expected = (
            b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
            b"\x03www\x07example\x03net\x00" + b"\x00\x1c\x00\x01"
        )

        assert expected == query(0x1234, "www.example.net.", "AAAA")
        assert b"\x00\x00\x06\x00\x01" == query(1, ".", "SOA")[-5:]

    def test_an_answer_without_an_error_passes(self) -> None:
        assert Verdict(True) == self.check(lambda data: [dns_answer(data)])

    @pytest.mark.parametrize(
        ("code", "word"), [(2, "SERVFAIL"), (3, "NXDOMAIN"), (5, "REFUSED"), (9, "code 9")]
    )
    def test_an_error_code_fails(self, code: int, word: str) -> None:
        verdict = self.check(lambda data: [dns_answer(data, flags=0x8180 | code)])

        assert not verdict.ok
        assert word in verdict.reason

    def test_strange_datagrams_are_passed_over(self) -> None:
        def answer(data: bytes) -> list[bytes]:
            number = struct.unpack_from("!H", data)[0]
            return [b"", b"x" * 11, data, dns_answer(data, number=number ^ 1, flags=0x8182), dns_answer(data)]

        assert Verdict(True) == self.check(answer)

    def test_only_strange_datagrams_are_no_answer(self) -> None:
        verdict = self.check(lambda data: [data] * 3, SHORT_NS)

        assert "no answer in time" == verdict.reason

    def test_silence_times_out(self) -> None:
        assert not self.check(lambda data: [], SHORT_NS).ok

    def test_a_closed_port_fails_at_once(self) -> None:
        with closed_udp_port() as to:
            verdict = run(probe(CheckKind.DNS, DnsTarget(to)))

        assert "refused" in verdict.reason

    def test_a_label_that_is_too_long_is_our_trouble(self) -> None:
        with pytest.raises(ProbeNotRunError):
            self.check(lambda data: [], name="x" * 64 + ".net")


class TestUdp:
    def check(self, answer: Answer, budget_ns: int = LONG_NS, **settings: Any) -> Verdict:
        async def story() -> Verdict:
            async with udp_server(answer) as to:
                return await probe(CheckKind.UDP, UdpTarget(to, **settings), budget_ns)

        return run(story())

    def test_silence_is_good_unless_a_reply_is_required(self) -> None:
        assert Verdict(True) == self.check(lambda data: [], SHORT_NS)
        assert not self.check(lambda data: [], SHORT_NS, require_reply=True).ok

    def test_a_closed_port_fails_at_once(self) -> None:
        with closed_udp_port() as to:
            verdict = run(probe(CheckKind.UDP, UdpTarget(to)))

        assert "refused" in verdict.reason

    def test_without_a_payload_the_bytes_are_keepaliveds(self) -> None:
        seen: list[bytes] = []
        self.check(lambda data: [seen.append(data) or b"any"])
        assert [b"keepalived check - keepalived ch"] == seen

    def test_the_payload_is_sent(self) -> None:
        target = {
            "payload": b"\x00ping",
            "require_reply": True,
            "reply": b"\x00ping",
            "reply_mask": b"\xff" * 5,
        }

        assert Verdict(True) == self.check(lambda data: [data], **target)

    @pytest.mark.parametrize(
        ("reply", "good"),
        [
            (b"\x12\x34\x56", True),
            (b"\x12\xff\x56", True),
            (b"\x12\x34\x57", False),
            (b"\x12", True),
        ],
    )
    def test_the_reply_must_fit_where_the_mask_says(self, reply: bytes, good: bool) -> None:
        verdict = self.check(
            lambda data: [reply], require_reply=True, reply=b"\x12\x00\x56", reply_mask=b"\xff\x00\xff"
        )

        assert good == verdict.ok

    @pytest.mark.parametrize(("length", "good"), [(3, False), (4, True), (8, True), (9, False)])
    def test_the_length_of_the_reply_is_limited(self, length: int, good: bool) -> None:
        verdict = self.check(
            lambda data: [b"x" * length],
            require_reply=True,
            reply=b"x",
            reply_mask=b"\xff",
            min_reply_length=4,
            max_reply_length=8,
        )

        assert good == verdict.ok


@pytest.mark.root  # or ping sockets, which few systems allow everybody
class TestPing:
    @pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
    def test_this_host_answers(self, address: str) -> None:
        assert Verdict(True) == run(probe(CheckKind.PING, PingTarget(Connection(ip_address(address), 80))))

    def test_many_at_once_do_not_take_each_others_answers(self) -> None:
        async def story() -> list[Verdict]:
            targets = [PingTarget(Connection(ip_address(f"127.0.0.{n}"), 0)) for n in range(1, 60)]
            return await asyncio.gather(*(probe(CheckKind.PING, target) for target in targets))

        assert {Verdict(True)} == set(run(story()))

    def test_an_unreachable_address_fails(self) -> None:
        # 240/4 has no route out of a loopback-only host and is never answered elsewhere.
        try:
            verdict = run(probe(CheckKind.PING, PingTarget(Connection(ip_address("240.0.0.1"), 0)), SHORT_NS))
        except ProbeNotRunError:
            return  # a firewall of this host forbids it: no verdict either
        assert not verdict.ok


class TestMisc:
    def check(self, script: str, budget_ns: int = LONG_NS, **settings: Any) -> Verdict:
        target = MiscTarget(("/bin/sh", "-c", script), **settings)
        return run(probe(CheckKind.MISC, target, budget_ns))

    def test_exit_status_0_passes_and_others_fail(self) -> None:
        assert Verdict(True) == self.check("exit 0")
        verdict = self.check("exit 3")
        assert (False, "exited with status 3", None) == (verdict.ok, verdict.reason, verdict.weight)

    @pytest.mark.parametrize(
        ("status", "ok", "weight"), [(0, True, None), (1, False, None), (2, True, 0), (255, True, 253)]
    )
    def test_dynamic_statuses_choose_the_weight(self, status: int, ok: bool, weight: int | None) -> None:
        verdict = self.check(f"exit {status}", dynamic=True)

        assert (ok, weight) == (verdict.ok, verdict.weight)

    def test_a_signal_fails(self) -> None:
        assert "due to signal 9" == self.check("kill -9 $$").reason

    def test_a_program_that_takes_too_long_is_ended_with_its_children(self, tmp_path: pathlib.Path) -> None:
        pids = tmp_path / "pids"
        verdict = self.check(f"sleep 1000 & echo $! > {pids}; echo $$ >> {pids}; wait", SHORT_NS)

        assert "it took too long" == verdict.reason
        wait_until_gone(pids)

    def test_a_program_that_ignores_term_is_killed(self, tmp_path: pathlib.Path) -> None:
        pids = tmp_path / "pids"
        verdict = self.check(f"trap '' TERM; echo $$ > {pids}; while :; do sleep 0.1; done", SHORT_NS)

        assert not verdict.ok
        wait_until_gone(pids)

    def test_a_cancelled_probe_kills_its_program(self, tmp_path: pathlib.Path) -> None:
        pids = tmp_path / "pids"

        async def story() -> None:
            target = MiscTarget(("/bin/sh", "-c", f"echo $$ > {pids}; sleep 1000"))
            task = asyncio.create_task(probe(CheckKind.MISC, target))
            while not (pids.exists() and pids.read_text().strip()):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.01)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

        run(story())
        wait_until_gone(pids)

    def test_a_missing_program_says_nothing_about_the_server(self) -> None:
        with pytest.raises(ProbeNotRunError, match="cannot be run"):
            run(probe(CheckKind.MISC, MiscTarget(("/nonexistent/check",))))

    @pytest.mark.root
    def test_it_runs_as_the_configured_user(self) -> None:
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            pathlib.Path(folder).chmod(0o777)
            seen = pathlib.Path(folder, "id")
            self.check(f"(id -u; id -g; id -G) > {seen}", user=65534, group=65533, groups=(65533,))

            assert ["65534", "65533", "65533"] == seen.read_text().split("\n")[:3]


def wait_until_gone(pids: pathlib.Path) -> None:
    """Every process of the file ends soon."""
    deadline = time.monotonic() + 20
    for pid in pids.read_text().split():
        while alive(int(pid)):
            assert time.monotonic() < deadline, f"{pid} still runs"
            time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class TestFile:
    @pytest.mark.parametrize(
        ("text", "weight", "expected"),
        [("5\n", 1, 15), ("-3", 1, 7), ("5", 2, 20), ("5", -1, 5), ("", 1, 10), ("nonsense", 1, 10)],
    )
    def test_the_number_moves_the_weight(
        self, tmp_path: pathlib.Path, text: str, weight: int, expected: int
    ) -> None:
        path = tmp_path / "number"
        path.write_text(text)
        target = FileTarget(str(path), base=10, weight=weight)

        assert Verdict(True, weight=expected) == run(probe(CheckKind.FILE, target))

    def test_reverse_turns_the_sign_around(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "number"
        path.write_text("4")
        target = FileTarget(str(path), base=10, reverse=True)

        assert 6 == run(probe(CheckKind.FILE, target)).weight

    def test_with_weight_0_the_number_says_good_or_bad(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "number"
        target = FileTarget(str(path), base=10, weight=0)

        assert run(probe(CheckKind.FILE, target)).ok
        path.write_text("1")
        assert not run(probe(CheckKind.FILE, target)).ok
        assert run(probe(CheckKind.FILE, replace(target, reverse=True))).ok
