"""Services that nobody configured: left alone, unless ``lvs_flush`` or ``lvs_flush_on_stop`` says otherwise.

The table is that of the fake kernel everywhere, and the real one inside the guest (tests/vm/README.md).
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.ipc.messages import Process, Restored, Stop
from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, VirtualService
from pykeepalived.lvs.settings import PoolSettings, ServerSettings
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.health import plan_checks
from pykeepalived.plan.lvs_steps import AddDestination, AddService
from tests.support.checker_stage import OpenIpvs, kernel, run, running, until

assert kernel  # a fixture: every test here has it

OURS = ServiceKey(2, Protocol.TCP, ip_address("192.0.2.1"), 80)
THEIRS = ServiceKey(2, Protocol.UDP, ip_address("192.0.2.9"), 53)
SERVER = Destination(DestinationKey(ip_address("127.0.0.1"), 80))
PLAN = CheckerPlan(
    pools=(PoolSettings("[192.0.2.1]:tcp:80", (VirtualService(OURS),), (ServerSettings("one", SERVER),)),)
)


def play(kernel: OpenIpvs, plan: CheckerPlan, options: ProcessOptions) -> list[set[ServiceKey]]:
    """A table with somebody else's service: what is in it while we run, and after we have stopped."""
    seen: list[set[ServiceKey]] = []

    async def story() -> None:
        other = kernel()
        other.apply([AddService(VirtualService(THEIRS)), AddDestination(THEIRS, SERVER)])
        async with running(plan, kernel, options=options) as stage:
            seen.append(set(stage.table.read_table()))
            stage.say(Process.SUPERVISOR, Stop())
            await until(stage.process.stopped.is_set)
            seen.append(set(stage.table.read_table()))
        other.close()

    run(story())
    return seen


FIRST, AFTER_A_CRASH = ProcessOptions(), ProcessOptions(restored=Restored(0))


@pytest.mark.parametrize(
    ("settings", "options", "while_we_run", "afterwards"),
    [
        ({}, FIRST, {OURS, THEIRS}, {THEIRS}),
        ({"flush_at_start": True}, FIRST, {OURS}, set()),
        ({"flush_at_start": True}, AFTER_A_CRASH, {OURS, THEIRS}, {THEIRS}),
        ({"flush_at_stop": True}, FIRST, {OURS, THEIRS}, set()),
        ({"flush_at_stop": True}, ProcessOptions(keep_services=True), {OURS, THEIRS}, {OURS, THEIRS}),
    ],
    ids=["left alone", "lvs_flush", "not again after a crash", "lvs_flush_on_stop", "but not with -I"],
)
def test_what_is_in_the_table(
    kernel: OpenIpvs,
    settings: dict[str, bool],
    options: ProcessOptions,
    while_we_run: set[ServiceKey],
    afterwards: set[ServiceKey],
) -> None:
    assert [while_we_run, afterwards] == play(kernel, replace(PLAN, **settings), options)


@pytest.mark.parametrize(
    ("words", "at_start", "at_stop"),
    [("", False, False), ("lvs_flush", True, False), ("lvs_flush_on_stop", False, True),
     ("lvs_flush_on_stop VS", False, False)],
)  # fmt: skip
def test_the_keywords_ask_for_it(words: str, at_start: bool, at_stop: bool) -> None:
    text = (
        f"global_defs {{\n {words}\n}}\nvirtual_server 192.0.2.1 80 {{\n protocol TCP\n lb_algo rr\n"
        " lb_kind NAT\n real_server 127.0.0.1 80 {\n }\n}\n"
    )
    plan = plan_checks(load_text(text).config, lambda _: (0, 0, ()))

    assert (at_start, at_stop) == (plan.flush_at_start, plan.flush_at_stop)
