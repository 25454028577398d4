"""Requests about draining over the control socket: arguments, the message, the answer."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.control import find
from pykeepalived.daemon.control_command import Answers, RefusedError, Situation
from pykeepalived.daemon.memory import Memory
from pykeepalived.ipc.draining import DrainAct, DrainAnswer, DrainRequest, LoadReport
from pykeepalived.ipc.messages import Process
from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, VirtualService
from pykeepalived.lvs.settings import PoolSettings, ServerSettings
from pykeepalived.plan.checker_plan import CheckerPlan

VS, RS = "[203.0.113.1]:tcp:80", "[192.0.2.11]:tcp:80"
POOL = PoolSettings(
    VS,
    (VirtualService(ServiceKey(2, Protocol.TCP, ip_address("203.0.113.1"), 80)),),
    (ServerSettings(RS, Destination(DestinationKey(ip_address("192.0.2.11"), 80))),),
)
REPORT = LoadReport(VS, RS, True, True, 0, 1, True, 3, 2, 1)


def situation(*pools: PoolSettings) -> Situation:
    return Situation(Configured({Process.CHECKER: CheckerPlan(pools)}), Memory(), {}, "x.pid", 0)


def asked(command: str, *pools: PoolSettings, **arguments: object) -> object:
    messages = find(command).ask(arguments, 9, situation(*(pools or (POOL,))))
    assert [Process.CHECKER] == list(messages)
    return messages[Process.CHECKER]


def test_each_command_becomes_its_message() -> None:
    names = ((VS, RS),)
    assert DrainRequest(9, DrainAct.DRAIN, names) == asked("drain", server="192.0.2.11:80")
    assert DrainRequest(9, DrainAct.DRAIN, names, force=True) == asked("drain", server=RS, force=True)
    assert DrainRequest(9, DrainAct.UNDRAIN, names, 1_500_000_000) == asked(
        "undrain", server="192.0.2.11", service="203.0.113.1:80", slow_start_s=1.5
    )
    assert DrainRequest(9, DrainAct.LOOK, names) == asked("connections")


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("drain", {}, "argument 'server' is missing"),
        ("drain", {"server": "192.0.2.12"}, "did you mean [192.0.2.11]:tcp:80?"),
        ("drain", {"server": 7}, "'server' is no word"),
        ("drain", {"server": "192.0.2.11", "force": "yes"}, "'force' is neither true nor false"),
        ("drain", {"server": "192.0.2.11", "slow_start_s": 1}, "unknown argument 'slow_start_s'"),
        ("undrain", {"server": "192.0.2.11", "slow_start_s": -1}, "no number of seconds from 0 to 86400"),
        ("undrain", {"server": "192.0.2.11", "slow_start_s": float("nan")}, "no number of seconds"),
        ("connections", {"service": "x"}, "no virtual server is 'x'"),
    ],
)
def test_what_cannot_be_meant_is_refused(command: str, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        asked(command, **arguments)

    assert message in str(refused.value)


def test_too_many_servers_are_refused() -> None:
    many = tuple(
        ServerSettings(
            f"[10.0.{n // 250}.{n % 250}]:tcp:80", Destination(DestinationKey(ip_address(n + 1), 80))
        )
        for n in range(2001)
    )
    with pytest.raises(RefusedError, match="2001 servers, and at most 2000"):
        asked("connections", PoolSettings(VS, POOL.services, many))


def test_without_virtual_servers_there_is_nothing_to_drain() -> None:
    with pytest.raises(RefusedError, match="has no virtual server"):
        find("drain").ask({"server": "192.0.2.11"}, 9, situation())


def test_the_answer_has_every_server() -> None:
    document = find("connections").answer({}, Answers((DrainAnswer(9, (REPORT,)),)), situation(POOL))

    (server,) = document["servers"]  # type: ignore[misc]
    assert (VS, RS, True, 0, 3) == tuple(
        server[name] for name in ("service", "server", "drained", "weight", "active")
    )


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (Answers((DrainAnswer(9, problem="nothing else would serve"),)), "nothing else would serve"),
        (Answers(silent=frozenset({Process.CHECKER})), "has not answered within 2 s"),
        (Answers(), "does not run just now"),
    ],
)
def test_no_servers_in_the_answer_is_a_refusal(answers: Answers, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        find("drain").answer({}, answers, situation(POOL))
