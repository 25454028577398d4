"""The list of rules, found by looking into ``rules/``."""

from __future__ import annotations

from functools import cache

from pykeepalived.base.discover import DiscoveryError, discover
from pykeepalived.lint import rules
from pykeepalived.lint.rule import FAMILIES, Rule
from pykeepalived.lint.rules.style.pk090_suppression_without_reason import SuppressionWithoutReason
from pykeepalived.lint.rules.style.pk091_unused_suppression import UnusedSuppression

UNCODED = "PK000"
"""Code of a diagnostic that no rule stands for (a test keeps this set empty)."""

BARE_SUPPRESSION = SuppressionWithoutReason()
UNUSED_SUPPRESSION = UnusedSuppression()


@cache
def all_rules() -> tuple[Rule, ...]:
    """One instance of every rule, by code.  Raises DiscoveryError when two rules share a code or name."""
    found = sorted((cls() for cls in discover(rules, Rule)), key=lambda rule: rule.code)  # type: ignore[type-abstract]
    for attribute in ("code", "name"):
        values = [getattr(rule, attribute) for rule in found]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise DiscoveryError(f"rules share a {attribute}: {', '.join(twice)}")
    for rule in found:
        if rule.family() not in FAMILIES or not rule.code.startswith(FAMILIES[rule.family()].split(":")[0]):
            raise DiscoveryError(f"{rule.code} stands in the folder of another family: {rule.family()}")
    return tuple(found)


def find_rule(code_or_name: str) -> Rule | None:
    """The rule of this code (any case) or name."""
    wanted = code_or_name.upper()
    for rule in all_rules():
        if rule.code == wanted or rule.name == code_or_name.lower():
            return rule
    return None
