"""Route and rule lines of a configuration as settings."""

from __future__ import annotations

from pykeepalived.config.load import load
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.syntax.source import DictLoader
from pykeepalived.vrrp.routing import Route, Rule

PATH = "/etc/keepalived/keepalived.conf"


def plan_of(text: str) -> VrrpPlan:
    """The plan of a whole configuration."""
    return plan_vrrp(load(PATH, DictLoader({PATH: text}), host=None).config)


def routes_of(lines: str) -> tuple[Route, ...]:
    return plan_of(f"static_routes {{\n{lines}\n}}\n").static.routes


def rules_of(lines: str) -> tuple[Rule, ...]:
    return plan_of(f"static_rules {{\n{lines}\n}}\n").static.rules


def route_of(line: str) -> Route:
    (route,) = routes_of(line)
    return route


def rule_of(line: str) -> Rule:
    (rule,) = rules_of(line)
    return rule
