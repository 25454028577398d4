"""The control socket takes a line and gives an answer, and nobody who connects can hold the supervisor."""

from __future__ import annotations

import selectors
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pykeepalived.daemon.control_socket import (
    MOST_CLIENTS,
    MOST_REQUEST_BYTES,
    PATIENCE_NS,
    Client,
    ControlSocket,
    path_beside,
    short_address,
)

LONG = b"x" * 4_000_000
"""More than a socket holds."""


class Site:
    def __init__(self, folder: Path) -> None:
        self.path = path_beside(folder / "keepalived.pid")
        self.selector = selectors.DefaultSelector()
        self.requests: list[bytes] = []
        self.asking: list[Client] = []
        self.control = ControlSocket(self.path, self.selector, self._asked)
        assert "" == self.control.open()

    def _asked(self, client: Client, line: bytes) -> None:
        self.requests.append(line)
        self.asking.append(client)

    def client(self, request: bytes = b"") -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(2)
        with short_address(self.path) as address:
            made.connect(address)
        made.sendall(request)
        self.turn()
        return made

    def turn(self) -> None:
        for key, _ in self.selector.select(0):
            key.data()

    def watched(self) -> int:
        """Sockets that the supervisor waits for; the listener is one."""
        return len(self.selector.get_map())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.control.close()
    made.selector.close()


def test_only_the_owner_may_connect(site: Site) -> None:
    assert 0o600 == stat.S_IMODE(site.path.stat().st_mode)


def test_a_client_gets_the_answer_and_the_end(site: Site) -> None:
    with site.client(b"hello\n") as client:
        site.control.answer(site.asking[0], b"{}\n")

        assert [b"hello"] == site.requests
        assert b"{}\n" == client.recv(100)
        assert b"" == client.recv(100)


def test_a_request_may_come_in_pieces(site: Site) -> None:
    with site.client(b"hel") as client:
        assert [] == site.requests
        client.sendall(b"lo\n")
        site.turn()

        assert [b"hello"] == site.requests


def test_a_request_without_end_is_cut_off(site: Site) -> None:
    with site.client(b"x" * MOST_REQUEST_BYTES) as client:
        client.sendall(b"x")
        site.turn()

        assert b"" == client.recv(1)
        assert [] == site.requests


def test_who_says_nothing_is_cut_off(site: Site) -> None:
    with site.client() as client:
        assert site.control.deadline is not None
        site.control.expire(site.control.deadline)

        assert b"" == client.recv(1)
        assert site.control.deadline is None


def test_what_follows_the_request_is_not_read(site: Site) -> None:
    with site.client(b"one\ntwo\n") as client:
        client.sendall(b"three\n")
        site.turn()

        assert [b"one"] == site.requests


def test_who_does_not_read_is_cut_off_and_holds_nobody(site: Site) -> None:
    with site.client(b"hello\n") as client:
        site.control.answer(site.asking[0], LONG)
        site.control.expire(time.monotonic_ns() + PATIENCE_NS + 1)
        got = 0
        while data := client.recv(1 << 20):
            got += len(data)

        assert 0 < got < len(LONG)
        assert 1 == site.watched()


def test_a_client_that_has_gone_is_forgotten(site: Site) -> None:
    site.client(b"hello\n").close()

    site.control.answer(site.asking[0], LONG)
    site.turn()

    assert 1 == site.watched()


def test_a_late_answer_to_one_that_was_cut_off_goes_nowhere(site: Site) -> None:
    with site.client(b"hello\n") as client:
        site.control.expire(time.monotonic_ns() + PATIENCE_NS + 1)
        site.control.answer(site.asking[0], b"{}\n")

        assert b"" == client.recv(100)


def test_there_are_never_more_than_a_few_clients(site: Site) -> None:
    clients = [site.client() for _ in range(MOST_CLIENTS + 1)]

    assert b"" == clients[-1].recv(1)
    for client in clients:
        client.close()


def test_a_left_over_socket_is_replaced_but_no_file(tmp_path: Path) -> None:
    selector = selectors.DefaultSelector()
    path = tmp_path / "a.sock"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    control = ControlSocket(path, selector, lambda client, line: None)

    assert "" == control.open()
    control.close()
    path.write_text("precious")
    assert "is no socket" in control.open()
    assert "precious" == path.read_text()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target.sock"
    with socket.socket(socket.AF_UNIX) as somebody:
        somebody.bind(str(target))
        path = tmp_path / "a.sock"
        path.symlink_to(target)
        control = ControlSocket(path, selectors.DefaultSelector(), lambda client, line: None)

        assert "is no socket" in control.open()
        assert target.is_socket()


def test_the_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    site = Site(folder)

    with site.client(b"hello\n"):
        assert [b"hello"] == site.requests
    site.control.close()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    control = ControlSocket(
        tmp_path / "none" / "a.sock", selectors.DefaultSelector(), lambda client, line: None
    )

    assert f"{tmp_path}/none/a.sock: No such file or directory" == control.open()


def test_a_client_may_be_dropped_twice(site: Site) -> None:
    with site.client(b"hello\n"):
        site.control.close()
        site.control.answer(site.asking[0], b"{}\n")
        site.control.expire(time.monotonic_ns() + 2 * PATIENCE_NS)

        assert 0 == site.watched()


def test_nothing_is_left_at_the_end(site: Site) -> None:
    with site.client(b"hello\n"):
        site.control.close()

        assert not site.path.exists()
        assert 0 == site.watched()
