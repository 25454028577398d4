import socket
import threading
import time

import pytest

from pykeepalived.lab import traffic
from pykeepalived.lab.traffic import Asked, Asker


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A free port of the loopback address, in place of port 80."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
    monkeypatch.setattr(traffic, "PORT", number)
    return number


def first(asker: Asker) -> Asked:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if done := asker.step():
            return done[0]
    raise AssertionError("no request ended in 10 s")


def test_a_server_names_itself_and_whom_it_saw(port: int) -> None:
    threading.Thread(target=traffic.serve, args=("rs1",), daemon=True).start()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        asked = first(Asker("127.0.0.1", 200.0, 5.0))
        if asked.server:
            break

    assert ("rs1", "127.0.0.1") == (asked.server, asked.seen_from)
    assert asked.ended_at > asked.begun_at


def test_a_closed_port_refuses(port: int) -> None:
    asked = first(Asker("127.0.0.1", 200.0, 5.0))

    assert (None, traffic.REFUSED) == (asked.server, asked.seen_from)


def test_a_server_that_says_nothing_is_given_up(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        asked = first(Asker("127.0.0.1", 10.0, 0.05))

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
        asked = first(Asker("127.0.0.1", 1.0, 5.0))
        thread.join()

    assert (None, traffic.BROKEN) == (asked.server, asked.seen_from)


def test_requests_go_on_while_one_hangs(port: int) -> None:
    with socket.create_server(("127.0.0.1", port), backlog=50):
        asker = Asker("127.0.0.1", 100.0, 5.0)
        deadline = time.monotonic() + 10
        while len(asker._open) < 3 and time.monotonic() < deadline:
            asker.step()

        assert len(asker._open) >= 3
