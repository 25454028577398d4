"""Which sync daemons run in the (made-up) kernel, and which of them are left alone."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from pykeepalived.daemon.sync_daemons import SyncDaemons
from pykeepalived.ipc.messages import RouterState
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel, fake_ipvs
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.plan.lvs_support import SyncPlan
from pykeepalived.plan.ports import SyncDaemon, SyncRole

MASTER = SyncDaemon(SyncRole.MASTER, "eth0", 51)
BACKUP = SyncDaemon(SyncRole.BACKUP, "eth0", 51)
FOLLOWING = SyncPlan("VI_1", (MASTER, BACKUP))
ALWAYS = SyncPlan(None, (MASTER, BACKUP))


@pytest.fixture
def kernel() -> FakeIpvsKernel:
    return FakeIpvsKernel()


@pytest.fixture
def sync(kernel: FakeIpvsKernel) -> SyncDaemons:
    daemons = SyncDaemons()
    daemons.port = fake_ipvs(kernel)
    return daemons


def changes(kernel: FakeIpvsKernel) -> list[Command]:
    return [command for command in kernel.log if command in (Command.NEW_DAEMON, Command.DEL_DAEMON)]


def test_without_an_instance_both_run_at_once(sync: SyncDaemons, kernel: FakeIpvsKernel) -> None:
    sync.configure(ALWAYS)

    assert {SyncRole.MASTER, SyncRole.BACKUP} == set(kernel.sync)


def test_with_an_instance_none_runs_before_it_has_a_state(sync: SyncDaemons, kernel: FakeIpvsKernel) -> None:
    sync.configure(FOLLOWING)

    assert {} == kernel.sync


@pytest.mark.parametrize(
    ("state", "role"),
    [
        (RouterState.MASTER, SyncRole.MASTER),
        (RouterState.BACKUP, SyncRole.BACKUP),
        (RouterState.FAULT, SyncRole.BACKUP),
    ],
)
def test_the_role_is_that_of_the_instance(
    sync: SyncDaemons, kernel: FakeIpvsKernel, state: RouterState, role: SyncRole
) -> None:
    sync.configure(FOLLOWING)
    sync.instance_is("VI_2", RouterState.MASTER)
    sync.instance_is("VI_1", RouterState.MASTER if state is not RouterState.MASTER else RouterState.BACKUP)
    sync.instance_is("VI_1", state)

    assert {role} == set(kernel.sync)


def test_a_state_heard_before_the_configuration_counts(sync: SyncDaemons, kernel: FakeIpvsKernel) -> None:
    sync.instance_is("VI_1", RouterState.MASTER)
    sync.configure(FOLLOWING)

    assert {SyncRole.MASTER} == set(kernel.sync)


def test_a_reload_that_changes_nothing_touches_nothing(sync: SyncDaemons, kernel: FakeIpvsKernel) -> None:
    sync.configure(FOLLOWING)
    sync.instance_is("VI_1", RouterState.MASTER)
    before = changes(kernel)
    sync.configure(SyncPlan("VI_1", (MASTER, BACKUP)))

    assert before == changes(kernel)


def test_a_reload_with_other_options_starts_the_daemon_anew(
    sync: SyncDaemons, kernel: FakeIpvsKernel
) -> None:
    sync.configure(FOLLOWING)
    sync.instance_is("VI_1", RouterState.MASTER)
    other = SyncDaemon(SyncRole.MASTER, "eth1", 7, 1400, IPv4Address("224.0.0.99"), 9000, 3)
    sync.configure(SyncPlan("VI_1", (other, BACKUP)))

    assert {SyncRole.MASTER: other} == kernel.sync


def test_a_reload_without_it_stops_it(sync: SyncDaemons, kernel: FakeIpvsKernel) -> None:
    sync.configure(ALWAYS)
    sync.configure(None)

    assert {} == kernel.sync


def test_what_a_killed_predecessor_started_goes_on(sync: SyncDaemons, kernel: FakeIpvsKernel) -> None:
    fake_ipvs(kernel).start_daemon(MASTER)
    kernel.log.clear()
    sync.instance_is("VI_1", RouterState.MASTER)
    sync.configure(FOLLOWING)

    assert [] == changes(kernel)


@pytest.mark.parametrize("told", [(), (RouterState.INIT,)], ids=["nothing", "that it begins"])
def test_what_a_killed_predecessor_started_goes_on_until_the_role_is_known(
    sync: SyncDaemons, kernel: FakeIpvsKernel, told: tuple[RouterState, ...]
) -> None:
    fake_ipvs(kernel).start_daemon(BACKUP)
    kernel.log.clear()
    sync.configure(FOLLOWING)
    for state in (*told, RouterState.BACKUP):
        sync.instance_is("VI_1", state)
    assert [] == changes(kernel)

    sync.instance_is("VI_1", RouterState.MASTER)
    assert {SyncRole.MASTER} == set(kernel.sync)


@pytest.mark.parametrize(
    "left", [SyncDaemon(SyncRole.BACKUP, "eth1", 51), SyncDaemon(SyncRole.BACKUP, "eth0", 9)]
)
def test_what_nobody_can_want_ends_before_the_role_is_known(
    sync: SyncDaemons, kernel: FakeIpvsKernel, left: SyncDaemon
) -> None:
    fake_ipvs(kernel).start_daemon(left)
    sync.configure(FOLLOWING)

    assert {} == kernel.sync


def test_what_runs_with_other_options_is_started_anew(sync: SyncDaemons, kernel: FakeIpvsKernel) -> None:
    fake_ipvs(kernel).start_daemon(SyncDaemon(SyncRole.MASTER, "eth1", 9))
    sync.instance_is("VI_1", RouterState.MASTER)
    sync.configure(FOLLOWING)

    assert "eth0" == kernel.sync[SyncRole.MASTER].interface


def test_a_daemon_of_somebody_else_is_left_alone(sync: SyncDaemons, kernel: FakeIpvsKernel) -> None:
    fake_ipvs(kernel).start_daemon(MASTER)
    sync.configure(None)
    sync.close()

    assert {SyncRole.MASTER} == set(kernel.sync)


def test_a_stop_stops_what_is_ours(sync: SyncDaemons, kernel: FakeIpvsKernel) -> None:
    sync.configure(ALWAYS)
    sync.close()

    assert {} == kernel.sync


def test_a_refused_start_is_tried_again_at_the_next_occasion(
    sync: SyncDaemons, kernel: FakeIpvsKernel
) -> None:
    kernel.interfaces = ()
    sync.configure(FOLLOWING)
    sync.instance_is("VI_1", RouterState.MASTER)
    kernel.interfaces = ("eth0",)
    sync.configure(FOLLOWING)

    assert {SyncRole.MASTER} == set(kernel.sync)
