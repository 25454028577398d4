"""Reloads and settings that others change, in their order."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.daemon.configured import Configured, UnusableConfigurationError
from pykeepalived.daemon.reloading import Reloading
from pykeepalived.ipc.management import Adjustable, SettingChange
from pykeepalived.ipc.messages import Process
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan


def configured(priority: int, *names: str) -> Configured:
    blocks = (
        f"vrrp_instance {name} {{ interface eth0\n virtual_router_id {number}\n priority {priority}\n"
        f" virtual_ipaddress {{ 192.0.2.{number} }} }}\n"
        for number, name in enumerate(names or ("A",), 1)
    )
    config = load_text("".join(blocks)).config
    return Configured({Process.VRRP: plan_vrrp(config)}, config=config)


class Family:
    """One VRRP process, which answers when the test says so."""

    def __init__(self) -> None:
        self.configured = configured(100)
        self.running = {Process.VRRP: object()}
        self.told: list[tuple[int, list[int]]] = []

    def wanted(self, process: Process) -> bool:
        return process in self.configured.plans

    def adopt(self, configured: Configured) -> None:
        self.configured = configured

    def start_who_waits(self, plans: object) -> None:
        """Nobody does."""

    def starts_later(self, process: Process) -> bool:
        return False

    def tell_plan(self, process: Process, request_id: int, **_: Any) -> bool:
        plan = cast(VrrpPlan, self.configured.plans[process])
        self.told.append((request_id, [router.priority for router in plan.routers]))
        return True


class Site:
    """A reloading daemon around that family; ``next`` is what the file says now."""

    def __init__(self) -> None:
        self.family = Family()
        self.next = configured(120)
        self.numbers = iter(range(1, 100))
        nothing = cast(Any, _Nothing())
        self.reloading = Reloading(
            nothing,
            lambda _: self.next,
            cast(Any, self.family),
            care=nothing,
            dumps=nothing,
            readiness=nothing,
            deadlines=nothing,
            keep=lambda configured: None,
            next_id=lambda: next(self.numbers),
        )

    def set(self, *changes: tuple[str, int]) -> None:
        self.reloading.adjust([SettingChange(Adjustable.PRIORITY, name, value) for name, value in changes])


class _Nothing:
    """Whoever is told of a reload and does nothing."""

    def __getattr__(self, _: str) -> Any:
        return _nothing

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def _nothing(*_: object, **__: object) -> Any:
    return _Falsy()


class _Falsy(_Nothing):
    def __bool__(self) -> bool:
        return False


@pytest.fixture
def site() -> Site:
    made = Site()
    made.reloading.open()
    return made


def test_what_is_set_is_told_at_once(site: Site) -> None:
    site.set(("A", 90))
    assert [(1, [90])] == site.family.told


def test_what_is_set_during_a_reload_counts_after_it(site: Site) -> None:
    site.reloading.begin()
    site.set(("A", 90))
    assert [(1, [120])] == site.family.told
    site.reloading.answered(Process.VRRP, 1)
    assert [(1, [120]), (2, [90])] == site.family.told


def test_what_is_set_before_the_daemon_has_started_is_not_lost() -> None:
    site = Site()
    site.set(("A", 90))
    assert [] == site.family.told
    site.reloading.open()
    assert [(1, [90])] == site.family.told


def test_what_the_reload_took_away_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        "pykeepalived.daemon.reloading.log",
        SimpleNamespace(info=_nothing, debug=_nothing, warning=said.append),
    )
    site.next = configured(120, "B")
    site.reloading.begin()
    site.set(("A", 90))
    site.reloading.answered(Process.VRRP, 1)
    assert ["A: priority not changed via SNMP, it is no longer configured"] == said
    assert [(1, [120])] == site.family.told


def test_the_answer_to_a_setting_does_not_end_a_reload(site: Site) -> None:
    site.set(("A", 90))
    site.reloading.begin()
    site.reloading.answered(Process.VRRP, 1)
    site.set(("A", 80))
    assert [(1, [90]), (2, [120])] == site.family.told
    site.reloading.answered(Process.VRRP, 2)
    assert [(1, [90]), (2, [120]), (3, [80])] == site.family.told


def test_a_process_that_is_gone_is_not_waited_for(site: Site) -> None:
    site.reloading.begin()
    site.set(("A", 90))
    site.reloading.gone(Process.VRRP)
    assert (2, [90]) == site.family.told[-1]


# ---------------------------------------------------------------- a start with what the last one left


def begun_with(priority: int) -> Site:
    """A daemon whose start did not read the file."""
    site = Site()
    site.family.configured = replace(configured(priority), config=None)
    return site


def test_what_the_file_bears_out_is_told_to_nobody() -> None:
    site = begun_with(120)
    site.reloading.confirm()
    site.reloading.open()
    assert [] == site.family.told
    assert site.family.configured is site.next


def test_what_the_file_does_not_bear_out_is_replaced_by_what_it_says() -> None:
    site = begun_with(110)
    site.reloading.confirm()
    assert [] == site.family.told
    site.reloading.open()
    assert [(1, [120])] == site.family.told


def test_a_file_that_became_unusable_meanwhile_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    site = begun_with(120)

    def unusable(_: object) -> Configured:
        raise UnusableConfigurationError("no such file", 6)

    monkeypatch.setattr(site.reloading, "_configure", unusable)
    site.reloading.confirm()
    site.reloading.open()
    assert [] == site.family.told
    assert ["no such file"] == site.reloading.last[1]
