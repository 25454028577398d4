"""``auth_hmac`` on the wire: who knows the key is heard, keys change without a takeover."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.ipc.messages import Reload, ReloadDone
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import Hmac, HmacKey, RouterSettings, VirtualAddress
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, eventually, running

pytestmark = pytest.mark.netns

ADVERT_NS = 100 * NANOSECONDS_PER_MILLISECOND
OLD, NEW, FOREIGN = HmacKey(1, bytes(32)), HmacKey(2, b"\1" * 32), HmacKey(1, b"\2" * 32)
ROUTER4 = RouterSettings(
    "VI_1",
    "eth0",
    51,
    version=3,
    advertisement_interval_ns=ADVERT_NS,
    addresses=(VirtualAddress(IPv4Address("198.51.100.1"), 32, "eth0"),),
)
ROUTER6 = replace(
    ROUTER4,
    family=6,
    multicast_group=IPv6Address("ff02::12"),
    addresses=(VirtualAddress(IPv6Address("fe80::51"), 64, "eth0", flags=2),),
)


def plan(router: RouterSettings, priority: int, *keys: HmacKey, active: int = 1) -> VrrpPlan:
    return VrrpPlan((replace(router, priority=priority, hmac=Hmac(keys, active)),), ())


@repeat_when_stalled(ADVERT_NS)
@pytest.mark.parametrize("router", [ROUTER4, ROUTER6], ids=["IPv4", "IPv6"])
def test_keys_are_rotated_without_a_takeover_and_strangers_are_refused(
    lan: Lan, tmp_path: Path, router: RouterSettings
) -> None:
    with running(lan, "a", plan(router, 200, OLD), str(tmp_path / "a")) as a, contextlib.ExitStack() as stack:
        a.until_state("VI_1", "MASTER")
        b = stack.enter_context(running(lan, "b", plan(router, 100, OLD), str(tmp_path / "b")))
        eventually(lambda: "master set to" in b.log(), b.log)
        # Everybody learns the new key, then each signs with it, then the old one goes.
        steps = [((OLD, NEW), 1), ((OLD, NEW), 2), ((NEW,), 2)]
        for number, (keys, active) in enumerate(steps, 1):
            for priority, process in ((100, b), (200, a)):
                process.channel.send(Reload(number, plan(router, priority, *keys, active=active)))
                eventually(lambda: ReloadDone(number) in process.pump(), "the reload")  # noqa: B023
        assert ["BACKUP", "MASTER"] == a.states("VI_1")
        assert ["BACKUP"] == b.states("VI_1")

        b.kill(signal.SIGTERM)
        b.wait()
        with running(lan, "b", plan(router, 100, FOREIGN), str(tmp_path / "c")) as stranger:
            stranger.until_state("VI_1", "MASTER")
            eventually(lambda: "authentication key id 2 unknown" in stranger.log(), stranger.log)
            eventually(lambda: "authentication key id 1 unknown" in a.log(), a.log)
        assert "MASTER" == a.states("VI_1")[-1]
