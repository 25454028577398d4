"""What state and statistics files get to know."""

from __future__ import annotations

from collections import Counter as Tally
from ipaddress import IPv4Address

from pykeepalived.daemon.vrrp_actions import ADVERTISEMENTS_SENT, Runtime
from pykeepalived.daemon.vrrp_snapshots import counters_of, snapshots
from pykeepalived.ipc.messages import RouterState
from pykeepalived.vrrp.actions import Counter
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.wire.vrrp_receive import DiscardReason


def runtime(number: int) -> Runtime:
    virtual = VirtualAddress(IPv4Address("198.51.100.1"), 32, "eth0")
    settings = RouterSettings(f"VI_{number}", "eth0", 51, addresses=(virtual,))
    return Runtime(settings, VirtualRouter(settings))


def test_reasons_that_share_a_name_of_keepalived_are_added_up() -> None:
    tally = Tally(
        {
            ADVERTISEMENTS_SENT: 7,
            Counter.BECAME_MASTER.value: 2,
            DiscardReason.TOO_SHORT.label: 3,
            DiscardReason.INCOMPLETE.label: 4,
            DiscardReason.HOP_LIMIT.label: 5,
            DiscardReason.CHECKSUM.label: 6,
        }
    )

    counters = counters_of(tally)

    assert (7, 2, 7, 5) == (
        counters.advert_sent,
        counters.become_master,
        counters.packet_len_err,
        counters.ip_ttl_err,
    )


def test_a_long_answer_comes_in_portions_and_says_where_it_ends() -> None:
    answer = list(snapshots(9, [runtime(number) for number in range(120)]))

    assert [50, 50, 20] == [len(portion.instances) for portion in answer]
    assert [False, False, True] == [portion.last for portion in answer]
    assert {9} == {portion.request_id for portion in answer}


def test_no_router_is_an_answer_too() -> None:
    (answer,) = snapshots(1, [])

    assert answer.last
    assert () == answer.instances


def test_a_router_that_has_not_begun_is_in_init() -> None:
    (answer,) = snapshots(1, [runtime(1)])

    assert RouterState.INIT == answer.instances[0].state
    assert not answer.instances[0].addresses_set
