"""Virtual addresses that the kernel refuses."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from ipaddress import ip_address
from typing import cast

import structlog

from pykeepalived.daemon.vrrp_actions import Runtime, place_of
from pykeepalived.daemon.vrrp_refused import RefusedAddresses, RefusedKey
from pykeepalived.kernel.addresses import AddressRefusal, AddressTable, Batch
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress

SECOND = 10**9
ONE, TWO = (VirtualAddress(ip_address(text), 64, "eth0") for text in ("2001:db8::1", "2001:db8::2"))
ELSEWHERE = VirtualAddress(ip_address("2001:db8:1::1"), 64, "eth1")


class Kernel:
    """Takes what it is not told to refuse."""

    def __init__(self, *refuses: VirtualAddress) -> None:
        self.refuses = dict.fromkeys(refuses, "Permission denied")
        self.asked: list[VirtualAddress] = []

    def add(self, addresses: Sequence[VirtualAddress]) -> Batch:
        self.asked += addresses
        return Batch(addresses, None, frozenset(), self.refusals(addresses))

    def refusals(self, addresses: Sequence[VirtualAddress]) -> list[AddressRefusal]:
        return [
            AddressRefusal(one, errno.EACCES, self.refuses[one]) for one in addresses if one in self.refuses
        ]


class Stage:
    """A Master of three addresses, of which the kernel has refused some."""

    def __init__(self, *refuses: VirtualAddress) -> None:
        self.kernel, self.now, self.deadline = Kernel(*refuses), 0, cast("int | None", None)
        settings = RouterSettings("VI_1", "eth0", 51, version=3, addresses=(ONE, TWO, ELSEWHERE))
        self.router = Runtime(settings, VirtualRouter(settings))
        self.router.taken = {place_of(one): one for one in settings.addresses}
        self.announced: list[VirtualAddress] = []
        self.refused = RefusedAddresses(
            {"VI_1": self.router},
            cast(AddressTable, self.kernel),
            announce=lambda _name, one: self.announced.append(one),
            set_deadline=self._set_deadline,
            clock=lambda: self.now,
        )
        self.refused.note("VI_1", self.kernel.refusals((ONE, TWO, ELSEWHERE)))

    def _set_deadline(self, key: object, at: int | None) -> None:
        assert RefusedKey() == key
        self.deadline = at

    def wait(self) -> None:
        assert self.deadline is not None
        self.now = self.deadline
        self.refused.on_deadline()


def test_it_is_tried_again_until_the_kernel_takes_it_and_announced_then() -> None:
    stage = Stage(ONE)
    stage.wait()
    assert [ONE] == stage.kernel.asked
    assert [] == stage.announced
    assert {place_of(ONE): "Permission denied"} == stage.router.refused

    stage.kernel.refuses.clear()
    with structlog.testing.capture_logs() as said:
        stage.wait()

    assert [ONE] == stage.announced
    assert {} == stage.router.refused
    assert stage.deadline is None
    assert ["(VI_1) 2001:db8::1/64 dev eth0 could be added now"] == [line["event"] for line in said]


def test_an_interface_that_changed_has_its_own_tried_at_once() -> None:
    stage = Stage(TWO, ELSEWHERE)
    stage.kernel.refuses.clear()

    stage.refused.changed({"eth1"})

    assert [ELSEWHERE] == stage.announced
    assert SECOND == stage.deadline


def test_the_log_has_a_line_for_each_reason_and_not_for_each_try() -> None:
    with structlog.testing.capture_logs() as said:
        stage = Stage(ONE)
        for _ in range(3):
            stage.wait()
        stage.kernel.refuses[ONE] = "Invalid argument"
        stage.wait()

    assert [
        "(VI_1) cannot add 2001:db8::1/64 dev eth0: Permission denied",
        "(VI_1) cannot add 2001:db8::1/64 dev eth0: Invalid argument",
    ] == [line["event"] for line in said]


def test_what_the_router_has_released_is_not_tried() -> None:
    stage = Stage(ONE)
    stage.router.taken.clear()
    stage.router.refused.clear()

    stage.wait()

    assert [] == stage.kernel.asked
    assert stage.deadline is None
