import select
import shutil
import socket
import ssl
import threading
import time

import pytest

from pykeepalived.lab import traffic
from pykeepalived.lab.answering import Answerer
from pykeepalived.lab.traffic import Asked, Asker


@pytest.fixture
def port() -> int:
    """A free port of the loopback address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
    return number


def asker(port: int, rate: float, timeout_s: float, protocol: str = "tcp") -> Asker:
    return Asker([("127.0.0.1", port, protocol)], rate, timeout_s)


def serving(*ports: tuple[str, int, str], statuses: dict[str, int] | None = None) -> None:
    """A server named rs1, until the test process ends."""
    answerer = Answerer("rs1", ports, statuses or {})

    def serve() -> None:
        while True:
            answerer.step(1.0)

    threading.Thread(target=serve, daemon=True).start()


def first(client: Asker) -> Asked:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if done := client.step():
            return done[0]
    raise AssertionError("no request ended in 10 s")


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_server_names_itself_and_whom_it_saw(port: int, protocol: str) -> None:
    serving((protocol, port, "http"))

    asked = first(asker(port, 200.0, 5.0, protocol))

    assert ("rs1", "127.0.0.1") == (asked.server, asked.seen_from)
    assert asked.ended_at > asked.begun_at


def test_no_port_of_the_client_is_used_again(port: int) -> None:
    server = socket.create_server(("127.0.0.1", port))
    client = asker(port, 2000.0, 5.0)
    callers = []
    server.settimeout(10)
    for _ in range(20):
        while not select.select([server], [], [], 0)[0]:
            client.step()
        connection, (_, caller) = server.accept()
        callers.append(caller)
        connection.close()
    server.close()

    assert callers == sorted(set(callers))
    assert all(one in range(traffic.PORTS.start, traffic.PORTS.start + 1000) for one in callers)


def test_targets_are_asked_in_turn(port: int) -> None:
    serving(("tcp", port, "http"))
    both = Asker([("127.0.0.1", port, "tcp"), ("::1", port, "tcp")], 200.0, 5.0)
    found = [first(both).target for _ in range(4)]

    assert {0, 1} == set(found)


def exchange(port: int, *asked: bytes) -> bytes:
    """All that a server says to these lines, said one after the other's answer."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(5)
        for line in asked:
            if not line:
                said += connection.recv(4096)
                continue
            connection.sendall(line)
            said += connection.recv(4096)
    return said


def test_a_mail_port_greets_and_says_good_bye(port: int) -> None:
    serving(("tcp", port, "smtp"))

    said = exchange(port, b"", b"HELO check\r\n", b"QUIT\r\n")

    assert [b"220", b"250", b"221"] == [line[:3] for line in said.splitlines()]


def test_a_page_can_have_another_status(port: int) -> None:
    serving(("tcp", port, "http"), statuses={"/gone": 410})

    assert exchange(port, b"GET /gone HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 410 ")
    assert exchange(port, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_a_name_server_answers_the_question_that_was_asked(port: int) -> None:
    serving(("udp", port, "dns"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as questioner:
        questioner.settimeout(5)
        questioner.sendto(
            b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x00\x00\x06\x00\x01", ("127.0.0.1", port)
        )
        answer = questioner.recv(512)

    assert b"\x12\x34" == answer[:2]
    assert answer[2] & 0x80
    assert answer[3] & 0x0F == 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate")
def test_a_tls_port_speaks_both(port: int) -> None:
    serving(("tcp", port, "tls"))
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain) as secure,
    ):
        secure.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert secure.recv(4096).endswith(b"rs1 127.0.0.1\n")

    assert first(asker(port, 200.0, 5.0)).server == "rs1"


def test_a_line_of_the_client_is_read_back() -> None:
    asked = Asked(5, 9, None, "timed out", 3)

    assert asked == Asked.from_line(asked.line())


def test_a_closed_port_refuses(port: int) -> None:
    asked = first(asker(port, 200.0, 5.0))

    assert (None, traffic.REFUSED) == (asked.server, asked.seen_from)


def test_a_server_that_says_nothing_is_given_up(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        asked = first(asker(port, 10.0, 0.05))

    assert (None, traffic.TIMED_OUT) == (asked.server, asked.seen_from)
    assert asked.ended_at - asked.begun_at >= 50_000_000


def test_a_server_that_hangs_up_early_is_broken(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        asked = first(asker(port, 1.0, 5.0))
        thread.join()

    assert (None, traffic.BROKEN) == (asked.server, asked.seen_from)


def test_requests_go_on_while_one_hangs(port: int) -> None:
    with socket.create_server(("127.0.0.1", port), backlog=50):
        steady = asker(port, 100.0, 5.0)
        deadline = time.monotonic() + 10
        while len(steady._open) < 3 and time.monotonic() < deadline:
            steady.step()

        assert len(steady._open) >= 3


class Clock:
    """A clock for the client that only moves when told to, beside the rest of the module ``time``."""

    def __init__(self) -> None:
        self.now = 0

    def monotonic_ns(self) -> int:
        return self.now


def test_a_client_that_stood_still_does_not_call_its_requests_lost(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(traffic, "time", clock)
    with socket.create_server(("127.0.0.1", port)):
        client = asker(port, 1000.0, 0.0125)  # nobody accepts: no request is ever answered
        assert [] == client.step()
        clock.now = 10_000_000_000
        assert [] == client.step()
        lost_at = []
        while not lost_at:
            clock.now += 1_000_000
            lost_at = [one.ended_at for one in client.step() if one.seen_from == traffic.TIMED_OUT]

    assert 10_012_000_000 <= lost_at[0] <= 10_013_000_000
