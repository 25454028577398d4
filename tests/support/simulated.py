"""Simulated sites for tests: plans from text, runs with commands in words."""

from __future__ import annotations

import random

from pykeepalived.config.load import load_text
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.simulate import commands
from pykeepalived.simulate.history import History
from pykeepalived.simulate.site import derive
from pykeepalived.simulate.world import World

SECOND = 1_000_000_000


def plan(text: str) -> VrrpPlan:
    """The plan of a configuration given as text."""
    return plan_vrrp(load_text(text).config)


def router(priority: int = 100, *, vrid: int = 60, more: str = "", vip: str = "192.0.2.100/24") -> str:
    """One instance VI on eth0."""
    return (
        f"vrrp_instance VI {{\n interface eth0\n virtual_router_id {vrid}\n priority {priority}\n"
        f" virtual_ipaddress {{\n {vip}\n }}\n {more}\n}}\n"
    )


def world(seed: int = 1, **files: str) -> World:
    """A site of these files, by the name of the host."""
    return World(derive({name: plan(text) for name, text in files.items()}), random.Random(seed).random)


def run(made: World, until_s: float, *script: tuple[float, str]) -> History:
    """Carry out (second, words) and let time pass."""
    for at, words in script:
        made.at(round(at * SECOND), commands.parse(words.split()))
    return made.run(round(until_s * SECOND))


def owners(history: History, at_s: float) -> tuple[str, ...]:
    """Who had the only address then."""
    (address,) = history.owners
    at = round(at_s * SECOND)
    return next(span.owners for span in history.spans(address) if span.begin <= at < span.end)
