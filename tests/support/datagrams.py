"""Servers of the site that answer datagrams."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator

from pykeepalived.kernel.namespaces import network_namespace
from tests.support.lvs_site import LvsSite


@contextlib.contextmanager
def answering_datagrams(site: LvsSite, *hosts: str, port: int = 80) -> Iterator[None]:
    """Each answers "NAME ADDRESS": who it is and whom it sees."""
    ended, selector = threading.Event(), selectors.DefaultSelector()
    for host in hosts:
        with network_namespace(site.ns(host)):
            one = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        one.bind(("::", port))
        selector.register(one, selectors.EVENT_READ, host)

    def work() -> None:
        while not ended.is_set():
            for key, _ in selector.select(0.1):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                _, peer = one.recvfrom(100)
                one.sendto(f"{key.data} {peer[0].removeprefix('::ffff:')}".encode(), peer)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(10)
        for key in list(selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        selector.close()


@contextlib.contextmanager
def datagram_client(site: LvsSite, vip: str, port: int = 80) -> Iterator[socket.socket]:
    """A socket of the client host."""
    with network_namespace(site.ns("c")):
        client = socket.socket(socket.AF_INET6 if ":" in vip else socket.AF_INET, socket.SOCK_DGRAM)
    with client:
        client.settimeout(10)
        client.connect((vip, port))
        yield client


def exchanged(client: socket.socket) -> tuple[str, str]:
    """One more datagram each way: who answered, and whom it saw."""
    client.send(b"?")
    name, seen = client.recv(100).decode().split()
    return name, seen
