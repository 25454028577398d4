"""Keeping the kernel in line: what is read, what is sent, what is left alone."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel, fake_ipvs
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.kernel.ipvs_table import IpvsTable, counts
from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, Table, VirtualService


def part(n: int, *servers: int, scheduler: str = "rr") -> Table:
    key = ServiceKey(2, Protocol.TCP, IPv4Address(f"203.0.113.{n}"), 80)
    inside = [Destination(DestinationKey(IPv4Address(f"192.0.2.{server}"), 80)) for server in servers]
    return {key: (VirtualService(key, scheduler), {one.key: one for one in inside})}


@pytest.fixture
def kernel() -> FakeIpvsKernel:
    return FakeIpvsKernel()


@pytest.fixture
def table(kernel: FakeIpvsKernel) -> IpvsTable:
    return IpvsTable(fake_ipvs(kernel))


def test_reconciling_sends_only_the_difference(table: IpvsTable, kernel: FakeIpvsKernel) -> None:
    table.reconcile(part(1, 11, 12))
    kernel.log.clear()

    outcome = table.reconcile(part(1, 11, 13))

    assert [Command.NEW_DEST, Command.DEL_DEST] == kernel.log
    assert "1 added, 1 removed" == counts(outcome.steps)
    assert part(1, 11, 13) == kernel.table


def test_an_update_trusts_what_it_knows(table: IpvsTable, kernel: FakeIpvsKernel) -> None:
    table.update(part(1, 11))
    table.update(part(1, 12) | part(2, 11))
    assert part(1, 12) | part(2, 11) == kernel.table

    kernel.log.clear()
    assert () == table.update(part(1, 12) | part(2, 11)).steps
    assert [] == kernel.log


def test_a_foreign_change_is_found_and_repaired(table: IpvsTable, kernel: FakeIpvsKernel) -> None:
    table.reconcile(part(1, 11))
    kernel.table.clear()  # someone typed ipvsadm -C

    assert () == table.update(part(1, 11)).steps
    assert "2 added" == counts(table.reconcile(part(1, 11)).steps)
    assert part(1, 11) == kernel.table


def test_what_someone_removed_is_put_back(table: IpvsTable, kernel: FakeIpvsKernel) -> None:
    table.reconcile(part(1, 11) | part(2, 11, 12))
    kernel.table.clear()
    kernel.table.update(part(2, 12))

    steps = [step for key in table.ours() for step in table.put_back(key).steps]

    assert "3 added" == counts(tuple(steps))
    assert part(1, 11) | part(2, 11, 12) == kernel.table
    assert [(), ()] == [table.put_back(key).steps for key in table.ours()]


def test_a_service_without_servers_is_put_back_too(table: IpvsTable, kernel: FakeIpvsKernel) -> None:
    table.reconcile(part(1))
    (key,) = table.ours()
    assert () == table.put_back(key).steps

    kernel.table.clear()

    assert "1 added" == counts(table.put_back(key).steps)
    assert part(1) == kernel.table


def test_what_the_kernel_does_not_take_back_is_tried_once(table: IpvsTable, kernel: FakeIpvsKernel) -> None:
    table.reconcile(part(1, 11))
    (key,) = table.ours()
    kernel.table.clear()
    kernel.schedulers = ()

    assert 1 == len(table.put_back(key).refused)
    assert [] == table.ours()
    assert () == table.put_back(key).steps


def test_what_someone_changed_or_added_stays_when_things_are_put_back(
    table: IpvsTable, kernel: FakeIpvsKernel
) -> None:
    table.reconcile(part(1, 11))
    others = part(1, 11, 12, scheduler="wrr") | part(9, 99)
    kernel.table.update(others)

    assert [()] == [table.put_back(key).steps for key in table.ours()]
    assert others == kernel.table


def test_services_of_others_stay(table: IpvsTable, kernel: FakeIpvsKernel) -> None:
    kernel.table.update(part(9, 99))
    table.reconcile(part(1, 11))
    table.reconcile({})

    assert part(9, 99) == kernel.table


def test_a_service_left_behind_goes_when_the_configuration_claims_it(
    table: IpvsTable, kernel: FakeIpvsKernel
) -> None:
    kernel.table.update(part(1, 11) | part(2, 11))  # a daemon that was killed; now the instance is Backup

    table.reconcile(part(1, 12), claimed=[*part(1), *part(2)])

    assert part(1, 12) == kernel.table


def test_an_exclusive_table_holds_nothing_else(table: IpvsTable, kernel: FakeIpvsKernel) -> None:
    kernel.table.update(part(9, 99))
    table.reconcile(part(1, 11), exclusive=True)

    assert part(1, 11) == kernel.table


def test_clearing_removes_services_and_leaves_destinations_to_the_kernel(
    table: IpvsTable, kernel: FakeIpvsKernel
) -> None:
    table.reconcile(part(1, 11, 12) | part(2, 11))
    kernel.log.clear()
    table.clear()

    assert {} == kernel.table
    assert [Command.DEL_SERVICE, Command.DEL_SERVICE] == kernel.log


def test_a_refused_service_is_tried_again_with_the_next_update(
    table: IpvsTable, kernel: FakeIpvsKernel
) -> None:
    kernel.schedulers = ("wrr",)
    outcome = table.update(part(1, 11) | part(2, 11, scheduler="wrr"))
    assert (1, part(2, 11, scheduler="wrr")) == (len(outcome.refused), kernel.table)

    kernel.schedulers = ("rr", "wrr")
    assert () == table.update(part(1, 11) | part(2, 11, scheduler="wrr")).refused
    assert 2 == len(kernel.table)


def test_another_scheduler_keeps_the_servers(table: IpvsTable, kernel: FakeIpvsKernel) -> None:
    table.reconcile(part(1, 11))
    kernel.log.clear()
    table.reconcile(part(1, 11, scheduler="lc"))

    assert [Command.SET_SERVICE] == kernel.log
    assert part(1, 11, scheduler="lc") == kernel.table


def test_what_we_know_is_not_the_dictionary_that_the_caller_goes_on_with(
    table: IpvsTable, kernel: FakeIpvsKernel
) -> None:
    wanted = part(1, 11)
    table.update(wanted)
    wanted.update(part(1, scheduler="lc"))

    table.update(wanted)
    assert part(1, scheduler="lc") == kernel.table
