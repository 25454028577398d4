"""A body counts for its repetitions only when it depends on nothing but its lines."""

import pytest

from pykeepalived.config.load import Loaded, check
from pykeepalived.config.memo import HeaderWatch
from pykeepalived.syntax.parser import parse
from pykeepalived.syntax.source import DictLoader

SERVICE = "virtual_server 192.0.2.1 80 {{\n lb_algo rr\n lb_kind NAT\n protocol TCP\n{}}}\n"
SERVER = "real_server 198.51.100.{} 80 {{\n weight 3\n TCP_CHECK {{\n  connect_timeout 2\n }}\n}}\n"


def load(text: str) -> Loaded:
    return check(parse("k.conf", DictLoader({"k.conf": text}), large_file=1))


def test_a_repeated_server_says_where_its_own_lines_stand() -> None:
    loaded = load(SERVICE.format("".join(map(SERVER.format, range(1, 4)))))
    servers = loaded.config.virtual_servers[0].real_servers
    assert [5, 11, 17] == [server.head.line for server in servers if server.head]
    assert [6, 12, 18] == [server.where["weight"].line for server in servers]
    checks = [server.checkers[0] for server in servers]
    assert [7, 13, 19] == [check.head.line for check in checks if check.head]
    assert [8, 14, 20] == [check.where["connect_timeout"].line for check in checks]
    assert {2.0} == {vars(check)["connect_timeout"] for check in checks}


def test_a_repeated_server_inherits_from_its_own_service() -> None:
    services = [
        SERVICE.format(f"connect_timeout {n}\n delay_loop {n}\n" + SERVER.format(1)).replace(
            "192.0.2.1", f"192.0.2.{n}"
        )
        for n in range(1, 4)
    ]
    servers = [service.real_servers[0] for service in load("".join(services)).config.virtual_servers]
    assert [1.0, 2.0, 3.0] == [server.delay_loop for server in servers]
    assert [1.0, 2.0, 3.0] == [vars(server.checkers[0])["delay_loop"] for server in servers]


def test_a_mistake_is_reported_for_each_repetition() -> None:
    wrong = SERVER.replace("weight 3", "weight three")
    loaded = load(SERVICE.format("".join(map(wrong.format, range(1, 4)))))
    assert [6, 12, 18] == [d.span.line for d in loaded.diagnostics if d.code == "not-a-number" and d.span]


def test_the_header_of_a_block_is_watched_however_it_is_asked() -> None:
    asking = [
        lambda values: values["address"],
        lambda values: values.get("address"),
        lambda values: "address" in values,
        lambda values: values.setdefault("address", 1),
        lambda values: values.__setitem__("address", 1),
        lambda values: values.__delitem__("address"),
    ]
    for ask in asking:
        watch = HeaderWatch({"address": 0})
        watch["weight"] = 1
        assert not watch.used and {"weight": 1} == watch.body()
        ask(watch)
        assert watch.used


@pytest.mark.parametrize("line", ["bindto 192.0.2.9", "bindto 2001:db8::9"])
def test_a_check_that_looks_at_its_server_is_made_for_each(line: str) -> None:
    servers = "".join(
        f"real_server {address} 80 {{\n TCP_CHECK {{\n  {line}\n }}\n}}\n"
        for address in ("198.51.100.1", "2001:db8::1", "198.51.100.2")
    )
    service = load(SERVICE.format(servers).replace("lb_kind NAT", "lb_kind TUN")).config.virtual_servers[0]
    fitting = ":" in line
    assert [(":" in str(server.address)) == fitting for server in service.real_servers] == [
        vars(server.checkers[0]).get("bindto") is not None for server in service.real_servers
    ]
