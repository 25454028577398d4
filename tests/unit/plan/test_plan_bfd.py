"""bfd_instance blocks as settings of sessions."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from pykeepalived.bfd.settings import SessionSettings
from pykeepalived.config.load import load
from pykeepalived.ipc.framing import decode, encode
from pykeepalived.ipc.messages import Reload
from pykeepalived.plan.bfd import BfdPlan, BfdProcessSettings, plan_bfd
from pykeepalived.syntax.source import DictLoader

MS = 1_000_000


def plan(text: str) -> BfdPlan:
    return plan_bfd(load("/k.conf", DictLoader({"/k.conf": text})).config)


def session(*words: str, neighbor: str = "192.0.2.2") -> SessionSettings:
    lines = "\n".join((f"neighbor_ip {neighbor}", *words))
    (one,) = plan(f"bfd_instance peer {{\n{lines}\n}}\n").sessions
    return one


def test_a_neighbour_is_enough() -> None:
    expected = SessionSettings(
        name="peer",
        neighbor=ip_address("192.0.2.2"),
        source=None,
        desired_min_tx_ns=10 * MS,
        required_min_rx_ns=10 * MS,
        idle_tx_ns=1000 * MS,
        multiplier=5,
        passive=False,
        multihop=False,
        hop_limit=255,
        lowest_hop_limit=255,
        for_vrrp=True,
        for_checker=True,
    )
    assert expected == session()


def test_every_word_arrives() -> None:
    one = session(
        "source_ip 192.0.2.1", "min_tx 20", "min_rx 30.5", "idle_tx 2000", "multiplier 3", "passive",
        "ttl 64", "max_hops 4", "multihop",
    )  # fmt: skip
    expected = SessionSettings(
        "peer",
        ip_address("192.0.2.2"),
        ip_address("192.0.2.1"),
        20 * MS,
        30_500_000,
        2000 * MS,
        3,
        passive=True,
        multihop=True,
        hop_limit=64,
        lowest_hop_limit=60,
    )
    assert expected == one


def test_intervals_are_whole_microseconds_whatever_floating_point_makes_of_them() -> None:
    assert 10_001_000 == session("min_tx 10.001").desired_min_tx_ns
    assert 4_294_967_000_000 == session("min_rx 4294967").required_min_rx_ns


@pytest.mark.parametrize(
    ("words", "neighbor", "sent", "lowest"),
    [
        ((), "192.0.2.2", 255, 255),
        ((), "2001:db8::2", 255, 64),  # keepalived's own default for IPv6 has to be let in
        (("hoplimit 255",), "2001:db8::2", 255, 255),
        (("ttl 64",), "192.0.2.2", 64, 64),
        (("max_hops 10",), "192.0.2.2", 255, 245),
        (("max_hops -1",), "192.0.2.2", 255, 0),
        (("max_hops 255",), "192.0.2.2", 255, 0),
        (("ttl 10", "max_hops 20"), "192.0.2.2", 10, 0),
    ],
)
def test_hop_limits(words: tuple[str, ...], neighbor: str, sent: int, lowest: int) -> None:
    one = session(*words, neighbor=neighbor)
    assert (sent, lowest) == (one.hop_limit, one.lowest_hop_limit)


@pytest.mark.parametrize(
    ("words", "told"),
    [((), (True, True)), (("vrrp",), (True, False)), (("checker",), (False, True)),
     (("vrrp", "checker"), (True, True))],
)  # fmt: skip
def test_who_is_told(words: tuple[str, ...], told: tuple[bool, bool]) -> None:
    one = session(*words)
    assert told == (one.for_vrrp, one.for_checker)


def test_the_second_session_on_a_path_is_left_out_and_said() -> None:
    block = "bfd_instance {} {{\nneighbor_ip 192.0.2.2\n}}\n"
    planned = plan(block.format("one") + block.format("two"))
    assert ["one"] == [one.name for one in planned.sessions]
    assert ["(two) left out: one has the same neighbor_ip and source_ip"] == list(planned.notes)


def test_the_same_neighbour_by_another_way_is_another_session() -> None:
    block = "bfd_instance {} {{\nneighbor_ip 192.0.2.2\n{}\n}}\n"
    planned = plan(
        block.format("one", "")
        + block.format("two", "multihop")
        + block.format("three", "source_ip 192.0.2.1")
    )
    assert ["one", "two", "three"] == [one.name for one in planned.sessions]


BLOCK = "bfd_instance peer {\nneighbor_ip 192.0.2.2\n}\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", BfdProcessSettings(1)),
        ("max_auto_priority -1", BfdProcessSettings(None)),
        ("bfd_priority -5", BfdProcessSettings(None, -5)),
        ("bfd_rt_priority 50", BfdProcessSettings(50, 0, (), 10_000)),
        ("bfd_rt_priority 50\nbfd_rlimit_rttime 7000", BfdProcessSettings(50, 0, (), 7000)),
        ("bfd_cpu_affinity 0", BfdProcessSettings(1, 0, (0,))),
    ],
)
def test_how_the_process_runs(words: str, expected: BfdProcessSettings) -> None:
    assert expected == plan(f"global_defs {{\n{words}\n}}\n{BLOCK}").process


def test_a_plan_travels() -> None:
    planned = plan(BLOCK)
    assert Reload(1, planned) == decode(encode(Reload(1, planned)))
