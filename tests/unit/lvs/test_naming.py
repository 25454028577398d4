"""Servers and virtual servers by what a person types."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from pykeepalived.lvs.naming import UnknownNameError, find_servers
from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, VirtualService
from pykeepalived.lvs.settings import PoolSettings, ServerSettings


def server(address: str, port: int = 80) -> ServerSettings:
    return ServerSettings(f"[{address}]:tcp:{port}", Destination(DestinationKey(ip_address(address), port)))


def service(address: str, port: int = 80) -> VirtualService:
    return VirtualService(ServiceKey(2, Protocol.TCP, ip_address(address), port))


WEB, TLS, MARK, GROUP = "[203.0.113.1]:tcp:80", "[203.0.113.1]:tcp:443", "FWM 7", "[G]:0"
A80, A443, B80, SIX = (
    "[192.0.2.11]:tcp:80",
    "[192.0.2.11]:tcp:443",
    "[192.0.2.12]:tcp:80",
    "[2001:db8::1]:tcp:80",
)
POOLS = (
    PoolSettings(WEB, (service("203.0.113.1"),), (server("192.0.2.11"), server("192.0.2.12"))),
    PoolSettings(TLS, (service("203.0.113.1", 443),), (server("192.0.2.11", 443),)),
    PoolSettings(
        MARK,
        (VirtualService(ServiceKey(2, None, None, 0, 7)),),
        (server("2001:db8::1"), server("192.0.2.11")),
    ),
    PoolSettings(GROUP, (service("203.0.113.9"), service("203.0.113.10")), (server("192.0.2.12"),)),
)


@pytest.mark.parametrize(
    ("typed", "of", "found"),
    [
        ("192.0.2.11:80", None, [(WEB, A80), (MARK, A80)]),
        ("192.0.2.11", None, [(WEB, A80), (TLS, A443), (MARK, A80)]),
        ("[192.0.2.11]:443", None, [(TLS, A443)]),
        (A443, None, [(TLS, A443)]),
        ("2001:db8::1", None, [(MARK, SIX)]),
        ("[2001:db8:0:0::1]:80", None, [(MARK, SIX)]),
        ("192.0.2.11", "203.0.113.1:443", [(TLS, A443)]),
        ("192.0.2.11", "203.0.113.1", [(WEB, A80), (TLS, A443)]),
        ("192.0.2.11", WEB, [(WEB, A80)]),
        ("192.0.2.11", "fwmark 7", [(MARK, A80)]),
        ("192.0.2.12", "G", [(GROUP, B80)]),
        ("192.0.2.12", "group G", [(GROUP, B80)]),
        ("192.0.2.12", "203.0.113.10", [(GROUP, B80)]),
        (None, "203.0.113.1:80", [(WEB, A80), (WEB, B80)]),
    ],
)
def test_a_server_is_found_wherever_it_is(
    typed: str | None, of: str | None, found: list[tuple[str, str]]
) -> None:
    assert found == list(find_servers(POOLS, typed, of))


@pytest.mark.parametrize(
    ("typed", "of", "message"),
    [
        ("192.0.2.21:80", None, "no real server is '192.0.2.21:80'; did you mean [192.0.2.1"),
        ("web1", None, f"no real server is 'web1'; there are: {A80}, {B80}, {A443}, {SIX}"),
        ("192.0.2.11:8080", "G", "no real server is '192.0.2.11:8080' in virtual server [G]:0; "),
        ("192.0.2.11", "no", f"no virtual server is 'no'; there are: {WEB}, {TLS}, {MARK}, {GROUP}"),
        ("192.0.2.11:99999", None, "no real server is '192.0.2.11:99999'"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_answered_with_what_is(typed: str, of: str | None, message: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        find_servers(POOLS, typed, of)

    assert message in str(caught.value)


def test_a_long_list_is_cut() -> None:
    many = PoolSettings(WEB, (service("203.0.113.1"),), tuple(server("192.0.2.1", n) for n in range(1, 31)))

    with pytest.raises(UnknownNameError) as caught:
        find_servers([many], "x")

    assert str(caught.value).endswith("[192.0.2.1]:tcp:12 and 18 more")
