"""What the adapter makes of the kernel's refusals; the contract with the kernel is in tests/contract."""

from __future__ import annotations

import subprocess
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest

from pykeepalived.base.errors import KernelFeatureMissingError
from pykeepalived.kernel import ipvs as adapter
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel, fake_ipvs
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, VirtualService
from pykeepalived.plan.lvs_steps import AddDestination, AddService, SetDestination

SERVICE = VirtualService(ServiceKey(2, Protocol.TCP, IPv4Address("203.0.113.1"), 80))
SERVER = Destination(DestinationKey(IPv4Address("192.0.2.11"), 80))


def test_what_exists_already_is_set_to_the_wanted_values() -> None:
    kernel = FakeIpvsKernel()
    ipvs = fake_ipvs(kernel)
    ipvs.apply([AddService(SERVICE), AddDestination(SERVICE.key, SERVER)])
    heavier = Destination(SERVER.key, weight=9)

    assert () == ipvs.apply([AddDestination(SERVICE.key, heavier)])
    assert heavier == kernel.table[SERVICE.key][1][SERVER.key]
    assert [Command.NEW_DEST, Command.SET_DEST] == kernel.log[-2:]


def test_what_should_change_but_is_gone_is_added() -> None:
    kernel = FakeIpvsKernel()
    ipvs = fake_ipvs(kernel)
    ipvs.apply([AddService(SERVICE)])

    assert () == ipvs.apply([SetDestination(SERVICE.key, SERVER)])
    assert SERVER == kernel.table[SERVICE.key][1][SERVER.key]


def test_a_missing_scheduler_is_named_with_its_module_and_its_servers_are_not_reported_too() -> None:
    ipvs = fake_ipvs(FakeIpvsKernel(schedulers=("rr",)))

    (error,) = ipvs.apply([AddService(SERVICE), AddDestination(SERVICE.key, SERVER)])

    assert (
        "add virtual server [203.0.113.1]:tcp:80: scheduler 'wlc' is not available;"
        " is the module ip_vs_wlc there? (errno 2)"
    ) == str(error)


def test_a_refused_server_is_named_and_the_others_are_served() -> None:
    kernel = FakeIpvsKernel()
    bad = Destination(DestinationKey(IPv4Address("192.0.2.12"), 80), upper_threshold=1, lower_threshold=2)
    other = Destination(DestinationKey(IPv6Address("2001:db8::1"), 80))

    errors = fake_ipvs(kernel).apply(
        [AddService(SERVICE), *(AddDestination(SERVICE.key, one) for one in (bad, other, SERVER))]
    )

    assert [SERVER.key] == list(kernel.table[SERVICE.key][1])
    assert ["thresholds are out of range", "only with TUN"] == [
        next(words for words in ("thresholds are out of range", "only with TUN") if words in str(error))
        for error in errors
    ]
    assert "real server [192.0.2.12]:80 to virtual server [203.0.113.1]:tcp:80" in errors[0].what


class TestWithoutIpvs:
    @pytest.fixture
    def absent(self, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        """No IPVS family, and a modprobe that only writes down what it was asked."""
        asked: list[list[str]] = []

        def socket(*_: Any) -> None:
            raise KeyError("IPVS")

        def run(argv: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
            asked.append(argv)
            return subprocess.CompletedProcess(argv, 1, "", "modprobe: FATAL: Module ip_vs not found\n")

        monkeypatch.setattr(adapter, "GenlSocket", socket)
        monkeypatch.setattr(adapter.subprocess, "run", run)
        return asked

    def test_one_message_names_the_module_and_what_to_do(self, absent: list[list[str]]) -> None:
        with pytest.raises(KernelFeatureMissingError) as caught:
            adapter.open_ipvs()

        assert "modprobe ip_vs" in str(caught.value)
        assert "Module ip_vs not found" in str(caught.value)
        assert [["modprobe", "ip_vs"]] == absent

    def test_a_machine_without_modprobe_gets_the_same_message(
        self, absent: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def run(*_: Any, **__: Any) -> None:
            raise FileNotFoundError(2, "No such file", "modprobe")

        monkeypatch.setattr(adapter.subprocess, "run", run)
        with pytest.raises(KernelFeatureMissingError, match="this kernel has no IPVS"):
            adapter.open_ipvs()
